import Fits
import HTTP
import HTTPTypes

extension BodyFormat {
  private static let jsonTypes = ["application/json", "application/x-ndjson", "application/jsonl"]
  private static let tableTypes = [
    "text/csv", "text/tab-separated-values", "text/plain", "text/markdown",
  ]

  /// - Throws: `unsupported_media_type`, also for a compressed body (RFC 9110 section 8.4).
  init(_ fields: HTTPFields, takesTables: Bool) throws(Problem) {
    guard fields[.contentEncoding]?.lowercased() ?? "identity" == "identity" else {
      // Tells that it is the coding, and not the media type (RFC 9110 section 12.5.3).
      throw Problem(
        .unsupportedMediaType, "A body is read as it is: send it without encoding.",
        fields: [.acceptEncoding: "identity"])
    }
    guard let contentType = fields[.contentType] else {
      self = .any
      return
    }
    // What nearly everybody sends needs no reading.
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
    // What `curl -d` and `curl --data-binary` say of everything.
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
