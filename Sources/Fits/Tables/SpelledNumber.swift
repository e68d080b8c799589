import Foundation

/// A text that may be a number, in the spellings that people and their tools use.
///
/// Beyond JSON's: `+1`, `.5`, `1_000_000`, `1,000,000`, `1 000`, `1'000`, `12 %` (a hundredth each),
/// `100k`, `1.3B`, `70 million`, `10^6`, `2**20`, `3x10^8`, `3×10⁸`, `$3 \times 10^{8}$`, `~5`, `$5`,
/// the Unicode minus, and a decimal comma where a table has it.
struct SpelledNumber {
  /// In ASCII: one kind of space, minus, times and apostrophe, exponents after `^`, no markup.
  private let bytes: ArraySlice<UInt8>

  /// Nil when the text has no digit, begins with a letter, or has what no number is spelled with.
  init?(_ text: String) {
    guard let first = text.utf8.first, first < 0x41 || first == UInt8(ascii: "\\") || first > 0x7A,
      text.utf8.count <= 64, text.utf8.contains(where: { $0 >= 0x80 || 0x30...0x39 ~= $0 }),
      let bytes = Self.plainBytes(text), bytes.contains(where: Self.isDigit)
    else { return nil }
    // What stands before a colon may be the x of a map: `100: 3.2`.
    self.bytes = (bytes.last == UInt8(ascii: ":") ? bytes.dropLast() : bytes[...]).trimmed(
      of: " $~")
    guard let first = self.bytes.first, !Self.isLetter(first) else { return nil }
  }

  /// What the text says with one byte for each kind of sign; nil when there are other signs.
  private static func plainBytes(_ text: String) -> [UInt8]? {
    if text.utf8.allSatisfy(isPlain) { return Array(text.utf8) }
    var bytes: [UInt8] = []
    var isRaised = false
    for scalar in withoutTeX(text).unicodeScalars {
      let wasRaised = isRaised
      isRaised = false
      switch scalar {
      case _ where scalar.isASCII && isPlain(UInt8(scalar.value)):
        bytes.append(UInt8(scalar.value))
      // Braces of TeX, and the marks of footnotes.
      case "{", "}", "\u{2020}", "\u{2021}": break
      case "\u{2212}": bytes.append(UInt8(ascii: "-"))
      case "\u{2019}": bytes.append(UInt8(ascii: "'"))
      case "\u{D7}", "\u{B7}", "\u{22C5}": bytes.append(UInt8(ascii: "*"))
      case "\u{2248}": bytes.append(UInt8(ascii: "~"))
      case "\u{20AC}", "\u{A3}", "\u{A5}": bytes.append(UInt8(ascii: "$"))
      // Spaces of other widths.
      case "\t", "\u{A0}", "\u{2000}"..."\u{200A}", "\u{202F}", "\u{205F}", "\u{3000}":
        bytes.append(UInt8(ascii: " "))
      default:
        guard let raised = raised(scalar) else { return nil }
        if !wasRaised { bytes.append(UInt8(ascii: "^")) }
        bytes.append(raised)
        isRaised = true
      }
    }
    return bytes
  }

