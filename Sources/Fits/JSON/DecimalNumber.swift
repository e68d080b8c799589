/// A number in the grammar of RFC 8259 §6, scanned from bytes and correctly rounded.
///
/// Spellings that only other parsers accept are refused: `+1`, `01`, `.5`, `1.`, `0x1`, `NaN`,
/// `Infinity`. `-0` is negative zero; a number too small for a double is zero.
package struct DecimalNumber {
  /// The nearest double, ties to even; finite.
  package let value: Double
  /// The exact value of a number without fraction and exponent that fits; nil for `-0`.
  package let integer: Int?
  /// The offset of the first byte after the number.
  let end: Int

  /// Why the bytes are not a number.
  enum Fault: Error, Equatable {
    case noDigit(offset: Int)
    case leadingZero(offset: Int)
    case outOfRange(offset: Int)
    case tooLong(offset: Int)
  }

  /// The largest number of bytes of a number.
  static let maximumLength = 1_024

  /// Scans the number that begins at `start`.
  ///
  /// - Complexity: O(*n*) in the bytes of the number; some 10 ns up to 15 digits.
  init(scanning bytes: Span<UInt8>, at start: Int) throws(Fault) {
    var offset = start
    let isNegative = offset < bytes.count && bytes[offset] == UInt8(ascii: "-")
    if isNegative { offset += 1 }
    // The digits as one integer times a power of ten; the first 19 digits always fit.
    var significand: UInt64 = 0
    var significantDigits = 0
    var exponent = 0
    func take(_ digit: UInt64) -> Bool {
      guard significantDigits < 19 else {
        significantDigits += 1
        return false
      }
      significand = significand &* 10 &+ digit
      if significand != 0 { significantDigits += 1 }
      return true
    }

    let integerStart = offset
    while offset < bytes.count, let digit = Self.digit(bytes[offset]) {
      if !take(digit) { exponent += 1 }
      offset += 1
    }
    guard offset > integerStart else { throw .noDigit(offset: offset) }
    if offset > integerStart + 1, bytes[integerStart] == UInt8(ascii: "0") {
      throw .leadingZero(offset: integerStart)
    }
    var isInteger = true
    if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
      isInteger = false
      offset += 1
      let fractionStart = offset
      while offset < bytes.count, let digit = Self.digit(bytes[offset]) {
        if take(digit) { exponent -= 1 }
        offset += 1
      }
      guard offset > fractionStart else { throw .noDigit(offset: offset) }
    }
    if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      offset += 1
      let sign = offset < bytes.count ? bytes[offset] : 0
      if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { offset += 1 }
      let exponentStart = offset
      var written = 0
      while offset < bytes.count, let digit = Self.digit(bytes[offset]) {
        // An exponent above a million gives zero or infinity anyway; so the sum cannot overflow.
        if written < 1_000_000 { written = written * 10 + Int(digit) }
        offset += 1
      }
      guard offset > exponentStart else { throw .noDigit(offset: offset) }
      exponent += sign == UInt8(ascii: "-") ? -written : written
    }
    guard offset - start <= Self.maximumLength else { throw .tooLong(offset: start) }

    let isExact = significantDigits <= 19
    let magnitude =
      (isExact ? Self.nearest(significand, exponent) : nil)
      ?? Self.nearest(bytes.extracting((isNegative ? start + 1 : start)..<offset))
    guard magnitude.isFinite else { throw .outOfRange(offset: start) }
    value = isNegative ? -magnitude : magnitude
    if isInteger, isExact, !(isNegative && significand == 0) {
      integer = Int(exactly: significand).map { isNegative ? -$0 : $0 }
    } else {
      integer = nil
    }
    end = offset
  }

  private static func digit(_ byte: UInt8) -> UInt64? {
    let digit = byte &- UInt8(ascii: "0")
    return digit < 10 ? UInt64(digit) : nil
  }

  /// The double nearest to significand · 10^exponent, or nil where that takes more than a division.
  private static func nearest(_ significand: UInt64, _ exponent: Int) -> Double? {
    if significand == 0 { return 0 }
    if significand <= 1 << 53, abs(exponent) <= 22 {
      // Both factors are exact doubles, so the result is rounded only once (Clinger 1990).
      let power = powersOfTen[abs(exponent)]
      return exponent < 0 ? Double(significand) / power : Double(significand) * power
    }
    guard -19...(-1) ~= exponent else { return nil }
    // The usual case of 17 digits: divide as integers, with at least 63 bits of quotient, and set
    // the lowest bit if there is a remainder. Then the conversion to a double, the only rounding,
    // cannot take a near-tie for a tie; the scaling by a power of two is exact.
    let divisor = integerPowersOfTen[-exponent]
    let shift = significand.leadingZeroBitCount
    let divisorShift = divisor.leadingZeroBitCount
    let dividend = significand << shift
    let (quotient, remainder) =
      (divisor << divisorShift).dividingFullWidth((dividend >> 1, dividend << 63))
    return Double(
      sign: .plus, exponent: divisorShift - shift - 63,
      significand: Double(remainder == 0 ? quotient : quotient | 1))
  }

  /// The double nearest to a number in valid grammar; infinity when it is out of range.
  private static func nearest(_ bytes: Span<UInt8>) -> Double {
    let text = String(unsafeUninitializedCapacity: bytes.count) { buffer in
      for index in bytes.indices { buffer[index] = bytes[index] }
      return bytes.count
    }
    return Double(text) ?? .infinity
  }

  private static let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]

  private static let integerPowersOfTen: [UInt64] = (0...19).map { exponent in
    (0..<exponent).reduce(1) { power, _ in power * 10 }
  }
}

extension DecimalNumber {
  /// The number that is the whole text, or nil.
  package init?(_ text: some StringProtocol) {
    let bytes = Array(text.utf8)
    guard let number = try? DecimalNumber(scanning: bytes.span, at: 0), number.end == bytes.count
    else { return nil }
    self = number
  }
}
