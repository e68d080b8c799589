package import Plots

/// A form in which a result is given.
package enum Face: Sendable, Hashable {
  /// Everything; `points` and `curve` add what is left out by default.
  case json(points: Bool, curve: Bool)
  /// One row for each prediction.
  case csv
  /// A plot.
  case svg(Chart.Axes)
  /// Words, tables and a small plot for a terminal.
  case text

  package var mediaType: String {
    switch self {
    case .json: "application/json"
    case .csv: "text/csv; charset=utf-8"
    case .svg: "image/svg+xml"
    case .text: "text/plain; charset=utf-8"
    }
  }

  /// What tells this form of a result from the others, for its entity tag.
  package var tag: String {
    switch self {
    case .json(let points, let curve):
      "json" + (points ? "-points" : "") + (curve ? "-curve" : "")
    case .csv: "csv"
    case .svg(let axes): "svg-\(axes.rawValue)"
    case .text: "text"
    }
  }
}

extension Face {
  /// The options of a query that are about the form of the answer.
  package static let options = ["include", "format", "axes"]
}
