import Fits
import Foundation
import ScalingLaws

/// One curve of a benchmark: points to fit, and points beyond them to forecast.
struct BenchmarkCurve: Sendable {
  struct Name: Hashable {
    let domain: String
    let task: String
    let model: String
  }

  let name: Name
  let fitted: Points
  let heldOut: Points

  /// Reads the curves of all files, in the order in which they appear.
  static func read(_ files: [String]) throws -> [BenchmarkCurve] {
    var order: [Name] = []
    var measurements: [Name: Columns] = [:]
    for file in files {
      for row in try BenchmarkRow.read(file) {
        if measurements[row.name] == nil { order.append(row.name) }
        measurements[row.name, default: Columns()].append(row)
      }
    }
    return try order.map { name in
      let columns = measurements[name, default: Columns()]
      do {
        return BenchmarkCurve(
          name: name, fitted: try columns.points(training: true),
          heldOut: try columns.points(training: false))
      } catch {
        throw Failure(.badInput, "\(name.domain) \(name.task) \(name.model): \(error)")
      }
    }
  }

  private struct Columns {
    private var rows: [BenchmarkRow] = []

    mutating func append(_ row: BenchmarkRow) { rows.append(row) }

    func points(training: Bool) throws(PointsError) -> Points {
      let chosen = rows.filter { $0.isTraining == training }
      return try Points(x: chosen.map(\.x), y: chosen.map(\.y))
    }
  }
}

/// One row of a table of curves.
private struct BenchmarkRow: Hashable {
  let name: BenchmarkCurve.Name
  let x: Double
  let y: Double
  let isTraining: Bool

  private static let columns = ["domain", "task", "model", "x", "y", "training"]

  /// The rows of a file without exact duplicates.
  static func read(_ file: String) throws -> [BenchmarkRow] {
    let faults = Faults()
    var table = DelimitedRows(try readFile(file), faults: faults)
    guard table.advance() else { throw Failure(.badInput, "\(file) is empty") }
    let header = (0..<table.count).map(table.text)
    let places = try columns.map { column in
      guard let place = header.firstIndex(of: column) else {
        throw Failure(.badInput, "\(file) has no column \(column)")
      }
      return place
    }
    var seen: Set<BenchmarkRow> = []
    var rows: [BenchmarkRow] = []
    while table.advance() {
      guard table.count == header.count, let x = table.plainNumber(places[3]),
        let y = table.plainNumber(places[4]), let training = table.plainNumber(places[5])
      else {
        throw Failure(.badInput, "\(file), line \(table.line): x, y, training must be numbers")
      }
      let row = BenchmarkRow(
        name: .init(
          domain: table.text(places[0]), task: table.text(places[1]), model: table.text(places[2])),
        x: x, y: y, isTraining: training != 0)
      if seen.insert(row).inserted { rows.append(row) }
    }
    if let fault = faults.list.first { throw Failure(.badInput, "\(file): \(fault)") }
    return rows
  }
}
