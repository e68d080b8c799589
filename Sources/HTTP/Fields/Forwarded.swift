/// The addresses from which each proxy received the request: the field `Forwarded` (RFC 7239).
///
/// Any client can send this field, so only elements appended by trusted proxies may be used.
public struct Forwarded: Sendable, Equatable {
  /// The parameter `for` of each element, that of the nearest proxy last; nil where it is missing.
  public let nodes: [String?]

  /// Reads the field's value, lines joined by commas; nil when it is malformed (section 4).
  public init?(_ value: String) {
    var scanner = FieldScanner(value)
    self.init(from: &scanner)
  }

  init?(from scanner: inout FieldScanner) {
    var nodes: [String?] = []
    scanner.skipListSeparators()
    while !scanner.isAtEnd {
      guard let node = Self.node(from: &scanner) else { return nil }
      nodes.append(node)
      scanner.skipListSeparators()
    }
    self.nodes = nodes
  }

  /// Reads `[ pair ] *( ";" [ pair ] )`; the outer optional is nil when it is malformed.
  private static func node(from scanner: inout FieldScanner) -> String?? {
    var node: String?
    while true {
      scanner.skipBlanks()
      if let name = scanner.scanToken() {
        guard scanner.scan("="), let value = scanner.scanWord() else { return nil }
        if name.equalsIgnoringCase("for") {
          guard node == nil else { return nil }
          node = value
        }
      }
      scanner.skipBlanks()
      if !scanner.scan(";") { break }
    }
    return scanner.isAtElementEnd() ? .some(node) : nil
  }
}
