import HTTP

// The media types that this service offers.

extension MediaType {
  static let json = Self.known("application/json")
  static let csv = Self.known("text/csv")
  static let svg = Self.known("image/svg+xml")
  static let plainText = Self.known("text/plain")
  static let html = Self.known("text/html")
  static let eventStream = Self.known("text/event-stream")

  /// A type written in this source.
  private static func known(_ text: String) -> MediaType {
    guard let type = MediaType(text) else { preconditionFailure("\(text) is no media type") }
    return type
  }
}

extension Accept {
  /// Whether the client is a browser, which likes HTML better than plain text.
  var prefersHTML: Bool { choose(from: [.plainText, .html]) == .html }
}
