import HTTPTypes

// The fields that this service reads and writes, and HTTPTypes does not name.

extension HTTPField.Name {
  static let secFetchSite = Self.known("Sec-Fetch-Site")
  static let traceparent = Self.known("traceparent")
  static let forwarded = Self.known("Forwarded")
  static let xForwardedFor = Self.known("X-Forwarded-For")
  static let rateLimit = Self.known("RateLimit")
  static let rateLimitPolicy = Self.known("RateLimit-Policy")
  static let requestID = Self.known("X-Request-Id")
  static let idempotencyKey = Self.known("Idempotency-Key")
  static let prefer = Self.known("Prefer")
  static let lastEventID = Self.known("Last-Event-ID")
  /// Asks nginx to hand an answer on as it comes.
  static let accelBuffering = Self.known("X-Accel-Buffering")
  static let preferenceApplied = Self.known("Preference-Applied")
  static let cacheStatus = Self.known("Cache-Status")
  static let link = Self.known("Link")

  /// A name written in this source.
  private static func known(_ name: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is no field name") }
    return name
  }
}
