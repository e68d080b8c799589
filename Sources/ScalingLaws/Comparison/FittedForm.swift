import Glibc

/// A comparison form with its constants: (y - eps)/(eps_0 - y)^alpha = beta (1/x + gamma)^-c. Each
/// form has only some of them.
public struct FittedForm: Sendable, Hashable {
  public let form: ComparisonForm
  /// eps: the limit of y for large x; 0 in forms without it.
  public let limit: Double
  /// ln beta.
  public let logCoefficient: Double
  /// c: the slope of ln(y - eps) against ln x where the form is a power law; negative when y falls.
  public let exponent: Double
  /// gamma, in units of 1/x; 0 in forms without it.
  public let offset: Double
  /// eps_0, the limit of y for small x, and alpha; nil in forms without them.
  public let saturation: Saturation?

  public struct Saturation: Sendable, Hashable {
    /// eps_0.
    public let ceiling: Double
    /// alpha: how strongly the ceiling bends the curve.
    public let strength: Double
  }

  init(form: ComparisonForm, constants: FormConstants, frame: Frame) {
    self.form = form
    let scale = frame.scale
    limit = constants.limit * scale
    exponent = constants.exponent
    offset = constants.offset * exp(-frame.origin)
    let strength = form.hasCeiling ? constants.strength : 0
    logCoefficient =
      constants.logCoefficient - constants.exponent * frame.origin + (1 - strength) * log(scale)
    saturation =
      form.hasCeiling
      ? Saturation(ceiling: limit + constants.range * scale, strength: strength) : nil
  }

  /// y at x > 0.
  public func value(at x: Double) -> Double {
    let logPower = logCoefficient - exponent * log(1 / x + offset)
    guard let saturation else { return limit + exp(logPower) }
    let range = saturation.ceiling - limit
    return limit + range * logistic(saturation.place(logPower, range: range))
  }
}

extension FittedForm.Saturation {
  /// z such that w = range logistic(z) solves w = e^logPower (range - w)^alpha.
  ///
  /// In z the equation is alpha sp(z) - sp(-z) = logPower - (1 - alpha) ln(range). Its left side is
  /// increasing, so it is solved by Newton's method inside a bracket of the root. Without alpha the
  /// solution is w = min(e^logPower, range), and z is limited.
  func place(_ logPower: Double, range: Double) -> Double {
    Self.place(logPower, range: range, strength: strength)
  }

  static func place(_ logPower: Double, range: Double, strength: Double) -> Double {
    let largest = 700.0
    let level = logPower - (1 - strength) * log(range)
    // min(z, 0) + alpha max(z, 0) misses the left side by ln 2 below and alpha ln 2 above.
    func asymptote(_ level: Double) -> Double {
      min(max(level > 0 ? level / strength : level, -largest), largest)
    }
    var low = asymptote(level - strength * log(2))
    var high = asymptote(level + log(2))
    var z = 0.5 * (low + high)
    for _ in 0..<100 {
      // sp(-z) = sp(z) - z: one exponential serves both sides.
      let e = exp(-abs(z))
      let softplus = max(z, 0) + log1p(e)
      let excess = (strength - 1) * softplus + z - level
      if excess > 0 { high = z } else { low = z }
      let share = (z >= 0 ? 1 : e) / (1 + e)
      let newton = z - excess / (strength * share + 1 - share)
      let next = newton > low && newton < high ? newton : 0.5 * (low + high)
      if abs(next - z) <= 1e-14 * max(abs(z), 1) { return next }
      z = next
    }
    return z
  }
}
