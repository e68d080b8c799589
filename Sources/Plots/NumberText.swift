import Foundation

/// Numbers as texts for readers: `0.25`, `−3` or `2×10⁷`.
enum NumberText {
  /// A number rounded to `digits` significant digits; with a power of ten from a million on and
  /// below a ten-thousandth.
  static func short(_ value: Double, digits: Int = 3) -> String {
    guard value.isFinite else { return "\(value)" }
    guard value != 0 else { return "0" }
    // Round first, because rounding can change the power: 999.9 becomes 1000.
    let scientific = String(format: "%.\(digits - 1)e", value).split(separator: "e")
    guard scientific.count == 2, let power = Int(scientific[1]) else { return "\(value)" }
    if (-4..<6).contains(power) {
      let decimals = max(0, digits - 1 - power)
      return trimmed(String(format: "%.\(decimals)f", value)).withMinus
    }
    return raised(trimmed(String(scientific[0])).withMinus, power)
  }

  /// A multiple of a power of ten; the multiple 1 is left out.
  static func raised(_ multiple: String, _ power: Int) -> String {
    (multiple == "1" ? "10" : multiple + "×10") + superscript(power)
  }

  private static func superscript(_ number: Int) -> String {
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    return String(String(number).map { $0.wholeNumberValue.map { digits[$0] } ?? "⁻" })
  }

  private static func trimmed(_ decimal: String) -> String {
    guard decimal.contains(".") else { return decimal }
    var trimmed = decimal[...]
    while trimmed.hasSuffix("0") { trimmed.removeLast() }
    if trimmed.hasSuffix(".") { trimmed.removeLast() }
    return String(trimmed)
  }
}

extension String {
  /// The text with minus signs in place of hyphens.
  var withMinus: String { replacingOccurrences(of: "-", with: "−") }
}
