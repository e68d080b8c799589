/// Reads one JSON text by recursive descent, with a function for each rule of RFC 8259's grammar.
///
/// The depth limit bounds the recursion.
struct JSONReader {
  let bytes: [UInt8]
  let limits: JSONDocument.Limits
  var offset = 0
  /// The path from the root to the value that is being read.
  private var path: [Step] = []
  private(set) var duplicates: [JSONPointer] = []

  /// A member's name, or else an element's index, counted up at each element. (An enum would cost a
  /// release at every element.)
  private struct Step {
    var name: String?
    var index = -1
  }

  init(_ bytes: [UInt8], limits: JSONDocument.Limits) {
    self.bytes = bytes
    self.limits = limits
  }

  mutating func readDocument() throws(JSONSyntaxError) -> JSONValue {
    guard bytes.count <= limits.bytes else { throw fault(.tooLarge(limit: limits.bytes), at: 0) }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
    let value = try readValue()
    skipWhitespace()
    guard offset == bytes.count else { throw fault(.trailingContent, at: offset) }
    return value
  }

  /// Reads any value, after optional white space.
  mutating func readValue() throws(JSONSyntaxError) -> JSONValue {
    skipWhitespace()
    switch next {
    case UInt8(ascii: "{"): return .object(try readObject())
    case UInt8(ascii: "["): return try readArray()
    case UInt8(ascii: "\""): return .string(try readString())
    case _ where limits.takesLiterals: return try readLiteral()
    case _ where nextBeginsNumber:
      let number = try readNumber()
      return number.integer.map(JSONValue.integer) ?? .number(number.value)
    case UInt8(ascii: "t"): return try readWord("true", .bool(true))
    case UInt8(ascii: "f"): return try readWord("false", .bool(false))
    case UInt8(ascii: "n"): return try readWord("null", .null)
    default: throw unexpected("a value")
    }
  }

  private mutating func readObject() throws(JSONSyntaxError) -> JSONObject {
    try enter()
    var object = JSONObject()
    if !take(UInt8(ascii: "}")) {
      repeat {
        skipWhitespace()
        let name = try readName()
        guard take(UInt8(ascii: ":")) else { throw unexpected("`:`") }
        path.append(Step(name: name))
        object.members.append(JSONObject.Member(name, try readValue()))
        path.removeLast()
      } while takeComma(before: UInt8(ascii: "}"))
      guard take(UInt8(ascii: "}")) else { throw unexpected("`,` or `}`") }
    }
    depth -= 1
    for name in object.duplicateNames where duplicates.count < Faults.limit {
      duplicates.append(pointer.appending(name))
    }
    return object
  }

  /// Reads an array; it becomes numbers or rows of numbers if it holds nothing else.
  mutating func readArray(
    until end: UInt8 = UInt8(ascii: "]")
  ) throws(JSONSyntaxError) -> JSONValue {
    try enter()
    var numbers: [Double] = []
    var rows: [Double] = []
    var width = 0
    var values: [JSONValue] = []
    if !take(end) {
      path.append(Step(name: nil))
      repeat {
        path[path.count - 1].index += 1
        skipWhitespace()
        if values.isEmpty, rows.isEmpty, nextBeginsNumber, !limits.takesLiterals {
          numbers.append(try readNumber().value)
        } else if values.isEmpty, numbers.isEmpty, readRow(onto: &rows, width: &width) {
          // Another row like those before.
        } else {
          if values.isEmpty {
            let before = rows.isEmpty ? JSONValue.numbers(numbers) : .rows(rows, width: width)
            values = before.elements ?? []
          }
          values.append(try readValue())
        }
      } while takeComma(before: end)
      guard take(end) else { throw unexpected("`,` or `]`") }
      path.removeLast()
    }
    depth -= 1
    guard values.isEmpty else { return .array(values) }
    return rows.isEmpty ? .numbers(numbers) : .rows(rows, width: width)
  }

  /// Appends the next array to `rows` if it holds only numbers, and as many as the rows before.
  /// Otherwise changes nothing and returns false; the array is then read again as any value.
  private mutating func readRow(onto rows: inout [Double], width: inout Int) -> Bool {
    let (start, count) = (offset, rows.count)
    if readNumbers(onto: &rows), width == 0 || rows.count == count + width {
      width = rows.count - count
      return true
    }
    offset = start
    rows.removeLast(rows.count - count)
    return false
  }

  private mutating func readNumbers(onto numbers: inout [Double]) -> Bool {
    guard next == UInt8(ascii: "["), depth < limits.depth else { return false }
    offset += 1
    repeat {
      skipWhitespace()
      guard nextBeginsNumber, let number = try? readNumber() else { return false }
      numbers.append(number.value)
    } while take(UInt8(ascii: ","))
    return take(UInt8(ascii: "]"))
  }

