/// A client's directives for stored responses: the field `Cache-Control` (RFC 9111 §5.2.1).
///
/// Malformed and unknown directives are ignored (RFC 9111 §5.2.3).
public struct CacheControl: Sendable, Equatable {
  /// Whether the client refuses a stored response (RFC 9111 §5.2.1.4).
  public private(set) var noCache = false

  /// Reads the field's value, lines joined by commas; nil when there was no such field.
  public init(_ value: String?) {
    var scanner = FieldScanner(value ?? "")
    self.init(from: &scanner)
  }

  init(from scanner: inout FieldScanner) {
    let names = scanner.takeElements { scanner in
      // An argument of a directive that has none is ignored.
      scanner.scanToken().flatMap { !scanner.scan("=") || scanner.scanWord() != nil ? $0 : nil }
    }
    noCache = names.contains { $0.equalsIgnoringCase("no-cache") }
  }
}
