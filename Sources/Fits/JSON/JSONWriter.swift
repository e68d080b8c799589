/// Writes JSON, RFC 8259, as bytes without white space, with members in the order of the calls.
///
/// Equal calls give equal bytes. Doubles are written with the fewest digits that read back as the
/// same double; NaN and the infinities, which JSON does not have, as `null`.
///
/// ```swift
/// json.object {
///   $0.member("x", prediction.x)
///   $0.member("y", prediction.y)
/// }
/// ```
public struct JSONWriter: Sendable {
  /// The bytes written so far.
  public private(set) var bytes: [UInt8] = []
  /// Whether the next member or element needs a comma before it.
  private var needsComma = false

  /// - Parameter capacity: the number of bytes to reserve.
  public init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

  /// The bytes of one value.
  public static func bytes(of value: some JSONWritable) -> [UInt8] {
    var writer = JSONWriter()
    value.write(to: &writer)
    return writer.bytes
  }

  /// Writes an object; the closure writes its members.
  public mutating func object(_ members: (inout JSONWriter) -> Void) {
    enclosed(in: "{", "}", members)
  }

  /// Writes an array; the closure writes its elements, one after another.
  public mutating func array(_ elements: (inout JSONWriter) -> Void) {
    enclosed(in: "[", "]", elements)
  }

  /// Writes a member of the object that is open.
  public mutating func member(_ name: String, _ value: some JSONWritable) {
    self.name(name)
    value.write(to: &self)
  }

  /// Writes a member only if there is a value.
  public mutating func member(_ name: String, ifPresent value: (some JSONWritable)?) {
    if let value { member(name, value) }
  }

  /// Writes a member of the object that is open, its value by the closure.
  public mutating func member(_ name: String, _ value: (inout JSONWriter) -> Void) {
    self.name(name)
    value(&self)
  }

  /// Writes a value: an element of the array that is open, or the document.
  public mutating func value(_ value: some JSONWritable) {
    value.write(to: &self)
  }

  /// Writes a value that is JSON already, such as a stored result; it is not checked.
  public mutating func raw(_ json: some Sequence<UInt8>) {
    separate()
    bytes.append(contentsOf: json)
  }

  /// Writes the members of an object that is JSON already into the object that is open.
  public mutating func rawMembers(of object: some BidirectionalCollection<UInt8>) {
    raw(object.dropFirst().dropLast())
  }

  // MARK: Parts

  private mutating func enclosed(
    in opening: UnicodeScalar, _ closing: UnicodeScalar, _ content: (inout JSONWriter) -> Void
  ) {
    separate()
    bytes.append(UInt8(ascii: opening))
    needsComma = false
    content(&self)
    bytes.append(UInt8(ascii: closing))
    needsComma = true
  }

  private mutating func name(_ name: String) {
    separate()
    quote(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  fileprivate mutating func literal(_ text: String) {
    separate()
    bytes.append(contentsOf: text.utf8)
  }

  fileprivate mutating func string(_ string: String) {
    separate()
    quote(string)
  }

  /// Escapes what RFC 8259 §7 demands, and besides it `<`, `>`, `&`, U+2028 and U+2029, so that
  /// the text may stand inside a script element of a page.
  private mutating func quote(_ string: String) {
    bytes.append(UInt8(ascii: "\""))
    defer { bytes.append(UInt8(ascii: "\"")) }
    var string = string
    string.withUTF8 { text in
      if text.allSatisfy(Self.isPlain) { bytes.append(contentsOf: text) } else { escape(text) }
    }
  }

  /// Whether a byte never needs an escape.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "<"), UInt8(ascii: ">"),
      UInt8(ascii: "&"):
      false
    default: 0x20..<0x7F ~= byte
    }
  }

  private mutating func escape(_ text: UnsafeBufferPointer<UInt8>) {
    for byte in text {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case 0x0A: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
      case 0x0D: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
      case 0x09: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
      case 0xA8 where bytes.suffix(2) == [0xE2, 0x80]: escape(0x2028, replacing: 2)
      case 0xA9 where bytes.suffix(2) == [0xE2, 0x80]: escape(0x2029, replacing: 2)
      case 0x80...: bytes.append(byte)
      default:
        if Self.isPlain(byte) { bytes.append(byte) } else { escape(UInt32(byte), replacing: 0) }
      }
    }
  }

  private mutating func escape(_ scalar: UInt32, replacing written: Int) {
    bytes.removeLast(written)
    let digits = String(scalar, radix: 16)
    bytes += Array("\\u0000".utf8.dropLast(digits.utf8.count)) + Array(digits.utf8)
  }
}

/// A value that can be written as exactly one JSON value.
public protocol JSONWritable {
  func write(to json: inout JSONWriter)
}

extension Bool: JSONWritable {
  public func write(to json: inout JSONWriter) { json.literal(self ? "true" : "false") }
}

extension Int: JSONWritable {
  public func write(to json: inout JSONWriter) { json.literal(description) }
}

extension Double: JSONWritable {
  public func write(to json: inout JSONWriter) { json.literal(jsonText) }

  /// The fewest digits that read back as this double; a whole number without `.0`.
  package var jsonText: String {
    guard isFinite else { return "null" }
    // Up to 2^53 every whole number is a double. -0 is excluded, because it would lose its sign.
    if let integer = Int(exactly: self), integer.magnitude < 1 << 53, integer != 0 || sign == .plus
    {
      return String(integer)
    }
    return self == 0 ? "-0" : description
  }
}

extension String: JSONWritable {
  public func write(to json: inout JSONWriter) { json.string(self) }
}

extension Optional: JSONWritable where Wrapped: JSONWritable {
  /// Writes the value, or `null`.
  public func write(to json: inout JSONWriter) {
    if let self { self.write(to: &json) } else { json.literal("null") }
  }
}

extension Array: JSONWritable where Element: JSONWritable {
  public func write(to json: inout JSONWriter) {
    json.array { for element in self { $0.value(element) } }
  }
}

extension JSONValue: JSONWritable {
  public func write(to json: inout JSONWriter) {
    switch self {
    case .null: json.literal("null")
    case .bool(let bool): json.value(bool)
    case .integer(let integer): json.value(integer)
    case .number(let number): json.value(number)
    case .string(let string), .text(let string): json.value(string)
    case .numbers(let numbers): json.value(numbers)
    case .rows, .array: json.value(elements)
    case .object(let object): json.value(object)
    }
  }
}

extension JSONObject: JSONWritable {
  public func write(to json: inout JSONWriter) {
    json.object { for member in members { $0.member(member.name, member.value) } }
  }
}
