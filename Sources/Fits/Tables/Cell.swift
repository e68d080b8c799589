import Foundation

/// What one cell of a table says, before anybody knows what its column means.
enum Cell: Sendable, Equatable {
  case number(Double)
  /// A number in another spelling than JSON's, which is kept for names: `1.3B`.
  case spelled(Double)
  /// Nothing was measured: an empty cell, `NaN`, `null`, `-`, an infinity.
  case missing
  /// Anything else: a name, a date, a spelling that is no number.
  case text

  /// The number, however it is spelled.
  var number: Double? {
    switch self {
    case .number(let number), .spelled(let number): number
    case .missing, .text: nil
    }
  }
}

/// Reads cells as numbers, in the spellings that people and their tools use.
///
/// Beyond JSON's: `+1`, `.5`, `1_000_000`, `1,000,000`, `1 000`, `1'000`, `12 %` (a hundredth each),
/// `100k`, `1.3B`, `10^6`, `2**20`, `3x10^8`, the Unicode minus, and a decimal comma where a table has it.
struct CellReader: Sendable {
  /// Whether `1,5` is one and a half.
  var hasDecimalComma = false

  /// Which of the two meanings of the comma the cells of a table have shown.
  struct Commas: Sendable, Equatable {
    /// Cells such as `1,5`, whose comma cannot separate groups of three digits.
    var decimal = 0
    /// Cells such as `1,000,000` or `1,000.5`, whose comma cannot be a decimal one.
    var grouping = 0
    /// Cells such as `1,234`.
    var either = 0
    /// Cells such as `1.5`, whose point cannot separate groups of three digits.
    var decimalPoints = 0

    /// Whether all numbers agree on a decimal comma; `isUsual` says what to take `1,234` for.
    func meanDecimal(isUsual: Bool) -> Bool {
      grouping == 0 && decimalPoints == 0 && (decimal > 0 || either > 0 && isUsual)
    }
  }

  /// Whether a text begins as a date does (ISO 8601).
  static func isDate(_ text: String) -> Bool {
    let day = Array(text.utf8.prefix(10))
    return day.count == 10
      && day.indices.allSatisfy { [4, 7].contains($0) ? day[$0] == 0x2D : 0x30...0x39 ~= day[$0] }
  }

  /// What to do about dates.
  static let dateRemedy =
    "a law in ln x needs a quantity that counts from zero, such as days since the start"

  func read(_ text: String) -> Cell {
    // With a decimal comma a point separates groups.
    if !hasDecimalComma || !text.contains("."), let number = DecimalNumber(text) {
      return .number(number.value)
    }
    guard text.utf8.count <= 64 else { return .text }
    guard Self.mayBeNumber(text) else { return Self.isMissing(text) ? .missing : .text }
    guard let number = value(of: text.withPlainSpaces), number.isFinite else { return .text }
    return .spelled(number)
  }

  /// Whether a text says that nothing was measured.
  static func isMissing(_ text: String) -> Bool {
    text.isEmpty || text.utf8.count <= 16 && missing.contains(text.withPlainSpaces.lowercased())
  }

  /// Whether a text has a digit, does not begin with a letter, and has no more than numbers have.
  private static func mayBeNumber(_ text: String) -> Bool {
    text.utf8.first.map { $0 < 0x41 || $0 >= 0x80 } ?? false
      && text.utf8.contains { 0x30...0x39 ~= $0 }
      && text.unicodeScalars.allSatisfy {
        spelling.contains($0) || !$0.isASCII && $0.properties.isWhitespace
      }
  }

  /// What numbers are spelled with.
  private static let spelling = Set(
    "0123456789+-.,_'^*%eExkKmMbBgGtT \u{2212}\u{2019}\u{D7}\u{B7}".unicodeScalars)

