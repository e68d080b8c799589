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

/// Reads cells as numbers, in the spellings of ``SpelledNumber``.
struct CellReader: Sendable {
  /// Whether `1,5` is one and a half.
  var hasDecimalComma = false

  func read(_ text: String) -> Cell {
    if let number = plainNumber(text) { return .number(number) }
    if Self.isMissing(text) { return .missing }
    return value(of: SpelledNumber(text)).map(Cell.spelled) ?? .text
  }

  /// Also counts what the cell shows of the meaning of commas and points.
  func read(_ text: String, noting commas: inout Commas) -> Cell {
    guard let spelled = SpelledNumber(text) else { return Self.isMissing(text) ? .missing : .text }
    commas.note(spelled)
    if let number = plainNumber(text) { return .number(number) }
    return value(of: spelled).map(Cell.spelled) ?? .text
  }

  private func plainNumber(_ text: String) -> Double? {
    // With a decimal comma a point separates groups.
    if hasDecimalComma, text.utf8.contains(UInt8(ascii: ".")) { return nil }
    return DecimalNumber(text)?.value
  }

  private func value(of spelled: SpelledNumber?) -> Double? {
    spelled?.value(hasDecimalComma: hasDecimalComma)
  }

  /// Whether a text says that nothing was measured.
  static func isMissing(_ text: String) -> Bool {
    guard let first = text.utf8.first else { return true }
    let mayBegin = first >= 0x80 || "nNiI#-+? ".utf8.contains(first)
    guard mayBegin, text.utf8.count <= 16 else { return false }
    return missing.contains(text.withoutSpaces.lowercased())
  }

  /// In lower case.
  private static let missing: Set<String> = [
    "", "nan", "na", "n/a", "#n/a", "null", "none", "nil", "-", "--", "\u{2013}", "\u{2014}", "?",
    "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity", "\u{221E}", "-\u{221E}",
  ]

  // MARK: Dates

  /// Whether a text begins as a date does (ISO 8601).
  static func isDate(_ text: String) -> Bool {
    let day = Array(text.utf8.prefix(10))
    return day.count == 10
      && day.indices.allSatisfy { [4, 7].contains($0) ? day[$0] == 0x2D : 0x30...0x39 ~= day[$0] }
  }

  /// What to do about dates.
  static let dateRemedy =
    "a law in ln x needs a quantity that counts from zero, such as days since the start"
}

/// Which of the two meanings of the comma the cells of a table have shown.
struct Commas: Sendable, Equatable {
  /// Cells such as `1,5`, whose comma cannot separate groups of three digits.
  private(set) var decimal = 0
  /// Cells such as `1,000,000` or `1,000.5`, whose comma cannot be a decimal one.
  private(set) var grouping = 0
  /// Cells such as `1,234`.
  private(set) var either = 0
  /// Cells such as `1.5`, whose point cannot separate groups of three digits.
  private(set) var decimalPoints = 0

  /// Whether no number shows what commas mean, but some have one.
  var areUndecided: Bool { either > 0 && decimal == 0 && grouping == 0 && decimalPoints == 0 }

  /// Whether all numbers agree on a decimal comma; `isUsual` says what to take `1,234` for.
  func meanDecimal(isUsual: Bool) -> Bool {
    grouping == 0 && decimalPoints == 0 && (decimal > 0 || either > 0 && isUsual)
  }

  /// Counts what a number shows.
  mutating func note(_ number: SpelledNumber) {
    let digits = number.digits
    guard digits.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ".") }) else {
      return
    }
    let byComma = digits.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    let byPoint = digits.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    func digitCount(_ part: ArraySlice<UInt8>) -> Int { part.prefix { 0x30...0x39 ~= $0 }.count }
    let hasPointGroups = byPoint.dropFirst().allSatisfy { digitCount($0) == 3 }
    switch byComma.count {
    case 1:
      if byPoint.count == 2, !hasPointGroups { decimalPoints += 1 }
      // Two points separate groups, so the decimal mark is the comma.
      if byPoint.count > 2, hasPointGroups { decimal += 1 }
    case 2 where byPoint.count > 1:
      // The last of the two marks is the decimal one.
      if byComma[0].contains(UInt8(ascii: ".")) { decimal += 1 } else { grouping += 1 }
    case 2:
      let isGroup =
        digitCount(byComma[1]) == 3 && byComma[1].count == 3 && byComma[0].count <= 3
        && byComma[0].first != UInt8(ascii: "0")
      if isGroup { either += 1 } else { decimal += 1 }
    default: grouping += 1
    }
  }
}
