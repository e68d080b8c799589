/// A cursor over a field's value, by the common rules of RFC 9110 §5.6.
///
/// Every `scan` either takes what it names and moves on, or takes nothing. The cursor never goes
/// back, so the time is linear in the length of the field, whatever a client writes into it.
struct FieldScanner {
  private var rest: ArraySlice<UInt8>

  /// How often a byte has been looked at: the measure of the work, which tests bound.
  private(set) var looks = 0

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }
  init(_ text: String) { rest = Array(text.utf8)[...] }

  var isAtEnd: Bool { rest.isEmpty }

  /// The next byte, if it satisfies the predicate; it is not taken.
  private mutating func next(where isWanted: (UInt8) -> Bool) -> UInt8? {
    looks += 1
    return rest.first.flatMap { isWanted($0) ? $0 : nil }
  }

  /// Takes the bytes up to the first that does not satisfy the predicate.
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

  /// Takes a token (RFC 9110 §5.6.2).
  mutating func scanToken() -> ArraySlice<UInt8>? {
    let token = take(while: \.isToken)
    return token.isEmpty ? nil : token
  }

  /// Takes a quoted string and returns what it stands for (RFC 9110 §5.6.4).
  ///
  /// A quoted string without an end takes the rest of the field and is nil: a comma in it may
  /// belong to it, so no further element can be told.
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

  /// Takes a token or a quoted string, as text; invalid UTF-8 becomes U+FFFD.
  mutating func scanWord() -> String? {
    if let token = scanToken() { return String(decoding: token, as: UTF8.self) }
    return scanQuotedString().map { String(decoding: $0, as: UTF8.self) }
  }

  /// Takes the elements of a list (RFC 9110 §5.6.1); one that `read` does not take to its end is
  /// left out.
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

  /// Takes the blanks and commas before the next element of a list.
  mutating func skipListSeparators() { _ = take { $0.isBlank || $0 == UInt8(ascii: ",") } }

  /// Takes the rest of a broken list element, up to the comma that ends it.
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
