@testable import Fits

/// No table of any shape, under any options, crashes the reader or makes points that are no
/// numbers; one without faults has as many of everything as it has points, means the same in every
/// other shape, and becomes a request that is stored and read back.
///
/// The first line, when it begins with `?`, is the query.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCSV(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var bytes = Array(UnsafeBufferPointer(start: data, count: count))
  var query = ""
  if bytes.first == UInt8(ascii: "?") {
    let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
    query = String(decoding: line.dropFirst(), as: UTF8.self)
    bytes.removeFirst(min(line.count + 1, bytes.count))
  }
  checkPoints(bytes, query)

  // The way that a request takes.
  let body = FitBody(format: .any, bytes: bytes, query: query)
  if let task = try? body.task(within: small) {
    precondition(StoredTask(payload: task.payload) != nil, "a stored task is unreadable")
  }
  if let preview = try? body.preview(within: small) {
    let json = JSONWriter.bytes(of: preview)
    precondition((try? JSONDocument(stored: json)) != nil, "a preview is no JSON")
  }
  return 0
}

private let small = FitRequest.Limits(
  points: 64, totalPoints: 64, curves: 8, breaks: 5, predictions: 64, timeout: 60)

/// Reads the bytes as a table with the columns that the query names.
private func checkPoints(_ bytes: [UInt8], _ query: String) {
  let faults = Faults()
  var options: [String: String] = [:]
  for option in JSONObject(query: query, faults: faults).members
  where ColumnRoles.Role.options.contains(option.name) {
    options[option.name] = option.value.string
  }
  guard let table = readTable(bytes, wanted: Array(options.values), faults) else { return }
  let points = PointTable(table, options: options, faults: faults)
  guard faults.isEmpty else { return }
  precondition(points.y.count == points.count, "a column is cut short")
  for column in [points.x, points.y, points.sigma, points.weights, points.trials] {
    guard let column else { continue }
    precondition(column.count == points.count, "a column is cut short")
    precondition(column.allSatisfy(\.isFinite), "no number, yet no fault")
  }
  precondition((points.curves?.count ?? points.count) == points.count, "a column is cut short")
  precondition((points.isHeldOut?.count ?? points.count) == points.count, "a column is cut short")
  for shape in Shape.all { check(shape, of: points) }
  if points.count > 1 { for form in Form.allCases { check(form, of: points) } }
  if points.count > 2 { checkCurves(points) }
}

/// The table that the bytes hold, as JSON in any number of values or else as a text.
private func readTable(_ bytes: [UInt8], wanted: [String], _ faults: Faults) -> Table? {
  guard let values = try? JSONDocument.literals(bytes) else {
    return Table(text: bytes, wanted: wanted, rowLimit: 64, faults: faults)
  }
  let value = values.count == 1 ? values[0] : .array(values)
  return Table(json: value, byteCount: bytes.count, faults: faults)
}

/// A way to write a table of two columns.
private struct Shape {
  var start = ""
  /// Under the header.
  var rule = ""
  var separator: String
  var end = "\n"
  /// The byte order mark of UTF-16, or none of a text in it.
  var mark: [UInt8]?

  static let all = [
    Shape(separator: ","), Shape(separator: "\t"), Shape(separator: ";", end: "\r\n"),
    Shape(separator: "|"), Shape(separator: "  ", end: "\r"),
    Shape(start: "| ", rule: "|--:|:-:|\n", separator: " | ", end: " |\n"),
    Shape(start: "| ", rule: "+==+==+\n", separator: " | ", end: " |\n"),
    Shape(start: "│", rule: "├──┼──┤\n", separator: "┆", end: "│\n"),
    Shape(separator: ",", mark: [0xFF, 0xFE]), Shape(separator: ";", mark: [0xFE, 0xFF]),
    Shape(separator: "\t", mark: []),
  ]

