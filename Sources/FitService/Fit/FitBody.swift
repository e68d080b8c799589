import HTTP
import HTTPTypes

/// What a body is written in.
enum BodyFormat {
  case json
  case csv
  /// A form, or nothing said: what `curl -d` sends.
  case unsaid

  /// - Throws: `unsupported_media_type`, also for a compressed body (RFC 9110 section 8.4).
  init(_ fields: HTTPFields, takesTables: Bool) throws(Problem) {
    guard !Self.isCoded(fields) else {
      throw Problem(.unsupportedMediaType, "A body is read as it is: send it without encoding.")
    }
    guard let contentType = fields[.contentType] else {
      self = .unsaid
      return
    }
    // What nearly everybody sends needs no reading.
    if contentType == "application/json" {
      self = .json
      return
    }
    let type = MediaType(contentType)
    let charset = type?[parameter: "charset"]?.lowercased() ?? "utf-8"
    switch type?.essence {
    case "application/json" where charset == "utf-8": self = .json
    case "text/csv" where takesTables && ["utf-8", "us-ascii"].contains(charset): self = .csv
    case "application/x-www-form-urlencoded": self = .unsaid
    default:
      let types = takesTables ? "application/json or text/csv" : "application/json"
      throw Problem(.unsupportedMediaType, "The body must be \(types), in UTF-8.")
    }
  }

  /// Whether a body is sent in a coding, such as `gzip` (RFC 9110 section 8.4): none is known.
  static func isCoded(_ fields: HTTPFields) -> Bool {
    fields[.contentEncoding].map { $0.lowercased() != "identity" } ?? false
  }
}

/// The body of a request, together with what the query adds to it.
struct FitBody: Hashable {
  let format: BodyFormat
  let bytes: [UInt8]
  /// More options, as a query gives them.
  let query: String

  func hash(into hasher: inout Hasher) {
    // Not byte by byte, as an array is.
    bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    hasher.combine(query)
  }

  /// What to fit, by a body in JSON or a table.
  ///
  /// - Throws: a problem with the place where the syntax is broken, or with every fault.
  func task(within limits: FitRequest.Limits) throws(Problem) -> FitTask {
    let faults = Faults()
    var options = JSONObject(query: query, faults: faults)
    let columns = options.take(["x_column", "y_column"] + Face.options)
    let task: FitTask?
    if case .csv = format {
      let table = PointTable(
        csv: bytes, xColumn: columns["x_column"], yColumn: columns["y_column"],
        rowLimit: limits.totalPoints, faults: faults)
      if table.lines.isEmpty, let problem = Problem(faults, code: Self.code(of: faults)) {
        throw problem
      }
      task = FitTaskDecoder(limits: limits)
        .decode(table, options: JSONField(.object(options), faults: faults))
    } else {
      let document = try document()
      for name in ["x_column", "y_column"] where columns[name] != nil {
        faults.note(at: .root.appending(name), "names a column of a table, but the body is JSON")
      }
      faults.note(duplicates: document.duplicates)
      var root = document.root
      root.merge(options, faults: faults)
      task = FitTaskDecoder(limits: limits).decode(JSONField(root, faults: faults))
    }
    guard let task else { throw .unreadable(faults) }
    return task
  }

  /// The code of what keeps a text from being a table, or only an option from naming its columns.
  private static func code(of faults: Faults) -> ProblemCode {
    let isTable = faults.list.allSatisfy {
      if case .pointer = $0.place { true } else { false }
    }
    return isTable ? .invalidRequest : .malformedCSV
  }

  /// The body as JSON, for requests whose query says no more than the form of the answer.
  ///
  /// - Throws: the problem of a body that is no JSON.
  func root(_ faults: Faults) throws(Problem) -> JSONField {
    var options = JSONObject(query: query, faults: faults)
    _ = options.take(["format"])
    for option in options.members {
      faults.note(at: .root.appending(option.name), "stands in the query: put it into the body")
    }
    return JSONField(try document(), faults: faults)
  }

  private func document() throws(Problem) -> JSONDocument {
    if case .unsaid = format {
      let first = bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
      guard first == UInt8(ascii: "{") else {
        throw Problem(
          .malformedJSON,
          "The body is no JSON object. A table to fit is sent with `-H 'content-type: text/csv' "
            + "--data-binary @FILE`; `-d` would remove its line ends.")
      }
    }
    do throws(JSONSyntaxError) {
      // How many bytes there may be, the server has judged.
      var limits = JSONDocument.Limits()
      limits.bytes = .max
      return try JSONDocument(bytes, limits: limits)
    } catch {
      throw Problem(error)
    }
  }
}

extension FitBody {
  /// The body of a request that a route takes, whichever its format.
  ///
  /// - Throws: `unsupported_media_type`.
  init(_ request: Request) throws(Problem) {
    self.init(
      format: try BodyFormat(request.fields, takesTables: true), bytes: request.body,
      query: request.target.rawQuery ?? "")
  }
}

extension JSONObject {
  /// Removes members that are not options of the fit, and returns their texts.
  fileprivate mutating func take(_ names: [String]) -> [String: String] {
    var taken: [String: String] = [:]
    members.removeAll { member in
      guard names.contains(member.name), case .text(let text) = member.value else { return false }
      taken[member.name] = text
      return true
    }
    return taken
  }
}

extension JSONValue {
  /// Adds the options of a query to a body; what stands in both is noted.
  fileprivate mutating func merge(_ options: JSONObject, faults: Faults) {
    guard case .object(var object) = self else { return }
    for option in options.members {
      if object[option.name] != nil {
        faults.note(at: .root.appending(option.name), "stands in the query and in the body")
      } else {
        object.members.append(option)
      }
    }
    self = .object(object)
  }
}
