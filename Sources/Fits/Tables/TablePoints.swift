/// The points of a table of curves, of which some are held out: what a benchmark scores forecasts on.
public struct TablePoints: Sendable {
  /// One point, and which curve it belongs to.
  public struct Point: Sendable, Hashable {
    /// What names the curve: a text for each of the columns asked for.
    public let name: [String]
    public let x: Double
    public let y: Double
    public let isHeldOut: Bool
  }

  /// In the order of the table.
  public let points: [Point]

  /// Reads a table of any shape.
  ///
  /// - Parameters:
  ///   - body: the table.
  ///   - names: columns that name a curve together, where the table has them; if it has none of them,
  ///     the last stands for what else tells its curves apart.
  ///   - options: which columns mean what, as `x_column`, as they would stand in a query.
  /// - Throws: the problem that a client would be answered with; also when no point is held out.
  public init(
    _ body: [UInt8], namedBy names: [String], options: [(name: String, value: String)] = []
  ) throws(Problem) {
    let faults = Faults()
    var columns = Dictionary(options.map { ($0.name, $0.value) }) { $1 }
    let curve = ColumnRoles.Role.curve.option
    let table = try FitBody(body, options: []).table(wanted: names, rowLimit: .max, faults)
    let known = names.filter { name in table?.columns.contains { $0.name == name } ?? false }
    if columns[curve] == nil, !known.isEmpty { columns[curve] = known.joined(separator: ",") }
    let read = table.map { PointTable($0, options: columns, faults: faults) }
    guard let read, faults.isEmpty else { throw .unreadable(faults) }
    guard let isHeldOut = read.isHeldOut else {
      throw Problem(
        .invalidRequest, "No point is held out: mark those to fit by 1 in a column `training`.")
    }
    points = (0..<read.count).map { row in
      var name = names.map { read.label(ofRow: row, column: $0) }
      if known.isEmpty, let curves = read.curves { name[name.count - 1] = curves[row] }
      return Point(name: name, x: read.x[row], y: read.y[row], isHeldOut: isHeldOut[row])
    }
  }
}
