import HTTP
import HTTPTypes

/// What a body is written in.
enum BodyFormat {
  case json
  case csv
  /// A form, or nothing said: what `curl -d` sends.
  case unsaid

  /// - Throws: `unsupported_media_type`, also for a compressed body (RFC 9110 section 8.4).
  init(_ fields: HTTPFields) throws(Problem) {
    guard fields[.contentEncoding]?.lowercased() ?? "identity" == "identity" else {
      throw Problem(.unsupportedMediaType, "A body is read as it is: send it without encoding.")
    }
    guard let contentType = fields[.contentType] else {
      self = .unsaid
      return
    }
    let type = MediaType(contentType)
    let charset = type?[parameter: "charset"]?.lowercased() ?? "utf-8"
    switch type?.essence {
    case "application/json" where charset == "utf-8": self = .json
    case "text/csv" where ["utf-8", "us-ascii"].contains(charset): self = .csv
    case "application/x-www-form-urlencoded": self = .unsaid
    default:
      throw Problem(
        .unsupportedMediaType,
        "A fit is asked for in application/json or text/csv, both in UTF-8.")
    }
  }
}

/// The body of a fit together with what the query adds to it.
struct FitBody {
  let format: BodyFormat
  let bytes: [UInt8]
  /// More options, as a query gives them.
  let query: String

  /// - Throws: a problem with the place where the syntax is broken, or with every fault.
  func task(within limits: FitRequest.Limits) throws(Problem) -> FitTask {
    let faults = Faults()
    var options = JSONObject(query: query, faults: faults)
    let columns = options.take(["x_column", "y_column"] + ResultQuery.names)
    let task: FitTask?
    if case .csv = format {
      let table = PointTable(
        csv: bytes, xColumn: columns["x_column"], yColumn: columns["y_column"],
        rowLimit: limits.totalPoints, faults: faults)
      if table.lines.isEmpty, let problem = Problem(faults, code: .malformedCSV) { throw problem }
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
    if let task { return task }
    throw Problem(faults) ?? Problem(.invalidRequest, "The request cannot be understood.")
  }

  /// The body as JSON.
  ///
  /// - Throws: the problem of a body that is none.
  func document() throws(Problem) -> JSONDocument {
    if case .unsaid = format {
      let first = bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
      guard first == UInt8(ascii: "{") else {
        throw Problem(
          .malformedJSON,
          "The body is no JSON object. Send JSON, or a table with `-H 'content-type: text/csv' "
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