  /// Counts what a cell shows of the meaning of commas and points.
  static func count(_ text: String, in commas: inout Commas) {
    guard text.utf8.count <= 64, mayBeNumber(text),
      text.utf8.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ".") })
    else { return }
    let parts = text.trimmingPrefix { $0 == "-" || $0 == "+" || $0 == "\u{2212}" }
    let isNumber = parts.allSatisfy { $0.isASCII && ($0.isNumber || "., eE+-".contains($0)) }
    guard isNumber, parts.first?.isNumber == true else { return }
    let byComma = parts.split(separator: ",", omittingEmptySubsequences: false)
    let byPoint = parts.split(separator: ".", omittingEmptySubsequences: false)
    let hasPointGroups = byPoint.dropFirst().allSatisfy { $0.prefix { $0.isNumber }.count == 3 }
    switch byComma.count {
    case 1:
      if byPoint.count == 2, !hasPointGroups { commas.decimalPoints += 1 }
      // Two points separate groups, so the decimal mark is the comma.
      if byPoint.count > 2, hasPointGroups { commas.decimal += 1 }
    case 2:
      let groups = byComma[1].prefix { $0.isNumber }
      if byPoint.count > 1, let point = parts.firstIndex(of: "."),
        let comma = parts.firstIndex(of: ",")
      {
        if point < comma { commas.decimal += 1 } else { commas.grouping += 1 }
      } else if groups.count == 3, groups.count == byComma[1].count, byComma[0].count <= 3 {
        commas.either += 1
      } else {
        commas.decimal += 1
      }
    default: commas.grouping += 1
    }
  }

  // MARK: Spellings

  /// In lower case.
  private static let missing: Set<String> = [
    "", "nan", "na", "n/a", "#n/a", "null", "none", "nil", "-", "--", "\u{2013}", "\u{2014}", "?",
    "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity", "\u{221E}", "-\u{221E}",
  ]

  private static let scales: [Character: Double] = [
    "k": 1e3, "K": 1e3, "m": 1e6, "M": 1e6, "b": 1e9, "B": 1e9, "g": 1e9, "G": 1e9, "t": 1e12,
    "T": 1e12,
  ]

  private func value(of text: String) -> Double? {
    var text = text.replacing("\u{2212}", with: "-")
    if text.hasSuffix("%") {
      text.removeLast()
      return plain(text.trimmingCharacters(in: .whitespaces)).map { $0 / 100 }
    }
    if let product = power(text) { return product }
    if let last = text.last, let scale = Self.scales[last] {
      let number = text.dropLast().trimmingCharacters(in: .whitespaces)
      return plain(number).map { $0 * scale }
    }
    return plain(text)
  }

  /// `10^6`, `2**20`, `3x10^8`, `3*10^8`, `3×10^8`.
  private func power(_ text: String) -> Double? {
    let parts = text.replacing("**", with: "^").split(
      separator: "^", omittingEmptySubsequences: false)
    guard parts.count == 2, let exponent = plain(String(parts[1])) else { return nil }
    let factors = parts[0].split(omittingEmptySubsequences: false) { "x*\u{D7}\u{B7}".contains($0) }
    guard (1...2).contains(factors.count) else { return nil }
    let numbers = factors.compactMap { plain($0.trimmingCharacters(in: .whitespaces)) }
    guard numbers.count == factors.count, let base = numbers.last else { return nil }
    return (numbers.count == 2 ? numbers[0] : 1) * pow(base, exponent)
  }

  /// Digits with separators, a decimal mark and an exponent, and nothing else.
  private func plain(_ text: String) -> Double? {
    var digits = text
    if digits.hasPrefix("+") { digits.removeFirst() }
    for mark in [" ", "'", "\u{2019}"] where digits.contains(mark) {
      guard isGrouped(digits, by: Character(mark), decimal: hasDecimalComma ? "," : ".") else {
        return nil
      }
      digits = digits.replacing(mark, with: "")
    }
    if hasDecimalComma {
      guard !digits.contains(".") || isGrouped(digits, by: ".", decimal: ",") else { return nil }
      digits = digits.replacing(".", with: "").replacing(",", with: ".")
    } else if digits.contains(",") {
      guard isGrouped(digits, by: ",", decimal: ".") else { return nil }
      digits = digits.replacing(",", with: "")
    }
    if digits.contains("_") {
      let groups = digits.split(separator: "_", omittingEmptySubsequences: false)
      guard groups.allSatisfy({ $0.first?.isNumber == true || $0.first == "-" }) else { return nil }
      digits = digits.replacing("_", with: "")
    }
    guard digits.contains(where: \.isNumber),
      digits.utf8.allSatisfy({
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || ".eE+-".utf8.contains($0)
      })
    else { return nil }
    return Double(digits)
  }

  /// Whether a mark stands before groups of three digits: `-1,234,567.8`.
  private func isGrouped(_ text: String, by mark: Character, decimal: Character) -> Bool {
    let whole = text.trimmingPrefix("-").prefix { $0 != decimal && $0 != "e" && $0 != "E" }
    let groups = whole.split(separator: mark, omittingEmptySubsequences: false)
    return (1...3).contains(groups[0].count) && groups.dropFirst().allSatisfy { $0.count == 3 }
      && !text.dropFirst(whole.count + 1).contains(mark)
  }
}

extension String {
  /// The text with every kind of space, as spreadsheets put them between digits, as the plain one, and
  /// with none around it.
  fileprivate var withPlainSpaces: String {
    if utf8.allSatisfy({ $0 < 0x80 }) { return self }
    return String(map { $0.isWhitespace ? " " : $0 }).trimmingCharacters(in: .whitespaces)
  }
}
