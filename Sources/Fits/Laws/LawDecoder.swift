import Foundation
import ScalingLaws

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
          sharpness: value("f\(index + 1)").value)
      })
  }

  private func constant(isPositive: Bool) -> LawConstant? {
    let constant: LawConstant?
    if case .object(let object) = value {
      // As answers have it; what else they say of a constant does not matter here.
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

/// A constant by its sign and the logarithm of its magnitude, since it may exceed any double.
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
