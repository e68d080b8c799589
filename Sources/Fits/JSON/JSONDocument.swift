/// A JSON text, read strictly by RFC 8259: one value and nothing after it.
///
/// A byte order mark at the beginning is skipped, as §8.1 allows, because editors on Windows write
/// it.
public struct JSONDocument: Sendable, Equatable {
  /// The value.
  public let root: JSONValue
  /// The members whose names occur more than once in their object, at most ``Faults/limit`` of
  /// them.
  ///
  /// Refuse them: RFC 8259 §4 leaves open which one counts, and attackers can use the difference.
  /// They are not syntax errors, so that they can be reported together with other faults.
  public let duplicates: [JSONPointer]

  /// The limits of a text.
  public struct Limits: Sendable {
    /// The largest number of bytes.
    public var bytes = 8_388_608
    /// How deep arrays and objects may be nested.
    public var depth = 32
    /// Whether values may be spelled as programs spell them, which JSON does not allow: `{'a': (1, 2)}`,
    /// `[1. nan]`, `array([1, 2])`.
    var takesLiterals = false

    public init() {}
  }

  /// Reads the whole text.
  ///
  /// - Complexity: O(*n* log *n*) in the worst case (an object of many members), else O(*n*).
  public init(_ bytes: [UInt8], limits: Limits = Limits()) throws(JSONSyntaxError) {
    var reader = JSONReader(bytes, limits: limits)
    root = try reader.readDocument()
    duplicates = reader.duplicates
  }

  /// Reads a sequence of values, such as JSON Lines, or values as programs spell and name them, without
  /// a check for duplicate names.
  ///
  /// - Complexity: as ``init(_:limits:)``.
  static func literals(_ bytes: [UInt8]) throws(JSONSyntaxError) -> [JSONValue] {
    var limits = Limits()
    limits.bytes = .max
    limits.takesLiterals = true
    var reader = JSONReader(bytes, limits: limits)
    return try reader.readLiterals()
  }
}

/// Where and why a text is not JSON.
public struct JSONSyntaxError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The rule of RFC 8259 that is broken, or the limit that is exceeded.
  public enum Rule: Sendable, Equatable {
    case unexpectedEnd(expected: String)
    case unexpectedByte(UInt8, expected: String)
    case trailingContent
    case leadingZero
    case numberOutOfRange
    case numberTooLong
    case controlCharacter(UInt8)
    case unknownEscape
    case loneSurrogate
    case invalidUTF8
    case tooDeep(limit: Int)
    case tooLarge(limit: Int)
  }

  public let rule: Rule
  /// The offset of the offending byte, counted from 0.
  public let offset: Int
  /// The line, counted from 1; lines end with a line feed.
  public let line: Int
  /// The character in its line, counted from 1.
  public let column: Int
  /// The value in which it stands.
  public let pointer: JSONPointer

  init(_ rule: Rule, offset: Int, in bytes: [UInt8], pointer: JSONPointer) {
    self.rule = rule
    self.offset = offset
    self.pointer = pointer
    let before = bytes[..<min(offset, bytes.count)]
    let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    line = 1 + before.count { $0 == UInt8(ascii: "\n") }
    // A character is counted at its first byte; its further bytes are 10xxxxxx.
    column = 1 + before[lineStart...].count { $0 & 0xC0 != 0x80 }
  }

  public var description: String {
    let place = pointer == .root ? "" : ", in \(pointer)"
    return "line \(line), column \(column) (byte \(offset)\(place)): \(reason)"
  }

  private var reason: String {
    switch rule {
    case .unexpectedEnd(let expected): "the text ends where \(expected) is expected"
    case .unexpectedByte(let byte, let expected):
      "\(Self.name(byte)) stands where \(expected) is expected"
    case .trailingContent: "something follows the value"
    case .leadingZero: "a number must not begin with a zero that another digit follows"
    case .numberOutOfRange: "the number is too large for a double (1.797e308)"
    case .numberTooLong: "the number has more than \(DecimalNumber.maximumLength) characters"
    case .controlCharacter(let byte): "\(Self.name(byte)) inside a string must be escaped"
    case .unknownEscape:
      #"the escape is none of \" \\ \/ \b \f \n \r \t and \u with four hexadecimal digits"#
    case .loneSurrogate: "the escape is half of a surrogate pair, without the other half"
    case .invalidUTF8: "the bytes are not UTF-8"
    case .tooDeep(let limit): "arrays and objects are nested deeper than \(limit)"
    case .tooLarge(let limit): "the text has more than \(limit) bytes"
    }
  }

  private static func name(_ byte: UInt8) -> String {
    switch byte {
    case 0x21...0x7E: "`\(Character(UnicodeScalar(byte)))`"
    case 0x20: "a space"
    default: "the byte 0x" + String(byte, radix: 16, uppercase: true)
    }
  }
}
