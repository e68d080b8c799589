import Glibc

/// The law and the comparison forms fitted to the same points, the best first.
public struct Comparison: Sendable {
  /// The error by which they are ranked.
  public enum Criterion: Sendable, Hashable {
    /// The error on held-out points, as in the paper's tables.
    case heldOut
    /// The error on the fitted points, which favours forms with many constants.
    case fit
  }

  /// The law or one of the forms.
  public struct Entry: Sendable {
    /// Nil for the law itself.
    public var form: ComparisonForm?
    /// The form with its constants; nil for the law, and when the form cannot be fitted.
    public var fitted: FittedForm?
    /// The error on the fitted points; nil when some value is not above 0.
    public var fit: LogError?
    /// The error on held-out points; for the law that of the forecast.
    public var heldOut: LogError?

    fileprivate func error(by criterion: Criterion) -> Double {
      (criterion == .heldOut ? heldOut : fit)?.rmsle ?? .infinity
    }
  }

  public let criterion: Criterion
  public let entries: [Entry]

  /// Fits the forms to the points of a report and ranks them with its law.
  init(_ forms: [ComparisonForm], besides report: FitReport, points: Points, heldOut: Points?) {
    let law = Entry(
      form: nil, fitted: nil, fit: report.model.quality.rmsle, heldOut: report.heldOut?.rmsle)
    let others = forms.map { form in
      let fitted = form.fit(points)
      return Entry(
        form: form, fitted: fitted, fit: fitted?.error(on: points),
        heldOut: heldOut.flatMap { fitted?.error(on: $0) })
    }
    let all = [law] + others
    let criterion: Criterion = all.contains { $0.heldOut != nil } ? .heldOut : .fit
    // Equal errors keep this order, so that the ranking depends on the points only.
    entries = all.enumerated().sorted {
      ($0.element.error(by: criterion), $0.offset) < ($1.element.error(by: criterion), $1.offset)
    }.map(\.element)
    self.criterion = criterion
  }
}

extension FittedForm {
  /// The error of the form at points; nil when some value is not above 0 or not a number.
  fileprivate func error(on points: Points) -> LogError? {
    let error = LogError(forecast: points.x.map { value(at: $0) }, measured: points.y)
    return error.flatMap { $0.rmsle.isFinite && $0.rsle.isFinite ? $0 : nil }
  }
}

/// A functional form that the paper compares its law with (section 4), for metrics above 0 that
/// fall.
public enum ComparisonForm: String, Sendable, Hashable, CaseIterable {
  /// y = beta x^c.
  case m1
  /// y = eps + beta x^c.
  case m2
  /// y = beta (1/x + gamma)^-c: a power law that levels off, without a limit eps, as in the
  /// authors' benchmark.
  case m3
  /// y = eps + beta (1/x + gamma)^-c.
  case m3Floor = "m3_floor"
  /// (y - eps)/(eps_0 - y)^alpha = beta x^c: a power law that saturates below eps_0 at small x.
  case m4

  /// The number of constants.
  public var constantCount: Int {
    switch self {
    case .m1: 2
    case .m2, .m3: 3
    case .m3Floor: 4
    case .m4: 5
    }
  }

  /// Whether eps is a constant of the form.
  public var hasLimit: Bool { self == .m2 || self == .m3Floor || self == .m4 }
  /// Whether gamma is a constant of the form.
  public var hasOffset: Bool { self == .m3 || self == .m3Floor }
  var hasCeiling: Bool { self == .m4 }

  /// Fits the form by least squares of ln yhat - ln y, weighted by the known noise.
  ///
  /// The loss is that of the law's `log` objective, so that the two can be ranked. The estimators
  /// released with the benchmark differ: for `m2` and `m4` they minimize the residuals of
  /// ln(y - eps), which determine eps badly, and for `m3` they stop before the minimum.
  ///
  /// - Returns: nil when some y is not above 0, or when there are fewer distinct x than constants.
  /// - Complexity: a few milliseconds, whatever the number of points.
  public func fit(_ points: Points) -> FittedForm? {
    guard points.distinctCount >= constantCount, points.y.allSatisfy({ $0 > 0 }) else {
      return nil
    }
    let frame = Frame(points: points, orientation: .direct, objective: .given(.log))
    let observations = Observations(points, in: frame).binned(to: 256)
    let search = FormSearch(form: self, observations: observations)
    return search.fit().map { FittedForm(form: self, constants: $0, frame: frame) }
  }
}

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
