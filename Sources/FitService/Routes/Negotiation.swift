import Fits
import HTTP
import HTTPTypes
import Plots

extension BodyFormat {
  private static let jsonTypes = ["application/json", "application/x-ndjson", "application/jsonl"]
  private static let tableTypes = [
    "text/csv", "text/tab-separated-values", "text/plain", "text/markdown",
  ]

  /// - Throws: `unsupported_media_type`, also for a compressed body (RFC 9110 section 8.4).
  init(_ fields: HTTPFields, takesTables: Bool) throws(Problem) {
    guard fields[.contentEncoding]?.lowercased() ?? "identity" == "identity" else {
      // `Accept-Encoding` tells that the coding is at fault, not the media type (RFC 9110 §12.5.3).
      throw Problem(
        .unsupportedMediaType, "Send the body without Content-Encoding.",
        fields: [.acceptEncoding: "identity"])
    }
    guard let contentType = fields[.contentType] else {
      self = .any
      return
    }
    // A short cut for what most clients send.
    if contentType == "application/json" {
      self = .json
      return
    }
    let type = MediaType(contentType)
    let charset = type?[parameter: "charset"]?.lowercased() ?? "utf-8"
    let isText = ["utf-8", "us-ascii", "utf-16"].contains(charset)
    switch type?.essence {
    case let type? where Self.jsonTypes.contains(type) && charset == "utf-8": self = .json
    case let type? where takesTables && Self.tableTypes.contains(type) && isText: self = .any
    // `curl -d` and `curl --data-binary` send this for every body.
    case "application/x-www-form-urlencoded": self = .any
    default:
      let types = (takesTables ? Self.jsonTypes + Self.tableTypes : Self.jsonTypes.prefix(1) + [])
        .joined(separator: " or ")
      throw Problem(.unsupportedMediaType, "The body must be \(types), in UTF-8.")
    }
  }
}

extension FitBody {
  init(_ format: BodyFormat, _ request: Request) {
    self.init(format: format, bytes: request.body, query: request.target.rawQuery ?? "")
  }
}

extension ResultFormat {
  private static let formats: [(name: String, type: MediaType)] = [
    ("json", .json), ("csv", .csv), ("svg", .svg), ("text", .plainText),
  ]

  /// The form that the option `format` names, or else the one that the field `Accept` prefers
  /// (RFC 9110 section 12.5.1).
  ///
  /// - Throws: a problem when no form is acceptable, or an option is invalid.
  init(_ head: RequestHead) throws(Problem) {
    // A short cut for what most clients send.
    if head.target.rawQuery == nil, head.fields[.accept] ?? "*/*" == "*/*" {
      self = .json(points: false, curve: false)
      return
    }
    let faults = Faults()
    var included: Set<String> = []
    var axes = Chart.Axes.logLog
    var name: String?
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
      case "format": name = item.value
      default: break
      }
    }
    if let problem = Problem(faults) { throw problem }
    let choice = Accept(head.fields[.accept]).choose(from: Self.formats.map(\.type))
    switch name ?? Self.formats.first(where: { $0.type == choice })?.name {
    case "json":
      self = .json(points: included.contains("points"), curve: included.contains("curve"))
    case "csv": self = .csv
    case "svg": self = .svg(axes)
    case "text": self = .text
    default:
      throw Problem(
        .notAcceptable,
        "A result exists as application/json, text/csv, image/svg+xml and text/plain; `format` must "
          + "be `json`, `csv`, `svg` or `text`.")
    }
  }
}
