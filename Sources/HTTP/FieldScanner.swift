/// A cursor over a field's value, by the common rules of RFC 9110 §5.6.
///
/// Every `scan` either takes what it names and moves on, or takes nothing.
struct FieldScanner {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }
  init(_ text: String) { rest = Array(text.utf8)[...] }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func scan(_ character: Unicode.Scalar) -> Bool {
    guard rest.first == UInt8(ascii: character) else { return false }
    rest.removeFirst()
    return true
  }

  mutating func skipBlanks() {
    while let byte = rest.first, byte.isBlank { rest.removeFirst() }
  }

  /// Takes a token (RFC 9110 §5.6.2).
  mutating func scanToken() -> ArraySlice<UInt8>? {
    let token = rest.prefix(while: \.isToken)
    rest = rest[token.endIndex...]
    return token.isEmpty ? nil : token
  }

  /// Takes a quoted string and returns what it stands for (RFC 9110 §5.6.4).
  mutating func scanQuotedString() -> [UInt8]? {
    let start = rest
    guard scan("\"") else { return nil }
    var value: [UInt8] = []
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\"") { return value }
      if byte == UInt8(ascii: "\\") {
        guard let escaped = rest.popFirst(), !escaped.isForbiddenControl else { break }
        value.append(escaped)
      } else {
        guard byte.isQuotedText else { break }
        value.append(byte)
      }
    }
    rest = start
    return nil
  }

  /// Takes a token or a quoted string, as text; invalid UTF-8 becomes U+FFFD.
  mutating func scanWord() -> String? {
    if let token = scanToken() { return String(decoding: token, as: UTF8.self) }
    return scanQuotedString().map { String(decoding: $0, as: UTF8.self) }
  }

  /// Takes the blanks and commas before the next element of a list (RFC 9110 §5.6.1).
  mutating func skipListSeparators() {
    while let byte = rest.first, byte.isBlank || byte == UInt8(ascii: ",") { rest.removeFirst() }
  }

  /// Takes the rest of a broken list element, up to the comma that ends it.
  mutating func skipListElement() {
    while let byte = rest.first, byte != UInt8(ascii: ",") {
      if scanQuotedString() == nil { rest.removeFirst() }
    }
  }

  /// Whether a list element ends here.
  mutating func isAtElementEnd() -> Bool {
    skipBlanks()
    return rest.isEmpty || rest.first == UInt8(ascii: ",")
  }
}
