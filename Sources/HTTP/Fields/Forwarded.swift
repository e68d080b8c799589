/// Whom each proxy on the way had the request from: the field `Forwarded` (RFC 7239).
///
/// Whoever sends a request can write this field, so only what trusted proxies appended counts.
public struct Forwarded: Sendable, Equatable {
  /// The `for` of each element, the nearest proxy's last; nil where there is none.
  public let nodes: [String?]

  /// Reads the field's value, lines joined by commas; nil when it breaks the grammar of section 4.
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

  /// Reads `[ pair ] *( ";" [ pair ] )`: outer nil when it is anything else.
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
