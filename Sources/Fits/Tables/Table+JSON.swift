extension Table {
  /// Reads a table from JSON that is no request of ours; nil when it has none of the shapes of
  /// ``JSONTableShape``, or when something has been noted.
  ///
  /// - Parameters:
  ///   - value: what was read.
  ///   - byteCount: of the text; the table has no more cells than that.
  ///   - faults: where it is noted what is wrong.
  init?(json value: JSONValue, byteCount: Int, faults: Faults) {
    guard let shape = JSONTableShape(value) else { return nil }
    self.init(shape, at: .root, byteCount: byteCount, faults: faults)
    splitPairs(CellReader())
    readNamedNumbers()
  }

  /// Whether a JSON value is a request in the contract's own terms rather than a table: an object
  /// with a name that gives points there, or with nothing that is a table's.
  static func isRequest(_ value: JSONValue) -> Bool {
    guard case .object(let object) = value else { return false }
    if requestNames.contains(where: { object[$0] != nil }) { return true }
    // A data frame's columns may have these names, too.
    let isOfPoints = ["x", "y"].contains { name in
      guard let value = object[name] else { return false }
      if case .object = value { return false }
      return true
    }
    return isOfPoints || JSONTableShape(value) == nil
  }

  private static let requestNames = [
    "points", "curves", "predict", "solve_for", "forms", "fixed", "bounds", "held_out",
  ]

  // MARK: Shapes

  private init?(_ shape: JSONTableShape, at pointer: JSONPointer, byteCount: Int, faults: Faults) {
    switch shape {
    case .numbers(let numbers, let width):
      guard Self.isNarrow(width, at: pointer, faults) else { return nil }
      self.init(names: Self.names(width), origin: .records(pointer))
      for row in 0..<(numbers.count / width) {
        append(row: row) {
          .number(numbers[row * width + $0])
        } text: { _ in
          ""
        }
      }
      transpose()
    case .rows(let rows, let names):
      self.init(rows: rows, names: names, at: pointer, byteCount: byteCount, faults: faults)
    case .records(let records):
      self.init(records: records, at: pointer, byteCount: byteCount, faults: faults)
    case .columns(let members):
      self.init(columns: members, at: pointer, faults: faults)
    case .map(let members):
      self.init(names: ["x", "y"], origin: .columns(pointer))
      let reader = CellReader()
      for (row, member) in members.enumerated() {
        append(row: row) { column in
          column == 0 ? reader.read(member.name) : member.value.cell
        } text: { column in
          column == 0 ? member.name : member.value.text
        }
      }
    case .labelledColumns(let members):
      self.init(labelledColumns: members, at: pointer, byteCount: byteCount, faults: faults)
    case .labelledRecords(let members):
      let areNumbers = members.allSatisfy { $0.name.utf8.last.map { 0x30...0x39 ~= $0 } ?? false }
      let records = members.map { member -> JSONValue in
        guard case .object(var object) = member.value else { return .null }
        object.members.insert(
          JSONObject.Member(areNumbers ? "index" : "name", .string(member.name)), at: 0)
        return .object(object)
      }
      self.init(
        records: records, at: pointer, isArray: false, byteCount: byteCount, faults: faults)
    case .tables(let tables):
      self.init(tables: tables, at: pointer, byteCount: byteCount, faults: faults)
    case .member(let name, let inner):
      self.init(inner, at: pointer.appending(name), byteCount: byteCount, faults: faults)
    }
  }

  private init?(
    rows: [JSONValue], names: [String]?, at pointer: JSONPointer, byteCount: Int, faults: Faults
  ) {
    var rows = rows.map { $0.elements ?? [] }
    var names = names
    var first = 0
    if names == nil, let head = rows.first, !head.isEmpty, head.allSatisfy({ $0.string != nil }) {
      names = head.compactMap(\.string)
      rows.removeFirst()
      first = 1
    }
    let width = max(names?.count ?? 0, rows.map(\.count).max() ?? 0)
    guard Self.isNarrow(width, at: pointer, faults),
      Self.isDense(width, rows.count, byteCount, at: pointer, faults)
    else { return nil }
    let given = names ?? []
    let all = given + Self.names(width).dropFirst(given.count)
    self.init(names: all, origin: .records(pointer))
    for (row, values) in rows.enumerated() {
      append(row: row + first, values: values + Array(repeating: nil, count: width - values.count))
    }
    if given.isEmpty { transpose() }
  }

  private init?(
    records: [JSONValue], at pointer: JSONPointer, isArray: Bool = true, byteCount: Int,
    faults: Faults
  ) {
    var names: [String] = []
    var places: [String: Int] = [:]
    let flat = records.map { record -> [JSONObject.Member] in
      guard case .object(let object) = record else { return [] }
      return object.flattened
    }
    for member in flat.joined() where places[member.name] == nil {
      places[member.name] = names.count
      names.append(member.name)
    }
    guard !names.isEmpty, Self.isNarrow(names.count, at: pointer, faults),
      Self.isDense(names.count, records.count, byteCount, at: pointer, faults)
    else { return nil }
    self.init(names: names, origin: isArray ? .records(pointer) : .members(pointer))
    var values = [JSONValue?](repeating: nil, count: names.count)
    for (row, members) in flat.enumerated() {
      for index in values.indices { values[index] = nil }
      for member in members {
        if let place = places[member.name] { values[place] = member.value }
      }
      append(row: row, values: values)
    }
  }

  private init?(columns members: [JSONObject.Member], at pointer: JSONPointer, faults: Faults) {
    let lengths = Set(members.compactMap { $0.value.count })
    guard lengths.count == 1, let length = lengths.first else {
      let told = members.prefix(5).map { "`\($0.name.bounded(to: 40))` \($0.value.count ?? 0)" }
      faults.note(
        at: pointer, "has arrays of different lengths: \(told.joined(separator: ", "))")
      return nil
    }
    guard Self.isNarrow(members.count, at: pointer, faults) else { return nil }
    self.init(names: members.map(\.name), origin: .columns(pointer))
    let columns = members.map { $0.value.elements ?? [] }
    for row in 0..<length { append(row: row, values: columns.map { $0[row] }) }
  }

  private init?(
    labelledColumns members: [JSONObject.Member], at pointer: JSONPointer, byteCount: Int,
    faults: Faults
  ) {
    var labels: [String] = []
    var places: [String: Int] = [:]
    let columns = members.map { member -> [JSONObject.Member] in
      if case .object(let object) = member.value { object.members } else { [] }
    }
    /// The row of a label, which most columns have at the same place.
    func row(of label: String, at place: Int) -> Int? {
      place < labels.count && labels[place] == label ? place : places[label]
    }
    for column in columns {
      for (place, member) in column.enumerated() where row(of: member.name, at: place) == nil {
        places[member.name] = labels.count
        labels.append(member.name)
      }
    }
    guard Self.isNarrow(members.count + 1, at: pointer, faults),
      Self.isDense(members.count + 1, labels.count, byteCount, at: pointer, faults)
    else { return nil }
    let cells = columns.map { column in
      var cells = [JSONValue?](repeating: nil, count: labels.count)
      for (place, member) in column.enumerated() {
        if let row = row(of: member.name, at: place) { cells[row] = member.value }
      }
      return cells
    }
    self.init(names: ["index"] + members.map(\.name), origin: .members(pointer))
    for (row, label) in labels.enumerated() {
      append(row: row) { column in
        column == 0 ? CellReader().read(label) : cells[column - 1][row]?.cell ?? .missing
      } text: { column in
        column == 0 ? label : cells[column - 1][row]?.text ?? ""
      }
    }
  }

  /// One table below the other, with a column of their names.
  private init?(
    tables: [(name: String, table: JSONTableShape)], at pointer: JSONPointer, byteCount: Int,
    faults: Faults
  ) {
    guard Self.isNarrow(tables.count, at: pointer, faults) else { return nil }
    var parts: [(name: String, table: Table)] = []
    for (name, shape) in tables {
      guard
        let table = Table(
          shape, at: pointer.appending(name), byteCount: byteCount, faults: faults)
      else { return nil }
      if table.rowCount > 0 { parts.append((name, table)) }
    }
    var names: [String] = []
    var known: Set<String> = []
    for name in parts.flatMap({ $0.table.columns.map(\.name) }) where known.insert(name).inserted {
      names.append(name)
    }
    let rowCount = parts.reduce(0) { $0 + $1.table.rowCount }
    guard Self.isNarrow(names.count + 1, at: pointer, faults),
      Self.isDense(names.count + 1, rowCount, byteCount, at: pointer, faults)
    else { return nil }
    self.init(names: ["name"] + names, origin: .members(pointer))
    for (name, table) in parts {
      let places = names.map { name in table.columns.firstIndex { $0.name == name } }
      for row in 0..<table.rowCount {
        append(row: row) { column in
          guard column > 0 else { return .text }
          guard let place = places[column - 1] else { return .missing }
          return table.columns[place].cell(row)
        } text: { column in
          guard column > 0 else { return name }
          return places[column - 1].flatMap { table.columns[$0].text(row) } ?? ""
        }
      }
    }
  }

  // MARK: Parts

  private static func isNarrow(_ width: Int, at pointer: JSONPointer, _ faults: Faults) -> Bool {
    guard width > DelimitedRows.columnLimit else { return true }
    faults.note(
      at: pointer, "has \(width) columns or tables, more than \(DelimitedRows.columnLimit)")
    return false
  }

  /// Whether a table has no more cells than its text has bytes.
  private static func isDense(
    _ width: Int, _ rowCount: Int, _ byteCount: Int, at pointer: JSONPointer, _ faults: Faults
  ) -> Bool {
    guard width * rowCount > byteCount else { return true }
    faults.note(
      at: pointer, "has \(rowCount) rows with \(width) names: too few names in common")
    return false
  }

  private mutating func append(row: Int, values: [JSONValue?]) {
    append(row: row) {
      values[$0]?.cell ?? .missing
    } text: {
      values[$0]?.text ?? ""
    }
  }
}

extension JSONObject {
  /// The members, those of objects inside with the names of both, joined by a dot.
  var flattened: [Member] {
    guard members.contains(where: { if case .object = $0.value { true } else { false } }) else {
      return members
    }
    return members.flatMap { member -> [Member] in
      guard case .object(let inner) = member.value else { return [member] }
      return inner.flattened.map { Member("\(member.name).\($0.name)", $0.value) }
    }
  }
}

extension JSONValue {
  /// What this is called where it is no number.
  fileprivate var text: String { self == .null ? "" : string ?? kind }

  /// What this says as the cell of a table.
  fileprivate var cell: Cell {
    switch self {
    case .null: .missing
    case .string(let text): CellReader().read(text)
    default: double.map(Cell.number) ?? .text
    }
  }
}
