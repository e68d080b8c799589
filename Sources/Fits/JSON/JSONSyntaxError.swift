/// Where and why a text is not JSON.
public struct JSONSyntaxError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The rule of RFC 8259 that is broken, or the limit of ours that is passed.
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
    // A character is counted at its first byte; the others of it are 10xxxxxx.
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
