import Foundation
import ScalingLaws

extension BrokenPowerLaw {
  /// The law as a formula of its own constants.
  var equation: String {
    breaks.indices.reduce("y = a + b*x^(-c0)") { formula, index in
      let i = index + 1
      return formula + " * (1 + (x/d\(i))^(1/f\(i)))^(-c\(i)*f\(i))"
    }
  }

  /// The constants by the paper's letters, each with the logarithm where it may exceed any double.
  func writeConstants(to json: inout JSONWriter) {
    json.member("a", WideNumber(limit))
    json.member("b", WideNumber(sign: sign.rawValue, ln: logCoefficient))
    json.member("c0", WideNumber(exponent))
    for (index, b) in breaks.enumerated() {
      json.member("c\(index + 1)", WideNumber(b.exponentChange))
      json.member("d\(index + 1)", WideNumber(sign: 1, ln: b.logLocation))
      json.member("f\(index + 1)", WideNumber(b.sharpness))
    }
  }
}

/// A number, with the decimal logarithm of its magnitude where it may exceed any double.
struct WideNumber: JSONWritable {
  private let value: Double?
  private let log10: Double?

  init(_ value: Double?, log10: Double? = nil) {
    self.value = value
    self.log10 = log10
  }

  init(sign: Double, ln: Double) { self.init(sign * exp(ln), log10: ln / M_LN10) }

  func write(to json: inout JSONWriter) {
    json.object {
      $0.member("value", value)
      $0.member("log10", ifPresent: log10)
    }
  }
}
