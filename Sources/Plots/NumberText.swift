import Foundation

/// Numbers as a reader sees them: `0.25`, `−3` or `2×10⁷`.
enum NumberText {
  /// A number with so many significant digits, a power of ten beyond a million or below a
  /// ten-thousandth.
  static func short(_ value: Double, digits: Int = 3) -> String {
    guard value.isFinite else { return "\(value)" }
    guard value != 0 else { return "0" }
    // Rounded first: 999.9 has three digits as 1000.
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
    String(
      String(number).map { digit in
        switch digit {
        case "-": "⁻"
        case "1": "¹"
        case "2": "²"
        case "3": "³"
        case "4": "⁴"
        case "5": "⁵"
        case "6": "⁶"
        case "7": "⁷"
        case "8": "⁸"
        case "9": "⁹"
        default: "⁰"
        }
      })
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
