/// The classes of bytes in the grammars of HTTP and URIs.
///
/// They are defined on bytes, not on characters: `Character` and `String` have equivalences and
/// kinds of white space that the protocols do not have, and such differences allow request
/// smuggling.
extension UInt8 {
  static let carriageReturn: UInt8 = 0x0D
  static let lineFeed: UInt8 = 0x0A
  static let space: UInt8 = 0x20
  static let tab: UInt8 = 0x09

  /// DIGIT of RFC 5234.
  package var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }

  /// ALPHA of RFC 5234.
  package var isLetter: Bool { (self | 0x20) &- UInt8(ascii: "a") < 26 }

  /// SP or HTAB, of which OWS and BWS are made (RFC 9110 §5.6.3).
  var isBlank: Bool { self == .space || self == .tab }

  /// A control byte that is not allowed in a line of a message; HTAB is allowed (RFC 9110 §5.5).
  var isForbiddenControl: Bool { (self < 0x20 && self != .tab) || self == 0x7F }

  /// tchar of RFC 9110 §5.6.2.
  var isToken: Bool {
    if isLetter || isDigit { return true }
    switch self {
    case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"),
      UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
      UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "^"), UInt8(ascii: "_"),
      UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
      return true
    default: return false
    }
  }

  /// unreserved or sub-delims of RFC 3986 §2: a byte of a host name without its escapes.
  var isUnreservedOrSubDelimiter: Bool {
    if isLetter || isDigit { return true }
    switch self {
    case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"),
      UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"),
      UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"),
      UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "="):
      return true
    default: return false
    }
  }

  /// pchar of RFC 3986 §3.3 without its escapes.
  var isPathByte: Bool {
    isUnreservedOrSubDelimiter || self == UInt8(ascii: ":") || self == UInt8(ascii: "@")
  }

  /// A byte of a quoted string that stands for itself (qdtext of RFC 9110 §5.6.4).
  var isQuotedText: Bool {
    self != UInt8(ascii: "\"") && self != UInt8(ascii: "\\") && !isForbiddenControl
  }

  /// etagc of RFC 9110 §8.8.3: a byte between the quotes of an entity tag.
  var isEntityTagByte: Bool { self == 0x21 || (0x23...0x7E).contains(self) || self >= 0x80 }

  /// The value of a hexadecimal digit, or nil.
  package var hexadecimalValue: UInt8? {
    if isDigit { return self &- UInt8(ascii: "0") }
    let letter = (self | 0x20) &- UInt8(ascii: "a")
    return letter < 6 ? letter + 10 : nil
  }

  /// The letter in lower case; any other byte unchanged.
  var lowercased: UInt8 { self &- UInt8(ascii: "A") < 26 ? self | 0x20 : self }
}

extension Sequence<UInt8> {
  /// Whether these bytes equal the given lower-case ASCII text, ignoring their case.
  func equalsIgnoringCase(_ lowercase: String) -> Bool {
    lazy.map(\.lowercased).elementsEqual(lowercase.utf8)
  }
}

extension ArraySlice<UInt8> {
  /// The bytes without optional white space around them (OWS of RFC 9110 §5.6.3).
  var trimmingBlanks: ArraySlice<UInt8> {
    var trimmed = self
    while let first = trimmed.first, first.isBlank { trimmed.removeFirst() }
    while let last = trimmed.last, last.isBlank { trimmed.removeLast() }
    return trimmed
  }
}
