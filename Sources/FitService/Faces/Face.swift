import HTTP
import HTTPTypes
import Plots

/// A form in which a result is given.
enum Face: Sendable, Hashable {
  /// Everything; `points` and `curve` add what is left out by default.
  case json(points: Bool, curve: Bool)
  /// One row for each prediction.
  case csv
  /// A plot.
  case svg(Chart.Axes)
  /// Words, tables and a small plot for a terminal.
  case text

  var mediaType: String {
    switch self {
    case .json: "application/json"
    case .csv: "text/csv; charset=utf-8"
    case .svg: "image/svg+xml"
    case .text: "text/plain; charset=utf-8"
    }
  }

  /// What tells this form of a result from the others, for its entity tag.
  var tag: String {
    switch self {
    case .json(let points, let curve):
      "json" + (points ? "-points" : "") + (curve ? "-curve" : "")
    case .csv: "csv"
    case .svg(let axes): "svg-\(axes.rawValue)"
    case .text: "text"
    }
  }
}

/// How a client wants a result: in what form, and with what in it.
struct ResultQuery {
  let face: Face

  /// The options of a query that are about the form of the answer.
  static let names = ["include", "format", "axes"]

  private static let formats: [(name: String, essence: String)] = [
    ("json", "application/json"), ("csv", "text/csv"), ("svg", "image/svg+xml"),
    ("text", "text/plain"),
  ]

  /// The option `format` decides, or else the field `Accept` (RFC 9110 section 12.5.1).
  ///
  /// - Throws: a problem when the client takes nothing that there is, or asks for nonsense.
  init(_ head: RequestHead) throws(Problem) {
    let faults = Faults()
    var included: Set<String> = []
    var axes = Chart.Axes.logLog
    var format: String?
    for item in head.target.queryItems {
      let field = JSONField(.text(item.value), at: .root.appending(item.name), faults: faults)
      switch item.name {
      case "include":
        for part in field.elements(atMost: 2) ?? [] {
          if part.isWord("points") || part.isWord("curve") {
            included.insert(part.value.string ?? "")
          } else {
            field.refuse("must be `points`, `curve` or both, separated by a comma")
          }
        }
      case "axes": axes = field.oneOf(Chart.Axes.self) ?? axes
      case "format": format = item.value
      default: break
      }
    }
    if let problem = Problem(faults) { throw problem }
    let name = format ?? Self.chosen(by: Accept(head.fields[.accept]))
    switch name {
    case "json":
      face = .json(points: included.contains("points"), curve: included.contains("curve"))
    case "csv": face = .csv
    case "svg": face = .svg(axes)
    case "text": face = .text
    default:
      throw Problem(
        .notAcceptable,
        "A result comes as application/json, text/csv, image/svg+xml or text/plain; `format` is "
          + "`json`, `csv`, `svg` or `text`.")
    }
  }

  private static func chosen(by accept: Accept) -> String? {
    let offers = formats.compactMap { MediaType($0.essence) }
    let choice = accept.choose(from: offers)
    return formats.first { $0.essence == choice?.essence }?.name
  }
}
