/// A number inside a name: `step_1000`, `checkpoint-500`, `iter_0500.pt`, `pythia-1.4b`,
/// `300M params`.
///
/// It is the last one in the name, and some letter stands beside it; or it counts, as in `3/100`.
struct NamedNumber {
  let value: Double
  let before: Substring
  let after: Substring

  /// Nil when the text names no number, or one of many parts, such as a version or a date.
  init?(_ text: String) {
    if let number = Self.counter(text) ?? Self.measure(text) {
      self = number
      return
    }
    let bytes = text.utf8
    let isDigit = { (byte: UInt8) in 0x30...0x39 ~= byte }
    guard bytes.count <= 256, let last = bytes.lastIndex(where: isDigit),
      !CellReader.isDate(text)
    else { return nil }
    var start = last
    var hasPoint = false
    while start > bytes.startIndex {
      let next = bytes.index(before: start)
      if bytes[next] == UInt8(ascii: "."), !hasPoint, next > bytes.startIndex,
        isDigit(bytes[bytes.index(before: next)])
      {
        hasPoint = true
      } else if !isDigit(bytes[next]) {
        break
      }
      start = next
    }
    before = text[..<start]
    guard before.utf8.last != UInt8(ascii: ".") || !hasPoint, !Self.endsAtExponent(before) else {
      return nil
    }
    var end = bytes.index(after: last)
    // A letter of scale, unless it begins a word.
    if end < bytes.endIndex, "kKmMbBgGtT".utf8.contains(bytes[end]) {
      let next = bytes.index(after: end)
      if next == bytes.endIndex || !text[next].isLetter { end = next }
    }
    after = text[end...]
    guard before.contains(where: \.isLetter) || after.contains(where: \.isLetter),
      let number = CellReader().read(String(text[start..<end])).number
    else { return nil }
    value = number
  }

  private init(value: Double, before: Substring, after: Substring) {
    self.value = value
    self.before = before
    self.after = after
  }

  /// A count of so many: `3/100`.
  private static func counter(_ text: String) -> NamedNumber? {
    guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")),
      let value = DecimalNumber(text[..<slash])?.integer,
      DecimalNumber(text[text.utf8.index(after: slash)...])?.integer != nil
    else { return nil }
    return NamedNumber(value: Double(value), before: "", after: text[slash...])
  }

  /// A number and its unit: `1e3 steps`, `10^6 tokens`.
  private static func measure(_ text: String) -> NamedNumber? {
    guard let first = text.utf8.first, 0x30...0x39 ~= first,
      let end = text.utf8.firstIndex(of: UInt8(ascii: " ")),
      !text[end...].utf8.contains(where: { 0x30...0x39 ~= $0 }),
      text[end...].contains(where: \.isLetter),
      let value = CellReader().read(String(text[..<end])).number
    else { return nil }
    return NamedNumber(value: value, before: "", after: text[end...])
  }

  /// Whether what follows is an exponent or has another base: `6e`, `10^`, `0x`.
  private static func endsAtExponent(_ text: Substring) -> Bool {
    guard let mark = text.utf8.last else { return false }
    let isAfterDigit = text.utf8.dropLast().last.map { 0x30...0x39 ~= $0 } ?? false
    return isAfterDigit && "eEx^".utf8.contains(mark)
  }

  /// Whether the names say the same but for the number.
  func isLike(_ other: NamedNumber) -> Bool { before == other.before && after == other.after }
}

extension NamedNumber {
  /// The numbers in names that say the same but for them, NaN for an empty one; nil when one does not.
  static func all(in texts: [String]) -> [Double]? {
    var numbers: [Double] = []
    numbers.reserveCapacity(texts.count)
    var first: NamedNumber?
    for text in texts {
      if let number = first?.number(in: text) {
        numbers.append(number)
        continue
      }
      guard !CellReader.isMissing(text) else {
        numbers.append(.nan)
        continue
      }
      guard let named = NamedNumber(text), named.isLike(first ?? named) else { return nil }
      first = first ?? named
      numbers.append(named.value)
    }
    return first == nil ? nil : numbers
  }

  /// The number in a text that says the same but for digits, which is what most do.
  private func number(in text: String) -> Double? {
    guard text.utf8.count > before.utf8.count + after.utf8.count,
      text.utf8.starts(with: before.utf8),
      text.utf8.suffix(after.utf8.count).elementsEqual(after.utf8)
    else { return nil }
    let digits = text.utf8.dropFirst(before.utf8.count).dropLast(after.utf8.count)
    guard digits.count <= 15, digits.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
    return Double(digits.reduce(0) { $0 * 10 + Int($1 - 0x30) })
  }
}

/// A value with its uncertainty, `3.21 ± 0.05`, or with another number in brackets, `3.21 (0.05)`, as
/// tables of papers have it.
struct PairedNumber {
  let value: Double
  let other: Double
  /// Whether the other number says how far the value may be wrong.
  let isUncertain: Bool

  init?(_ text: String, _ reader: CellReader) {
    guard text.utf8.count <= 256 else { return nil }
    let bytes = Array(text.utf8)
    let parts: [ArraySlice<UInt8>]
    if let mark = Self.mark(in: bytes) {
      parts = [bytes[..<mark.lowerBound], bytes[mark.upperBound...]]
      isUncertain = true
    } else if bytes.last == UInt8(ascii: ")"), let start = bytes.firstIndex(of: UInt8(ascii: "(")),
      start > 0
    {
      parts = [bytes[..<start], bytes[(start + 1)...].dropLast()]
      isUncertain = false
    } else {
      return nil
    }
    let numbers = parts.compactMap { part in
      // Without what may stand around a value in Markdown and in TeX.
      let part = part.trimmed(of: " *$`_{}")
      if !reader.hasDecimalComma,
        let number = try? DecimalNumber(scanning: bytes.span, at: part.startIndex),
        number.end == part.endIndex
      {
        return number.value
      }
      return reader.read(String(decoding: part, as: UTF8.self)).number
    }
    guard numbers.count == 2 else { return nil }
    (value, other) = (numbers[0], numbers[1])
  }

  /// The first of `±`, `+/-`, `+-` and `\pm`.
  private static func mark(in bytes: [UInt8]) -> Range<Int>? {
    for index in bytes.indices
    where [0xC2, UInt8(ascii: "+"), UInt8(ascii: "\\")].contains(bytes[index]) {
      if let mark = marks.first(where: { bytes[index...].starts(with: $0) }) {
        return index..<(index + mark.count)
      }
    }
    return nil
  }

  private static let marks = ["\u{B1}", "+/-", "+-", "\\pm"].map { Array($0.utf8) }
}
