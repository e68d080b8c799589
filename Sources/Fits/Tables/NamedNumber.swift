import Foundation

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
    if let counter = Self.counter(text) {
      self = counter
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
    guard before.utf8.last != UInt8(ascii: ".") || !hasPoint else { return nil }
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
}

/// A value with its uncertainty: `3.21 ± 0.05`, as tables of papers have it.
struct UncertainNumber {
  let value: Double
  let deviation: Double

  init?(_ text: String, _ reader: CellReader) {
    guard let mark = Self.marks.lazy.compactMap({ Self.range(of: $0, in: text.utf8) }).first else {
      return nil
    }
    let parts = [text[..<mark.lowerBound], text[mark.upperBound...]].map { part in
      reader.read(part.trimmingCharacters(in: Self.markup))
    }
    guard let value = parts[0].number, let deviation = parts[1].number else { return nil }
    self.value = value
    self.deviation = deviation
  }

  /// What may stand around a value in Markdown and in TeX.
  private static let markup = CharacterSet(charactersIn: " *$`")
  private static let marks = ["\u{B1}", "+/-", "+-", "\\pm"].map { Array($0.utf8) }

  private static func range(
    of mark: [UInt8], in text: String.UTF8View
  ) -> Range<String.Index>? {
    guard let last = mark.last else { return nil }
    var rest = text[...]
    while let end = rest.firstIndex(of: last) {
      let start = text.index(end, offsetBy: 1 - mark.count, limitedBy: text.startIndex)
      let next = text.index(after: end)
      if let start, text[start..<next].elementsEqual(mark) { return start..<next }
      rest = rest[next...]
    }
    return nil
  }
}
