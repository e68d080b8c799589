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
