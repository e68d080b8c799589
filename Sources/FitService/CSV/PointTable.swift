/// Measured points from comma-separated values, every column checked to be what it has to be.
///
/// Whether the numbers make sense as points is for the decoder of requests to judge, as it does for
/// JSON; ``place(ofRow:column:)`` tells where a number stood.
public struct PointTable: Sendable, Equatable {
  public private(set) var x: [Double] = []
  public private(set) var y: [Double] = []
  /// The optional columns, nil when the header does not name them.
  public private(set) var sigma: [Double]?
  public private(set) var weights: [Double]?
  public private(set) var trials: [Double]?
  /// The name of the curve that each point belongs to.
  public private(set) var curves: [String]?
  /// Which points are set aside, from a column `held_out` or its opposite, `training`.
  public private(set) var isHeldOut: [Bool]?
  /// The columns that mean nothing here, in their order; a column without a name by its number.
  public private(set) var ignoredColumns: [String] = []
  /// The line of each point, counted from 1.
  public private(set) var lines: [Int] = []

  /// Where a number stands, for a fault that only its meaning shows.
  public func place(ofRow row: Int, column: String?) -> Fault.Place {
    .line(lines[row], column: column)
  }

  /// Reads a table: with a header, the columns named `x`, `y` (or as given) and the optional ones;
  /// without one, two columns, x and y.
  ///
  /// - Parameters:
  ///   - bytes: The text, in UTF-8.
  ///   - xColumn: The name of the column of x, when it is not `x`.
  ///   - yColumn: The name of the column of y, when it is not `y`.
  ///   - rowLimit: How many points there may be.
  ///   - faults: Where everything that is wrong is noted; then the table is not to be used.
  public init(
    csv bytes: [UInt8], xColumn: String? = nil, yColumn: String? = nil, rowLimit: Int,
    faults: Faults
  ) {
    if let fault = Self.faultOfTheWhole(bytes) {
      faults.note(.line(1, column: nil), fault)
      return
    }
    var rows = CSVRows(bytes, faults: faults)
    guard rows.advance() else {
      faults.note(.line(1, column: nil), "there is no row")
      return
    }
    let width = rows.count
    let columns: [Column]
    if Self.isHeader(rows, [xColumn ?? "x", yColumn ?? "y"]) {
      let header = Header(rows, xColumn: xColumn, yColumn: yColumn, faults: faults)
      guard header.isUsable else { return }
      columns = header.columns
      ignoredColumns = header.ignoredColumns
      guard rows.advance() else { return }
    } else {
      for (role, name) in [(Role.x, xColumn), (.y, yColumn)] where name != nil {
        faults.note(at: role.option, "names a column, but the table has no header")
      }
      guard xColumn == nil, yColumn == nil else { return }
      guard rows.count == 2 else {
        faults.note(
          .line(rows.line, column: nil),
          "there is no header that names the columns; without one there must be two, x and y")
        return
      }
      columns = [Column(.x, "x", at: 0), Column(.y, "y", at: 1)]
    }
    prepare(for: columns)
    repeat {
      guard rows.count == width else {
        faults.note(.line(rows.line, column: nil), "has \(rows.count) cells instead of \(width)")
        continue
      }
      guard lines.count < rowLimit else {
        faults.note(.line(rows.line, column: nil), "there are more than \(rowLimit) rows")
        return
      }
      lines.append(rows.line)
      for column in columns { append(column, of: rows, faults) }
    } while rows.advance()
  }

  private static func faultOfTheWhole(_ bytes: [UInt8]) -> String? {
    if (try? UTF8Span(validating: bytes.span)) == nil {
      return "the text is not UTF-8; save it as UTF-8"
    }
    if let first = bytes.first, first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
      return "this looks like JSON; send it as application/json"
    }
    let hasLineEnd = bytes.contains { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
    if !hasLineEnd, !bytes.isEmpty {
      return "there is only one line; `curl -d @FILE` removes the line ends, so send the file with "
        + "`--data-binary @FILE`"
    }
    return nil
  }

  /// A row is a header when it names a column that is wanted, or holds no number at all.
  private static func isHeader(_ rows: CSVRows, _ wanted: [String]) -> Bool {
    let columns = 0..<rows.count
    return columns.contains { wanted.contains(rows.text($0).lowercased()) }
      || columns.contains { wanted.contains(rows.text($0)) }
      || columns.allSatisfy { rows.number($0) == nil }
  }

  private mutating func prepare(for columns: [Column]) {
    for column in columns {
      switch column.role {
      case .x, .y: break
      case .sigma: sigma = []
      case .weight: weights = []
      case .trials: trials = []
      case .curve: curves = []
      case .heldOut, .training: isHeldOut = []
      }
    }
  }

  /// Appends one cell to its column; a faulty one as some value, since the table is refused anyway.
  private mutating func append(_ column: Column, of rows: CSVRows, _ faults: Faults) {
    func refuse(_ expected: String) {
      let text = rows.text(column.index)
      let given =
        text.isEmpty ? "the cell is empty" : "`\(text.bounded(to: 40))` is not \(expected)"
      faults.note(.line(rows.line, column: column.name), given)
    }
    func number() -> Double {
      if let number = rows.number(column.index) { return number }
      refuse("a number; digits, a decimal point and an exponent are allowed")
      return 0
    }
    func flag() -> Bool {
      switch rows.text(column.index).lowercased() {
      case "1", "true": return true
      case "0", "false": return false
      default:
        refuse("0 or 1")
        return false
      }
    }
    switch column.role {
    case .x: x.append(number())
    case .y: y.append(number())
    case .sigma: sigma?.append(number())
    case .weight: weights?.append(number())
    case .trials: trials?.append(number())
    case .curve: curves?.append(rows.text(column.index))
    case .heldOut: isHeldOut?.append(flag())
    case .training: isHeldOut?.append(!flag())
    }
  }
}
