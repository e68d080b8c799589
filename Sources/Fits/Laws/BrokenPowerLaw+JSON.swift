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

  /// Writes the constants by the paper's letters, with a logarithm where a double may overflow.
  func writeConstants(to json: inout JSONWriter) {
    json.member("a", WideNumber(limit))
    json.member("b", WideNumber(sign: sign.rawValue, ln: logCoefficient))
    json.member("c0", WideNumber(exponent))
    for (index, b) in breaks.enumerated() {
      json.member("c\(index + 1)", WideNumber(b.exponentChange))
      json.member("d\(index + 1)", WideNumber(sign: 1, ln: b.logLocation))
      json.member("f\(index + 1)", WideNumber(b.width))
    }
  }
}

/// A number, with the decimal logarithm of its magnitude where a double may overflow.
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

extension JSONField {
  /// A law by its constants, each a number or, as in answers, an object with `value` or `log10`.
  func law(breaksAtMost limit: Int) -> BrokenPowerLaw? {
    guard let members = members(atMost: 3 + 3 * limit) else { return nil }
    let count = members.compactMap { Constant($0.name)?.breakIndex }.max() ?? 0
    guard count <= limit else {
      refuse("has break \(count), but at most \(limit) are allowed")
      return nil
    }
    let names = Constant.all(breaks: count).map(\.description)
    for (name, field) in members where !names.contains(name) {
      field.refuse(
        "`\(name.bounded(to: 40))` is no constant of the law"
          + Spelling.suggestion(for: name, among: names))
    }
    var values: [String: LawConstant] = [:]
    for name in names {
      guard let field = members.first(where: { $0.name == name })?.field else {
        faults.note(at: pointer.appending(name), "is missing")
        continue
      }
      values[name] = field.constant(isPositive: name.hasPrefix("d") || name.hasPrefix("f"))
    }
    guard values.count == names.count, values.count == members.count else { return nil }
    func value(_ name: String) -> LawConstant { values[name] ?? LawConstant(sign: 1, ln: 0) }
    let b = value("b")
    guard b.sign != 0 else {
      faults.note(at: pointer.appending("b"), "must not be 0")
      return nil
    }
    return BrokenPowerLaw(
      limit: value("a").value, sign: b.sign > 0 ? .positive : .negative, logCoefficient: b.ln,
      exponent: value("c0").value,
      breaks: (0..<count).map { index in
        .init(
          exponentChange: value("c\(index + 1)").value, logLocation: value("d\(index + 1)").ln,
          width: value("f\(index + 1)").value)
      })
  }

  private func constant(isPositive: Bool) -> LawConstant? {
    let constant: LawConstant?
    if case .object(let object) = value {
      // A constant as answers have it; its other members are ignored.
      let magnitude = object["log10"]?.double.map { $0 * M_LN10 }
      let number = object["value"]?.double
      switch (number, magnitude) {
      case (let number?, _): constant = LawConstant(number)
      case (nil, let magnitude?): constant = LawConstant(sign: 1, ln: magnitude)
      case (nil, nil): return refuse(expected: "a number, or an object with `value` or `log10`")
      }
    } else {
      constant = number().map { LawConstant($0) }
    }
    guard let constant else { return nil }
    if isPositive, constant.sign <= 0 {
      return refuse(expected: "greater than 0", got: constant.value.jsonText)
    }
    return constant
  }
}

/// A constant by its sign and the logarithm of its magnitude, since a double may overflow.
private struct LawConstant {
  let sign: Double
  let ln: Double
  let value: Double

  init(_ value: Double) {
    self.value = value
    sign = value > 0 ? 1 : value < 0 ? -1 : 0
    ln = log(abs(value))
  }

  init(sign: Double, ln: Double) {
    self.sign = sign
    self.ln = ln
    value = sign * exp(ln)
  }
}
