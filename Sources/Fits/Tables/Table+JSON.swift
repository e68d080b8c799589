extension Table {
  /// Reads a table from JSON that is no request of ours; nil when it has none of the known shapes,
  /// or when something has been noted.
  ///
  /// The shapes: records (`[{"step": 1, "loss": 2}, ...]`, or one a line), pairs (`[[1, 2], ...]`),
  /// columns (`{"step": [...], "loss": [...]}`), a map from x to y (`{"step_1000": 2.1, ...}`), and a
  /// trainer's state (`{"log_history": [{...}, ...]}`).
  ///
  /// - Parameters:
  ///   - value: what was read.
  ///   - byteCount: of the text; the table has no more cells than that.
  ///   - faults: where it is noted what is wrong.
  init?(json value: JSONValue, byteCount: Int, faults: Faults) {
    switch value {
    case .rows(let numbers, let width):
      guard width <= DelimitedRows.columnLimit else {
        faults.note(
          at: .root, "has rows of \(width) numbers, more than \(DelimitedRows.columnLimit)")
        return nil
      }
      let names = width == 2 ? ["x", "y"] : (1...width).map { "column \($0)" }
      self.init(names: names, origin: .records(.root))
      for row in 0..<(numbers.count / width) {
        append(row: row) {
          .number(numbers[row * width + $0])
        } text: { _ in
          ""
        }
      }
    case .array(let records):
      self.init(records: records, at: .root, byteCount: byteCount, faults: faults)
    case .object(let object):
      if let history = object["log_history"]?.elements {
        self.init(
          records: history, at: .root.appending("log_history"), byteCount: byteCount,
          faults: faults)
      } else if object.members.contains(where: { $0.value.count != nil }) {
        self.init(columns: object, faults: faults)
      } else {
        self.init(map: object)
      }
    default: return nil
    }
    readStems()
  }

  /// Whether a JSON object is a request in the contract's own terms rather than a table: it has a
  /// name that gives points there, or nothing that is a table's.
  static func isRequest(_ value: JSONValue) -> Bool {
    guard case .object(let object) = value else { return false }
    if requestNames.contains(where: { object[$0] != nil }) { return true }
    if object["log_history"]?.elements != nil { return false }
    let values = object.members.map(\.value)
    let areColumns = values.count > 1 && values.allSatisfy { $0.count != nil }
    let isMap =
      values.count > 2 && values.allSatisfy { $0.double != nil || $0 == .null }
      && object.members.allSatisfy { $0.name.utf8.last.map { 0x30...0x39 ~= $0 } ?? false }
    return !areColumns && !isMap
  }

  private static let requestNames = [
    "x", "y", "points", "curves", "predict", "solve_for", "forms", "fixed", "bounds", "held_out",
  ]

  // MARK: Shapes

  private init?(records: [JSONValue], at pointer: JSONPointer, byteCount: Int, faults: Faults) {
    var names: [String] = []
    var places: [String: Int] = [:]
    for record in records {
      guard case .object(let object) = record else { return nil }
      for member in object.members where places[member.name] == nil {
        places[member.name] = names.count
        names.append(member.name)
      }
    }
    guard names.count <= DelimitedRows.columnLimit, names.count * records.count <= byteCount else {
      faults.note(
        at: pointer,
        "has \(records.count) records with \(names.count) names: too few names in common")
      return nil
    }
    guard !names.isEmpty else { return nil }
    self.init(names: names, origin: .records(pointer))
    var values = [JSONValue?](repeating: nil, count: names.count)
    for (row, record) in records.enumerated() {
      guard case .object(let object) = record else { continue }
      for index in values.indices { values[index] = nil }
      for member in object.members {
        if let place = places[member.name] { values[place] = member.value }
      }
      append(row: row, values: values)
    }
  }

  private init?(columns object: JSONObject, faults: Faults) {
    let members = object.members.filter { $0.value.count != nil }
    let lengths = Set(members.compactMap { $0.value.count })
    guard lengths.count == 1, let length = lengths.first, members.count <= DelimitedRows.columnLimit
    else {
      let told = members.prefix(5).map { "`\($0.name.bounded(to: 40))` \($0.value.count ?? 0)" }
      faults.note(
        at: .root, "has arrays of different lengths: \(told.joined(separator: ", "))")
      return nil
    }
    self.init(names: members.map(\.name), origin: .columns(.root))
    let columns = members.map { $0.value.elements ?? [] }
    for row in 0..<length { append(row: row, values: columns.map { $0[row] }) }
  }

  private init(map object: JSONObject) {
    self.init(names: ["x", "y"], origin: .columns(.root))
    let reader = CellReader()
    for (row, member) in object.members.enumerated() {
      append(row: row) { column in
        column == 0 ? reader.read(member.name) : member.value.cell
      } text: { column in
        column == 0 ? member.name : member.value.string ?? member.value.kind
      }
    }
  }

  private mutating func append(row: Int, values: [JSONValue?]) {
    append(row: row) {
      values[$0]?.cell ?? .missing
    } text: {
      values[$0]?.string ?? values[$0]?.kind ?? ""
    }
  }
}

extension JSONValue {
  /// What this says as the cell of a table.
  fileprivate var cell: Cell {
    switch self {
    case .null: .missing
    case .string(let text): CellReader().read(text)
    default: double.map(Cell.number) ?? .text
    }
  }
}
