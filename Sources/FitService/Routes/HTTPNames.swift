import HTTP
import HTTPTypes

// The fields that this service reads or writes and that HTTPTypes does not name.

extension HTTPField.Name {
  static let secFetchSite = name("Sec-Fetch-Site")
  static let traceparent = name("traceparent")
  static let forwarded = name("Forwarded")
  static let xForwardedFor = name("X-Forwarded-For")
  static let rateLimit = name("RateLimit")
  static let rateLimitPolicy = name("RateLimit-Policy")
  static let requestID = name("X-Request-Id")
  static let idempotencyKey = name("Idempotency-Key")
  static let prefer = name("Prefer")
  static let lastEventID = name("Last-Event-ID")
  /// Tells nginx not to buffer a response.
  static let accelBuffering = name("X-Accel-Buffering")
  static let preferenceApplied = name("Preference-Applied")
  static let cacheStatus = name("Cache-Status")
  static let link = name("Link")

  /// Traps on a text that is no field name, so call it with the literals above only.
  private static func name(_ text: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is no field name") }
    return name
  }
}

// The media types that this service offers.

extension MediaType {
  static let json = type("application/json")
  static let csv = type("text/csv")
  static let svg = type("image/svg+xml")
  static let plainText = type("text/plain")
  static let html = type("text/html")
  static let eventStream = type("text/event-stream")

  /// Traps on a text that is no media type, so call it with the literals above only.
  private static func type(_ text: String) -> MediaType {
    guard let type = MediaType(text) else { preconditionFailure("\(text) is no media type") }
    return type
  }
}

extension Accept {
  /// Whether the client prefers HTML to plain text, as browsers do.
  var prefersHTML: Bool { choose(from: [.plainText, .html]) == .html }
}