  func text(_ points: PointTable) -> [UInt8] {
    let rows = zip(points.x, points.y).map { start + $0.jsonText + separator + $1.jsonText + end }
    let text = start + "x" + separator + "y" + end + rule + rows.joined()
    guard let mark else { return Array(text.utf8) }
    return mark
      + text.utf16.flatMap { unit in
        let bytes = [UInt8(truncatingIfNeeded: unit), UInt8(unit >> 8)]
        return mark.first == 0xFE ? bytes.reversed() : bytes
      }
  }
}

/// A way to write a table of two columns in JSON, or in the lines of a log.
private enum Form: CaseIterable {
  case records, lines, columns, pairs, rows, split, labels, labelledColumns, labelledRecords
  case wrapped, log

  func text(_ points: PointTable) -> String {
    let (x, y) = (points.x.map(\.jsonText), points.y.map(\.jsonText))
    let pairs = zip(x, y).map { "[\($0),\($1)]" }.joined(separator: ",")
    let records = zip(x, y).map { "{\"x\":\($0),\"y\":\($1)}" }
    func labelled(_ values: [String]) -> String {
      "{" + values.enumerated().map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    }
    return switch self {
    case .records: "[\(records.joined(separator: ","))]"
    case .lines: records.joined(separator: "\n")
    case .columns: "{\"x\":[\(x.joined(separator: ","))],\"y\":[\(y.joined(separator: ","))]}"
    case .pairs: "[\(pairs)]"
    case .rows: "[[\"x\",\"y\"],\(pairs)]"
    case .split: "{\"columns\":[\"x\",\"y\"],\"index\":[],\"data\":[\(pairs)]}"
    case .labels:
      "{\"columns\":[\"y\"],\"index\":[\(x.joined(separator: ","))],\"data\":["
        + y.map { "[\($0)]" }.joined(separator: ",") + "]}"
    case .log: zip(x, y).map { "x=\($0) y: \($1)\n" }.joined()
    case .labelledColumns: "{\"x\":\(labelled(x)),\"y\":\(labelled(y))}"
    case .labelledRecords: points.count > 2 ? labelled(records) : "[\(pairs)]"
    case .wrapped: "{\"best\":1,\"log_history\":[\(records.joined(separator: ","))]}"
    }
  }
}

private func check(_ form: Form, of points: PointTable) {
  let faults = Faults()
  let table = readTable(Array(form.text(points).utf8), wanted: [], faults)
  let same = table.map { PointTable($0, options: [:], faults: faults) }
  precondition(same?.x == points.x && same?.y == points.y, "another form means other points")
}

/// The points read the same when they are written in another shape.
private func check(_ shape: Shape, of points: PointTable) {
  let faults = Faults()
  let table = Table(text: shape.text(points), wanted: [], rowLimit: .max, faults: faults)
  let same = table.map { PointTable($0, options: [:], faults: faults) }
  precondition(same?.x == points.x && same?.y == points.y, "another shape means other points")
}

/// Two curves of these points are read side by side as from one table below the other.
private func checkCurves(_ points: PointTable) {
  let rows = zip(points.x, points.y).map { "\($0.jsonText),\($1.jsonText)" }
  let texts = [
    "a,,b,\nX,Y,X,Y\n" + rows.map { "\($0),\($0)\n" }.joined(),
    "curve,x,y\n" + ["a", "b"].flatMap { name in rows.map { "\(name),\($0)\n" } }.joined(),
    ["a", "b"].map { name in "x,y,curve\n" + rows.map { "\($0),\(name)\n" }.joined() }.joined(),
  ]
  for text in texts {
    let faults = Faults()
    let table = Table(text: Array(text.utf8), wanted: [], rowLimit: .max, faults: faults)
    let curves = table.map { PointTable($0, options: [:], faults: faults) }?.rowsByCurve
    precondition(faults.isEmpty && curves?.map(\.name) == ["a", "b"], "the curves are lost")
    precondition(curves?.allSatisfy { $0.rows.count == points.count } == true, "points are lost")
  }
}
