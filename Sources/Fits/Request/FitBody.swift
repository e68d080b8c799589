/// The format of a body, by its media type.
package enum BodyFormat {
  /// One JSON value, or several one after another.
  case json
  /// A table or JSON; the content decides.
  case any
}

/// The body of a request, and the options of its query.
package struct FitBody: Hashable {
  package let format: BodyFormat
  package let bytes: [UInt8]
  /// Further options, as a query string.
  package let query: String

  package init(format: BodyFormat, bytes: [UInt8], query: String) {
    self.format = format
    // JSON is UTF-8 by its standard; what tools write may be UTF-16.
    self.bytes = format == .any ? bytes.withoutUTF16 ?? bytes : bytes
    self.query = query
  }

  package func hash(into hasher: inout Hasher) {
    // At once, because an array is hashed byte by byte.
    bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    hasher.combine(query)
  }

  /// The task that a request in JSON or a table describes.
  ///
  /// - Throws: a problem with the place of a syntax error, or with the faults of the request.
  package func task(within limits: FitRequest.Limits) throws(Problem) -> FitTask {
    let faults = Faults()
    var options = JSONObject(query: query, faults: faults)
    let columns = options.take(ColumnRoles.Role.options + ResultFormat.options)
    let task: FitTask?
    switch try content(wanted: Array(columns.values), rowLimit: limits.totalPoints, faults) {
    case .table(let table):
      let points = table.map { table in
        PointTable(table, options: columns, dropsTexts: dropsInvalid(options), faults: faults)
      }
      task = points.flatMap {
        FitTaskDecoder(limits: limits).decode(
          $0, options: JSONField(.object(options), faults: faults))
      }
    case .request(let document):
      return try self.task(document, options, columns, faults, within: limits)
    }
    guard let task else { throw Self.problem(faults) }
    return task
  }

  /// The task that a request in JSON describes.
  private func task(
    _ document: JSONDocument, _ options: JSONObject, _ columns: [String: String], _ faults: Faults,
    within limits: FitRequest.Limits
  ) throws(Problem) -> FitTask {
    for name in ColumnRoles.Role.options where columns[name] != nil {
      faults.note(
        at: .root.appending(name), "names a column of a table, but the body is not a table")
    }
    faults.note(duplicates: document.duplicates)
    var root = document.root
    root.merge(options, faults: faults)
    let task = FitTaskDecoder(limits: limits).decode(JSONField(root, faults: faults))
    guard let task else { throw Self.problem(faults) }
    return task
  }

  /// What the body contains and how it is read, without a fit.
  ///
  /// - Throws: the problem of a body that cannot be read at all.
  package func preview(within limits: FitRequest.Limits) throws(Problem) -> TablePreview {
    let faults = Faults()
    var options = JSONObject(query: query, faults: faults)
    let columns = options.take(ColumnRoles.Role.options + ["format"])
    for option in options.members where option.name != "invalid" {
      faults.note(at: .root.appending(option.name), "is not an option for reading a table")
    }
    switch try content(wanted: Array(columns.values), rowLimit: limits.totalPoints, faults) {
    case .table(let table):
      guard let table, faults.isEmpty else { throw Self.problem(faults) }
      let found = Faults()
      let points = PointTable(
        table, options: columns, dropsTexts: dropsInvalid(options), faults: found)
      return TablePreview(table, points, problem: found.isEmpty ? nil : Self.problem(found))
    case .request(let document):
      guard faults.isEmpty else { throw Self.problem(faults) }
      do throws(Problem) {
        return TablePreview(try task(document, options, [:], faults, within: limits))
      } catch {
        return TablePreview(problem: error)
      }
    }
  }

  /// The body as a table.
  ///
  /// - Throws: the problem of a body that is not a table.
  func table(wanted: [String], rowLimit: Int, _ faults: Faults) throws(Problem) -> Table? {
    guard case .table(let table) = try content(wanted: wanted, rowLimit: rowLimit, faults) else {
      throw Problem(.invalidRequest, "The body is a request in JSON, not a table.")
    }
    return table
  }

  /// Whether the query asks to leave out cells that are not numbers.
  private func dropsInvalid(_ options: JSONObject) -> Bool {
    options["invalid"]?.string == "drop"
  }

  private enum Content {
    case request(JSONDocument)
    /// Nil when the table has faults, which are then noted.
    case table(Table?)
  }

  private func content(
    wanted: [String], rowLimit: Int, _ faults: Faults
  ) throws(Problem) -> Content {
    var problem: Problem?
    if format == .json || begins(as: "{", "[") {
      do throws(Problem) {
        let document = try self.document()
        if !Table.isRequest(document.root) {
          let table = Table(json: document.root, byteCount: bytes.count, faults: faults)
          if table != nil || !faults.isEmpty { return .table(table) }
        }
        // A value that is neither is read as a request too, for its fault.
        return .request(document)
      } catch {
        problem = error
      }
    }
    // JSON Lines, or values as programs print them: not a request, but perhaps a table.
    if let values = try? JSONDocument.literals(bytes) {
      let value = values.count == 1 ? values[0] : .array(values)
      if !(begins(as: "{\"") && Table.isRequest(value)) {
        let before = faults.count
        let table = Table(json: value, byteCount: bytes.count, faults: faults)
        if table != nil || faults.count > before { return .table(table) }
      }
    }
    // Lines of a log may look like JSON.
    if let problem, format == .json || LogLines(bytes) == nil { throw problem }
    let table = Table(text: bytes, wanted: wanted, rowLimit: rowLimit, faults: faults)
    if problem == nil, table == nil, let problem = Problem(faults, code: .malformedCSV) {
      throw problem
    }
    return .table(table)
  }

  /// Whether the bytes begin with one of some ASCII texts, white space left aside.
  private func begins(as texts: String...) -> Bool {
    let first = bytes.lazy.filter { ![0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) }
    return texts.contains { first.starts(with: $0.utf8) }
  }

  private static func problem(_ faults: Faults) -> Problem {
    Problem(faults, code: faults.areAmbiguous ? .ambiguousColumns : .invalidRequest)
      ?? .unreadable(faults)
  }

  /// The body as JSON, for requests whose query may have the option `format` only.
  ///
  /// - Throws: the problem of a body that is not JSON.
  package func root(_ faults: Faults) throws(Problem) -> JSONField {
    var options = JSONObject(query: query, faults: faults)
    _ = options.take(["format"])
    for option in options.members {
      faults.note(at: .root.appending(option.name), "is in the query: put it into the body")
    }
    return JSONField(try document(), faults: faults)
  }

  private func document() throws(Problem) -> JSONDocument {
    do throws(JSONSyntaxError) {
      // The server has checked the size already.
      var limits = JSONDocument.Limits()
      limits.bytes = .max
      return try JSONDocument(bytes, limits: limits)
    } catch {
      throw Problem(error)
    }
  }
}

extension JSONObject {
  /// Removes the text members with these names, and returns their texts.
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
  /// Adds the options of a query to a body; an option in both is noted as a fault.
  fileprivate mutating func merge(_ options: JSONObject, faults: Faults) {
    guard case .object(var object) = self else { return }
    for option in options.members {
      if object[option.name] != nil {
        faults.note(at: .root.appending(option.name), "is given in both the query and the body")
      } else {
        object.members.append(option)
      }
    }
    self = .object(object)
  }
}
