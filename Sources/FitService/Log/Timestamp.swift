import Foundation

extension Date {
  /// RFC 3339 in UTC, to the millisecond, limited to the years 1 to 9999.
  ///
  /// Does not use Foundation's formatter, which takes twenty times as long, because every line of
  /// the log has a timestamp.
  var timestamp: String {
    let inYears = min(max(timeIntervalSince1970, -62_135_596_800), 253_402_300_799.999)
    let (second, millisecond) = Int((inYears * 1_000).rounded()).dividedFlooring(by: 1_000)
    var time = time_t(second)
    var parts = tm()
    gmtime_r(&time, &parts)
    var text: [UInt8] = []
    text.reserveCapacity(24)
    func append(_ number: Int, digits: Int, then end: Unicode.Scalar) {
      var divisor = [1, 10, 100, 1_000][digits - 1]
      while divisor > 0 {
        text.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
        divisor /= 10
      }
      text.append(UInt8(ascii: end))
    }
    append(Int(parts.tm_year) + 1_900, digits: 4, then: "-")
    append(Int(parts.tm_mon) + 1, digits: 2, then: "-")
    append(Int(parts.tm_mday), digits: 2, then: "T")
    append(Int(parts.tm_hour), digits: 2, then: ":")
    append(Int(parts.tm_min), digits: 2, then: ":")
    append(Int(parts.tm_sec), digits: 2, then: ".")
    append(millisecond, digits: 3, then: "Z")
    return String(decoding: text, as: UTF8.self)
  }
}

extension Int {
  /// The quotient rounded down, and the remainder, which is never negative.
  fileprivate func dividedFlooring(by divisor: Int) -> (quotient: Int, remainder: Int) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
