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

  private var places: [Fault.Place] = []

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
    guard case .line(let line, _) = places[row] else { return places[row] }
    return .line(line, column: column)
  }

  /// Reads the points of a table; what is wrong with it is noted in the faults.
  ///
  /// - Parameters:
  ///   - table: the cells.
  ///   - options: the names or positions of columns, by ``ColumnRoles/Role/option``.
  ///   - faults: where it is noted what is wrong.
  init(_ table: Table, options: [String: String], faults: Faults) {
    guard let roles = ColumnRoles(table, options: options, faults: faults) else { return }
    if roles.sigma != nil { sigma = [] }
    if roles.weight != nil { weights = [] }
    if roles.trials != nil { trials = [] }
    if roles.heldOut != nil { isHeldOut = [] }
    if roles.curve != nil || roles.y.count > 1 { curves = [] }
    for y in roles.y {
      for row in 0..<table.rowCount { append(row, of: table, roles, y, faults) }
    }
    replaceZeroSigma()
    reading.describe(table, roles, used: count)
  }

  private mutating func append(
    _ row: Int, of table: Table, _ roles: ColumnRoles, _ column: (column: Int, curve: String?),
    _ faults: Faults
  ) {
    /// The number in a column; nil when the cell is empty, or when it is text, which is noted.
    func number(_ column: Int) -> Double? {
      if let text = table.columns[column].text(row) {
        faults.note(
          table.place(row: row, column: column),
          "`\(text.bounded(to: 40))` is not a number"
            + (CellReader.isDate(text) ? ": \(CellReader.dateRemedy)" : ""))
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
    places.append(table.place(row: row, column: nil))
    // What is missing is no noise that could be used: it is refused as such.
    if let column = roles.sigma { sigma?.append(number(column) ?? 0) }
    if let column = roles.weight { weights?.append(number(column) ?? 0) }
    if let column = roles.trials { trials?.append(number(column) ?? 0) }
    if let mark = roles.heldOut {
      let isMarked = Self.flag(row, mark.column, table, faults)
      isHeldOut?.append(isMarked != mark.isTraining)
    }
    if let name = column.curve ?? roles.curve.map({ table.columns[$0].label(row) }) {
      curves?.append(name)
    }
  }

  private static func flag(_ row: Int, _ column: Int, _ table: Table, _ faults: Faults) -> Bool {
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
