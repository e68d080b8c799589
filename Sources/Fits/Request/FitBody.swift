/// What a body is written in.
package enum BodyFormat {
  /// One JSON value, or several one after another.
  case json
  /// A table, or JSON: whichever its content shows.
  case any
}

/// The body of a request, together with what the query adds to it.
package struct FitBody: Hashable {
  package let format: BodyFormat
  package let bytes: [UInt8]
  /// More options, as a query gives them.
  package let query: String

  package init(format: BodyFormat, bytes: [UInt8], query: String) {
    self.format = format
    self.bytes = bytes
    self.query = query
  }

  package func hash(into hasher: inout Hasher) {
    // Not byte by byte, as an array is.
    bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    hasher.combine(query)
  }

  /// What to fit, by a request in JSON or a table of any shape.
  ///
  /// - Throws: a problem with the place where the syntax is broken, or with every fault.
  package func task(within limits: FitRequest.Limits) throws(Problem) -> FitTask {
    let faults = Faults()
    var options = JSONObject(query: query, faults: faults)
    let columns = options.take(ColumnRoles.Role.options + Face.options)
    let decoder = FitTaskDecoder(limits: limits)
    let task: FitTask?
    switch try content(wanted: Array(columns.values), rowLimit: limits.totalPoints, faults) {
    case .table(let table):
      let points = table.map { PointTable($0, options: columns, faults: faults) }
      task = points.flatMap {
        decoder.decode($0, options: JSONField(.object(options), faults: faults))
      }
    case .request(let document):
      for name in ColumnRoles.Role.options where columns[name] != nil {
        faults.note(
          at: .root.appending(name), "names a column of a table, but the body is a request in JSON")
      }
      faults.note(duplicates: document.duplicates)
      var root = document.root
      root.merge(options, faults: faults)
      task = decoder.decode(JSONField(root, faults: faults))
    }
    guard let task else { throw Self.problem(faults) }
    return task
  }

  /// The columns of a table and how they are read, without a fit.
  ///
  /// - Throws: the problem of a body that is no table.
  package func preview(rowLimit: Int) throws(Problem) -> TablePreview {
    let faults = Faults()
    var options = JSONObject(query: query, faults: faults)
    let columns = options.take(ColumnRoles.Role.options + ["format"])
    for option in options.members {
      faults.note(at: .root.appending(option.name), "is no option of reading a table")
    }
    guard
      case .table(let table) = try content(
        wanted: Array(columns.values), rowLimit: rowLimit, faults)
    else {
      throw Problem(
        .invalidRequest, "The body is a request in JSON, whose points are read as they stand.")
    }
    guard let table, faults.isEmpty else { throw Self.problem(faults) }
    return TablePreview(table, options: columns)
  }

  /// A body as it was found to be.
  private enum Content {
    case request(JSONDocument)
    /// Nil when what keeps it from being read has been noted.
    case table(Table?)
  }

  private func content(
    wanted: [String], rowLimit: Int, _ faults: Faults
  ) throws(Problem) -> Content {
    guard format == .json || beginsAsJSON else {
      let table = Table(text: bytes, wanted: wanted, rowLimit: rowLimit, faults: faults)
      if table == nil, let problem = Problem(faults, code: .malformedCSV) { throw problem }
      return .table(table)
    }
    let document: JSONDocument
    do throws(Problem) {
      document = try self.document()
    } catch {
      // Lines of JSON, or Python's NaN: no request of ours, but a table that people have.
      var limits = JSONDocument.Limits()
      limits.bytes = .max
      limits.takesNonNumbers = true
      guard let values = try? JSONDocument.values(bytes, limits: limits) else { throw error }
      let value = values.count == 1 ? values[0] : .array(values)
      guard !Table.isRequest(value),
        let table = Table(json: value, byteCount: bytes.count, faults: faults)
      else { throw error }
      return .table(table)
    }
    if !Table.isRequest(document.root) {
      let table = Table(json: document.root, byteCount: bytes.count, faults: faults)
      if table != nil || !faults.isEmpty { return .table(table) }
    }
    // Also what is neither: the reader of requests says what is expected.
    return .request(document)
  }

  private var beginsAsJSON: Bool {
    let first = bytes.first { ![0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) }
    return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
  }

  private static func problem(_ faults: Faults) -> Problem {
    Problem(faults, code: faults.areAmbiguous ? .ambiguousColumns : .invalidRequest)
      ?? .unreadable(faults)
  }

  /// The body as JSON, for requests whose query says no more than the form of the answer.
  ///
  /// - Throws: the problem of a body that is no JSON.
  package func root(_ faults: Faults) throws(Problem) -> JSONField {
    var options = JSONObject(query: query, faults: faults)
    _ = options.take(["format"])
    for option in options.members {
      faults.note(at: .root.appending(option.name), "stands in the query: put it into the body")
    }
    return JSONField(try document(), faults: faults)
  }

  private func document() throws(Problem) -> JSONDocument {
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
