import Fits
import HTTP
import HTTPTypes
import Plots

extension Face {
  private static let formats: [(name: String, type: MediaType)] = [
    ("json", .json), ("csv", .csv), ("svg", .svg), ("text", .plainText),
  ]

  /// The form that the option `format` names, or else the one that the field `Accept` prefers
  /// (RFC 9110 section 12.5.1).
  ///
  /// - Throws: a problem when the client takes nothing that there is, or asks for nonsense.
  init(_ head: RequestHead) throws(Problem) {
    // What nearly everybody sends needs no reading.
    if head.target.rawQuery == nil, head.fields[.accept] ?? "*/*" == "*/*" {
      self = .json(points: false, curve: false)
      return
    }
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
    let choice = Accept(head.fields[.accept]).choose(from: Self.formats.map(\.type))
    switch format ?? Self.formats.first(where: { $0.type == choice })?.name {
    case "json":
      self = .json(points: included.contains("points"), curve: included.contains("curve"))
    case "csv": self = .csv
    case "svg": self = .svg(axes)
    case "text": self = .text
    default:
      throw Problem(
        .notAcceptable,
        "A result comes as application/json, text/csv, image/svg+xml or text/plain; `format` is "
          + "`json`, `csv`, `svg` or `text`.")
    }
  }
}
