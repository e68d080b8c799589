/// A scanner of field values, by the common grammar rules of RFC 9110 §5.6.
///
/// Each `scan` function either consumes what it is named after, or consumes nothing. The scanner
/// never goes back, so its time is linear in the length of any field.
struct FieldScanner {
  private var rest: ArraySlice<UInt8>

  /// How often a byte has been inspected; tests check that it stays proportional to the length.
  private(set) var looks = 0

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }
  init(_ text: String) { rest = Array(text.utf8)[...] }

  var isAtEnd: Bool { rest.isEmpty }

  /// The next byte, if it satisfies the predicate; it is not consumed.
  private mutating func next(where isWanted: (UInt8) -> Bool) -> UInt8? {
    looks += 1
    return rest.first.flatMap { isWanted($0) ? $0 : nil }
  }

  /// Consumes the bytes up to the first that does not satisfy the predicate.
  mutating func take(while isWanted: (UInt8) -> Bool) -> ArraySlice<UInt8> {
    let start = rest
    while next(where: isWanted) != nil { rest.removeFirst() }
    return start[..<rest.startIndex]
  }

  mutating func scan(_ character: Unicode.Scalar) -> Bool {
    guard next(where: { $0 == UInt8(ascii: character) }) != nil else { return false }
    rest.removeFirst()
    return true
  }

  mutating func skipBlanks() { _ = take(while: \.isBlank) }

  /// Consumes a token (RFC 9110 §5.6.2).
  mutating func scanToken() -> ArraySlice<UInt8>? {
    let token = take(while: \.isToken)
    return token.isEmpty ? nil : token
  }

  /// Consumes a quoted string and returns its unescaped content (RFC 9110 §5.6.4).
  ///
  /// For a quoted string without an end it consumes the rest of the field and returns nil: commas
  /// in that rest may be part of the string, so no further element can be recognized.
  mutating func scanQuotedString() -> [UInt8]? {
    guard scan("\"") else { return nil }
    var value: [UInt8] = []
    while true {
      value += take(while: \.isQuotedText)
      if scan("\"") { return value }
      guard scan("\\"), let escaped = next(where: { !$0.isForbiddenControl }) else { break }
      rest.removeFirst()
      value.append(escaped)
    }
    rest = rest[rest.endIndex...]
    return nil
  }

  /// Consumes a token or a quoted string, and returns it as text; invalid UTF-8 becomes U+FFFD.
  mutating func scanWord() -> String? {
    if let token = scanToken() { return String(decoding: token, as: UTF8.self) }
    return scanQuotedString().map { String(decoding: $0, as: UTF8.self) }
  }

  /// Consumes the elements of a list (RFC 9110 §5.6.1); ignores an element that `read` does not
  /// consume to its end.
  mutating func takeElements<Element>(_ read: (inout FieldScanner) -> Element?) -> [Element] {
    var elements: [Element] = []
    skipListSeparators()
    while !isAtEnd {
      if let element = read(&self), isAtElementEnd() {
        elements.append(element)
      } else {
        skipListElement()
      }
      skipListSeparators()
    }
    return elements
  }

  /// Consumes the blanks and commas before the next element of a list.
  mutating func skipListSeparators() { _ = take { $0.isBlank || $0 == UInt8(ascii: ",") } }

  /// Consumes the rest of a malformed list element, up to the comma that ends it.
  private mutating func skipListElement() {
    repeat {
      _ = take { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "\"") }
    } while scanQuotedString() != nil
  }

  /// Whether a list element ends here.
  mutating func isAtElementEnd() -> Bool {
    skipBlanks()
    return isAtEnd || next(where: { $0 == UInt8(ascii: ",") }) != nil
  }
}