  private mutating func readNumber() throws(JSONSyntaxError) -> DecimalNumber {
    do {
      let number = try DecimalNumber(scanning: bytes.span, at: offset)
      offset = number.end
      return number
    } catch {
      switch error {
      case .noDigit(let place):
        offset = place
        throw unexpected("a digit")
      case .leadingZero(let place): throw fault(.leadingZero, at: place)
      case .outOfRange(let place): throw fault(.numberOutOfRange, at: place)
      case .tooLong(let place): throw fault(.numberTooLong, at: place)
      }
    }
  }

  private mutating func readWord(
    _ word: StaticString, _ value: JSONValue
  ) throws(JSONSyntaxError) -> JSONValue {
    for index in 0..<word.utf8CodeUnitCount {
      guard next == word.utf8Start[index] else { throw unexpected("`\(word)`") }
      offset += 1
    }
    return value
  }

  // MARK: Strings, §7

  /// Reads a string between two of the next byte, which is the quote.
  mutating func readString() throws(JSONSyntaxError) -> String {
    let quote = bytes[offset]
    offset += 1
    let start = offset
    skipPlainCharacters(until: quote)
    if next == quote {
      let text = try string(bytes.span.extracting(start..<offset), at: start)
      offset += 1
      return text
    }
    // A string with escapes is read in pieces. An escape never is part of a UTF-8 sequence, so each
    // piece must be valid UTF-8 by itself.
    var text = ""
    var pieceStart = start
    while true {
      text += try string(bytes.span.extracting(pieceStart..<offset), at: pieceStart)
      switch next {
      case quote:
        offset += 1
        return text
      case UInt8(ascii: "\\"): text.unicodeScalars.append(try readEscape())
      case .some(let byte): throw fault(.controlCharacter(byte), at: offset)
      case nil: throw unexpected("the end of a string")
      }
      pieceStart = offset
      skipPlainCharacters(until: quote)
    }
  }

  /// Moves to the next quote, backslash or control character, or to the end.
  private mutating func skipPlainCharacters(until quote: UInt8) {
    while let next, next != quote, next != UInt8(ascii: "\\"), next >= 0x20 {
      offset += 1
    }
  }

  private func string(_ piece: Span<UInt8>, at start: Int) throws(JSONSyntaxError) -> String {
    do {
      return String(copying: try UTF8Span(validating: piece))
    } catch {
      throw fault(.invalidUTF8, at: start + error.byteOffsets.lowerBound)
    }
  }

  private mutating func readEscape() throws(JSONSyntaxError) -> UnicodeScalar {
    let start = offset
    offset += 1
    guard let letter = next else { throw unexpected("an escape") }
    offset += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return UnicodeScalar(letter)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default: throw fault(.unknownEscape, at: start)
    }
    let unit = try readHexadecimal(escapeStart: start)
    if let scalar = UnicodeScalar(unit) { return scalar }
    // Only surrogates are no scalars: a high one must be followed by the escape of a low one.
    guard unit < 0xDC00, next == UInt8(ascii: "\\") else { throw fault(.loneSurrogate, at: start) }
    offset += 1
    guard next == UInt8(ascii: "u") else { throw fault(.loneSurrogate, at: start) }
    offset += 1
    let low = try readHexadecimal(escapeStart: offset - 2)
    guard 0xDC00...0xDFFF ~= low,
      let scalar = UnicodeScalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00))
    else { throw fault(.loneSurrogate, at: start) }
    return scalar
  }

  private mutating func readHexadecimal(escapeStart: Int) throws(JSONSyntaxError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
        throw fault(.unknownEscape, at: escapeStart)
      }
      unit = unit << 4 | UInt16(digit)
      offset += 1
    }
    return unit
  }

  // MARK: Bytes

  var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private var nextBeginsNumber: Bool {
    guard let next else { return false }
    return next == UInt8(ascii: "-") || next &- UInt8(ascii: "0") < 10
  }

  mutating func skipWhitespace() {
    while let next, next == 0x20 || next == 0x0A || next == 0x0D || next == 0x09 { offset += 1 }
  }

  /// Skips white space, and then the byte if it is the next one.
  mutating func take(_ byte: UInt8) -> Bool {
    skipWhitespace()
    guard next == byte else { return false }
    offset += 1
    return true
  }

  var depth = 0

  mutating func enter() throws(JSONSyntaxError) {
    guard depth < limits.depth else { throw fault(.tooDeep(limit: limits.depth), at: offset) }
    depth += 1
    offset += 1
  }

  // MARK: Faults

  func unexpected(_ expected: String) -> JSONSyntaxError {
    guard let next else { return fault(.unexpectedEnd(expected: expected), at: offset) }
    return fault(.unexpectedByte(next, expected: expected), at: offset)
  }

  func fault(_ rule: JSONSyntaxError.Rule, at offset: Int) -> JSONSyntaxError {
    JSONSyntaxError(rule, offset: offset, in: bytes, pointer: pointer)
  }

  private var pointer: JSONPointer {
    path.reduce(.root) { pointer, step in
      step.name.map { pointer.appending($0) } ?? pointer.appending(step.index)
    }
  }
}
