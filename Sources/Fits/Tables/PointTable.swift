/// Measured points from a table, each column checked to be what it has to be.
///
/// Rows that hold no point are left out and counted: those without x or y, and those at x = 0, which
/// has no logarithm. Whether the other numbers make sense as points is for the decoder of requests to
/// judge, as it does for JSON; ``place(ofRow:column:)`` tells where a number stood.
struct PointTable: Sendable {
  private(set) var x: [Double] = []
  private(set) var y: [Double] = []
  /// The optional columns, nil when the table does not have them.
  private(set) var sigma: [Double]?
  private(set) var weights: [Double]?
  private(set) var trials: [Double]?
  /// The name of the curve that each point belongs to.
  private(set) var curves: [String]?
  /// Which points are set aside, from a column `held_out` or its opposite, `training`.
  private(set) var isHeldOut: [Bool]?
  /// What was read and what was left out.
  private(set) var reading = TableReading()

  private let table: Table
  /// The row of the table that each point comes from.
  private var rows: [Int] = []
  private let dropsTexts: Bool

  var count: Int { x.count }

  /// The rows of each curve in the order in which the curves appear; nil without such a column.
  var rowsByCurve: [(name: String, rows: [Int])]? {
    guard let curves else { return nil }
    var groups: [(name: String, rows: [Int])] = []
    var places: [String: Int] = [:]
    for (row, name) in curves.enumerated() {
      if let place = places[name] {
        groups[place].rows.append(row)
      } else {
        places[name] = groups.count
        groups.append((name, [row]))
      }
    }
    return groups
  }

  /// Where a number stands, for a fault that only its meaning shows.
  func place(ofRow row: Int, column: String?) -> Fault.Place {
    let place = table.place(row: rows[row], column: nil)
    guard case .line(let line, _) = place else { return place }
    return .line(line, column: column)
  }

  /// What stands in a column beside a point; nothing where there is no such column.
  func label(ofRow row: Int, column name: String) -> String {
    table.columns.first { $0.name == name }?.label(rows[row]) ?? ""
  }

  /// Reads the points of a table; what is wrong with it is noted in the faults.
  ///
  /// - Parameters:
  ///   - table: the cells.
  ///   - options: the names or positions of columns, by ``ColumnRoles/Role/option``.
  ///   - dropsTexts: whether a cell that should be a number and is not counts as empty.
  ///   - faults: where it is noted what is wrong.
  init(
    _ table: Table, options: [String: String], dropsTexts: Bool = false, faults: Faults
  ) {
    self.dropsTexts = dropsTexts
    var numbered = table
    if options[ColumnRoles.Role.x.option] == Table.rowNumbers,
      !table.columns.contains(where: { $0.name == Table.rowNumbers })
    {
      numbered.numberRows()
    }
    self.table = numbered
    readPoints(options, faults)
  }

  private mutating func readPoints(_ options: [String: String], _ faults: Faults) {
    guard let roles = ColumnRoles(table, options: options, faults: faults) else { return }
    if roles.sigma != nil { sigma = [] }
    if roles.weight != nil { weights = [] }
    if roles.trials != nil { trials = [] }
    if roles.heldOut != nil { isHeldOut = [] }
    if !roles.curves.isEmpty || roles.y.count > 1 { curves = [] }
    for y in roles.y {
      for row in 0..<table.rowCount { append(row, roles, y, faults) }
    }
    replaceZeroSigma()
    reading.describe(table, roles, used: count)
    reading.findPerCent(y)
  }

  private mutating func append(
    _ row: Int, _ roles: ColumnRoles, _ column: (column: Int, curve: String?), _ faults: Faults
  ) {
    /// The number in a column; nil when the cell is empty, or when it is text, which is noted.
    func number(_ column: Int) -> Double? {
      if let text = table.columns[column].text(row), !dropsTexts {
        faults.note(
          table.place(row: row, column: column),
          "`\(text.bounded(to: 40))` is not a number"
            + (CellReader.isDate(text)
              ? ": \(CellReader.dateRemedy)"
              : "; `invalid=drop` (`--invalid drop`) leaves such rows out"))
      }
      let number = table.columns[column].numbers[row]
      return number.isNaN ? nil : number
    }
    guard let x = number(roles.x), let y = number(column.column) else {
      reading.emptyCount += 1
      return
    }
    guard x != 0 else {
      reading.zeroCount += 1
      return
    }
    self.x.append(x)
    self.y.append(y)
    rows.append(row)
    // What is missing is no noise that could be used: it is refused as such.
    if let column = roles.sigma { sigma?.append(number(column) ?? 0) }
    if let column = roles.weight { weights?.append(number(column) ?? 0) }
    if let column = roles.trials { trials?.append(number(column) ?? 0) }
    if let mark = roles.heldOut {
      let isMarked = flag(row, mark.column, faults)
      isHeldOut?.append(isMarked != mark.isTraining)
    }
    let labels = roles.curves.map { table.columns[$0].label(row) }
    curves?.append(([column.curve].compactMap { $0 } + labels).joined(separator: " / "))
  }

  private func flag(_ row: Int, _ column: Int, _ faults: Faults) -> Bool {
    let label = table.columns[column].label(row)
    switch label.lowercased() {
    case "1", "true", "yes": return true
    case "0", "false", "no": return false
    default:
      let given = label.isEmpty ? "the cell is empty" : "`\(label.bounded(to: 40))` is not 0 or 1"
      faults.note(table.place(row: row, column: column), given)
      return false
    }
  }

  /// A standard error of 0 or none says that it is not known: one measurement has no deviation. It
  /// is taken for the median of the others, which are of the same kind.
  private mutating func replaceZeroSigma() {
    guard let values = sigma else { return }
    let known = values.filter { $0 > 0 }.sorted()
    guard known.count < values.count, values.allSatisfy({ $0 >= 0 }) else { return }
    reading.unknownSigmaCount = values.count - known.count
    guard !known.isEmpty else {
      sigma = nil
      return
    }
    let median = known[known.count / 2]
    sigma = values.map { $0 > 0 ? $0 : median }
  }
}
