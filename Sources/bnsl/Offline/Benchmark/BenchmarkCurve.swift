import Fits
import Foundation
import ScalingLaws

/// One curve of a benchmark: the points to fit, and the held-out points to forecast.
struct BenchmarkCurve: Sendable {
  struct Name: Hashable {
    let domain: String
    let task: String
    let model: String

    /// The columns of a table that hold the name.
    static let columns = ["domain", "task", "model"]

    init(_ texts: [String]) { (domain, task, model) = (texts[0], texts[1], texts[2]) }
  }

  let name: Name
  let fitted: Points
  let heldOut: Points

  /// Reads the curves of all files, in the order in which they appear; exact duplicates of points
  /// are dropped.
  static func read(
    _ files: [String], options: [(name: String, value: String)]
  ) throws -> [BenchmarkCurve] {
    var order: [Name] = []
    var measured: [Name: [TablePoints.Point]] = [:]
    for file in files {
      var seen: Set<TablePoints.Point> = []
      for point in try read(file, options) where seen.insert(point).inserted {
        let name = Name(point.name)
        if measured[name] == nil { order.append(name) }
        measured[name, default: []].append(point)
      }
    }
    return try order.map { name in
      let points = measured[name, default: []]
      do {
        return BenchmarkCurve(
          name: name, fitted: try Points(points.filter { !$0.isHeldOut }),
          heldOut: try Points(points.filter(\.isHeldOut)))
      } catch {
        throw Failure(.badInput, "\(name.domain) \(name.task) \(name.model): \(error)")
      }
    }
  }

  private static func read(
    _ file: String, _ options: [(name: String, value: String)]
  ) throws -> [TablePoints.Point] {
    let body = try readFile(file)
    do throws(Problem) {
      return try TablePoints(body, namedBy: Name.columns, options: options).points
    } catch {
      throw Failure(.badInput, "\(file): \(error.detail)")
    }
  }
}

extension Points {
  fileprivate init(_ points: [TablePoints.Point]) throws(PointsError) {
    try self.init(x: points.map(\.x), y: points.map(\.y))
  }
}
