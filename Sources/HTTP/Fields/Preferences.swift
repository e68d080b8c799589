/// A client's preferences: the field `Prefer` (RFC 7240).
///
/// Malformed and unknown preferences are ignored; of a repeated one the first counts (RFC 7240 §2).
public struct Preferences: Sendable, Equatable {
  /// How many seconds the client is willing to wait for a response (RFC 7240 §4.3); `Int.max` when
  /// the number is larger.
  public private(set) var wait: Int?

  /// Whether the client prefers 202 to waiting (RFC 7240 §4.1).
  public private(set) var respondAsync = false

  /// Reads the field's value, lines joined by commas; nil when there was no such field.
  public init(_ value: String?) {
    var scanner = FieldScanner(value ?? "")
    self.init(from: &scanner)
  }

  init(from scanner: inout FieldScanner) {
    for (name, value) in scanner.takeElements({ Self.preference(from: &$0) }) {
      apply(name: name, value: value)
    }
  }

  private mutating func apply(name: ArraySlice<UInt8>, value: String) {
    if name.equalsIgnoringCase("respond-async"), value.isEmpty { respondAsync = true }
    if name.equalsIgnoringCase("wait"), wait == nil { wait = Self.seconds(value) }
  }

  /// Reads `token [ BWS "=" BWS word ] *( OWS ";" [ OWS parameter ] )`; parameters are dropped.
  private static func preference(
    from scanner: inout FieldScanner
  ) -> (ArraySlice<UInt8>, String)? {
    guard let name = scanner.scanToken(), let value = value(from: &scanner) else { return nil }
    while true {
      scanner.skipBlanks()
      guard scanner.scan(";") else { return (name, value) }
      scanner.skipBlanks()
      if scanner.scanToken() != nil, Self.value(from: &scanner) == nil { return nil }
    }
  }

  /// Reads `[ BWS "=" BWS word ]`: empty when it is missing, nil when it is malformed.
  private static func value(from scanner: inout FieldScanner) -> String? {
    scanner.skipBlanks()
    guard scanner.scan("=") else { return "" }
    scanner.skipBlanks()
    return scanner.scanWord()
  }

  private static func seconds(_ text: String) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy(\.isDigit) else { return nil }
    return Int(text) ?? .max
  }
}

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
