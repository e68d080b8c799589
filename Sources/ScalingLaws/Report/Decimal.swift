import Glibc

/// A number as text with four significant digits.
package func decimal(_ value: Double) -> String {
  guard value.isFinite else { return "\(value)" }
  if value == 0 { return "0" }
  let exponent = Int(log10(abs(value)).rounded(.down))
  if exponent < -4 || exponent > 5 {
    let mantissa = (value / pow(10, Double(exponent)) * 1000).rounded() / 1000
    return "\(trimmed(mantissa))e\(exponent)"
  }
  let unit = pow(10, Double(3 - exponent))
  return trimmed((value * unit).rounded() / unit)
}

/// All digits of a number, without a fraction of 0.
package func trimmed(_ value: Double) -> String {
  value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
}