  /// The text with the signs that TeX has a name for.
  private static func withoutTeX(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "\\")) else { return text }
    return texSigns.reduce(text) { $0.replacing($1.name, with: $1.sign) }
  }

  private static let texSigns: [(name: String, sign: String)] = [
    ("\\times", "*"), ("\\cdot", "*"), ("\\%", "%"), ("\\,", " "), ("\\$", "$"),
  ]

  /// The ASCII sign of one above the line.
  private static func raised(_ scalar: Unicode.Scalar) -> UInt8? {
    switch scalar {
    case "\u{2070}", "\u{2074}"..."\u{2079}": UInt8(scalar.value - 0x2070) + UInt8(ascii: "0")
    case "\u{B9}": UInt8(ascii: "1")
    case "\u{B2}": UInt8(ascii: "2")
    case "\u{B3}": UInt8(ascii: "3")
    case "\u{207B}": UInt8(ascii: "-")
    default: nil
    }
  }

  /// Whether a byte stands for itself.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ","),
      UInt8(ascii: "_"), UInt8(ascii: "'"), UInt8(ascii: "^"), UInt8(ascii: "*"),
      UInt8(ascii: "%"), UInt8(ascii: " "), UInt8(ascii: "$"), UInt8(ascii: "~"), UInt8(ascii: ":"):
      true
    default: isDigit(byte) || isLetter(byte)
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }
  private static func isLetter(_ byte: UInt8) -> Bool { 0x61...0x7A ~= byte | 0x20 }

  // MARK: Value

  /// The digits with what groups and splits them and with their exponent, without sign and scale;
  /// empty when there is anything else.
  var digits: ArraySlice<UInt8> {
    let unsigned = bytes.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
    guard let first = unsigned.first, Self.isDigit(first),
      let last = unsigned.lastIndex(where: Self.isDigit)
    else { return [] }
    let scale = unsigned[(last + 1)...].trimmed(of: " ")
    guard scale.isEmpty || scale.elementsEqual("%".utf8) || Self.factor(scale) != nil,
      unsigned[...last].allSatisfy({ Self.isDigit($0) || "., eE+-".utf8.contains($0) })
    else { return [] }
    return unsigned[...last]
  }

  /// The number, finite; nil when the text is none.
  func value(hasDecimalComma: Bool) -> Double? {
    let value = value(of: bytes, hasDecimalComma)
    return value.flatMap { $0.isFinite ? $0 : nil }
  }

  private func value(of bytes: ArraySlice<UInt8>, _ hasDecimalComma: Bool) -> Double? {
    func plain(_ part: ArraySlice<UInt8>) -> Double? {
      Self.plain(part.trimmed(of: " "), hasDecimalComma)
    }
    if bytes.last == UInt8(ascii: "%") { return plain(bytes.dropLast()).map { $0 / 100 } }
    if let mark = Self.powerMark(in: bytes) {
      // `10^6`, `2**20`, `3x10^8`, `3*10^8`.
      let factors = bytes[..<mark.lowerBound].split(omittingEmptySubsequences: false) {
        $0 == UInt8(ascii: "x") || $0 == UInt8(ascii: "*")
      }
      // The power of any other number is more likely the mark of a footnote: `50.3²`.
      guard 1...2 ~= factors.count, let base = plain(factors[factors.count - 1]),
        base == 10 || base == 2, let exponent = plain(bytes[mark.upperBound...]),
        let factor = factors.count == 2 ? plain(factors[0]) : 1
      else { return nil }
      return factor * pow(base, exponent)
    }
    let scale = bytes.reversed().prefix(while: Self.isLetter).count
    guard scale > 0 else { return plain(bytes) }
    guard let factor = Self.factor(bytes.suffix(scale)) else { return nil }
    return plain(bytes.dropLast(scale)).map { $0 * factor }
  }

  /// The `^` or `**` before an exponent.
  private static func powerMark(in bytes: ArraySlice<UInt8>) -> Range<Int>? {
    let star = UInt8(ascii: "*")
    for index in bytes.indices {
      if bytes[index] == UInt8(ascii: "^") { return index..<(index + 1) }
      let isDouble = bytes[index] == star && index + 1 < bytes.endIndex && bytes[index + 1] == star
      if isDouble { return index..<(index + 2) }
    }
    return nil
  }

  /// What a letter or a word behind a number makes of it.
  private static func factor(_ scale: ArraySlice<UInt8>) -> Double? {
    switch String(decoding: scale, as: UTF8.self).lowercased() {
    case "k", "thousand": 1e3
    case "m", "mn", "million", "millions": 1e6
    case "b", "g", "bn", "billion", "billions": 1e9
    case "t", "tn", "trillion", "trillions": 1e12
    default: nil
    }
  }

  /// Digits with separators, a decimal mark and an exponent, and nothing else.
  private static func plain(_ part: ArraySlice<UInt8>, _ hasDecimalComma: Bool) -> Double? {
    let (point, comma) = (UInt8(ascii: "."), UInt8(ascii: ","))
    let (decimal, group) = hasDecimalComma ? (comma, point) : (point, comma)
    let digits = part.first == UInt8(ascii: "+") ? part.dropFirst() : part
    for mark in [group, UInt8(ascii: " "), UInt8(ascii: "'")] where digits.contains(mark) {
      guard isGrouped(digits, by: mark, decimal: decimal) else { return nil }
    }
    var cleaned: [UInt8] = []
    cleaned.reserveCapacity(digits.count)
    for (index, byte) in zip(digits.indices, digits) {
      switch byte {
      case decimal: cleaned.append(point)
      case group, UInt8(ascii: " "), UInt8(ascii: "'"): break
      case UInt8(ascii: "_"):
        // Between digits alone.
        guard index > digits.startIndex, index + 1 < digits.endIndex, isDigit(digits[index - 1]),
          isDigit(digits[index + 1])
        else { return nil }
      case UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-"):
        cleaned.append(byte)
      default:
        guard isDigit(byte) else { return nil }
        cleaned.append(byte)
      }
    }
    if let number = try? DecimalNumber(scanning: cleaned.span, at: 0), number.end == cleaned.count {
      return number.value
    }
    return Double(String(decoding: cleaned, as: UTF8.self))
  }

  /// Whether a mark stands before groups of three digits: `-1,234,567.8`.
  private static func isGrouped(
    _ text: ArraySlice<UInt8>, by mark: UInt8, decimal: UInt8
  ) -> Bool {
    let digits = text.first == UInt8(ascii: "-") ? text.dropFirst() : text
    let whole = digits.prefix {
      $0 != decimal && $0 != UInt8(ascii: "e") && $0 != UInt8(ascii: "E")
    }
    let groups = whole.split(separator: mark, omittingEmptySubsequences: false)
    return 1...3 ~= groups[0].count && groups[0].first != UInt8(ascii: "0")
      && groups.dropFirst().allSatisfy { $0.count == 3 }
      && !digits[whole.endIndex...].contains(mark)
  }
}

extension ArraySlice<UInt8> {
  /// Without some ASCII signs at both ends.
  func trimmed(of signs: String) -> ArraySlice<UInt8> {
    guard let first = firstIndex(where: { !signs.utf8.contains($0) }),
      let last = lastIndex(where: { !signs.utf8.contains($0) })
    else { return [] }
    return self[first...last]
  }
}

extension String {
  /// The text without the spaces around it, of any kind.
  var withoutSpaces: String {
    guard let first = utf8.first, let last = utf8.last else { return self }
    if 0x21...0x7F ~= first, 0x21...0x7F ~= last { return self }
    return trimmingCharacters(in: .whitespaces)
  }
}
