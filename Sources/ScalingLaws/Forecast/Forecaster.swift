import Glibc

/// Laws with weights that forecast together, each with its own uncertainty.
///
/// The forecast is the weighted mean on the objective's scale; its distribution is the mixture of the
/// members' normal distributions there.
struct Forecaster: Sendable {
  let kind: FitOptions.ForecastKind
  let members: [(report: LawReport, weight: Double)]

  /// Half-widths of a combination's intervals are stretched by this factor: members that share the
  /// data err together.
  private static let stretch = 1.5

  var forecast: Forecast {
    Forecast(
      kind: kind,
      members: members.map {
        .init(law: $0.report.law, hasPrior: $0.report.fit.prior != nil, weight: $0.weight)
      })
  }

  /// The forecast at x with its intervals.
  func predict(_ x: Double, law: BrokenPowerLaw, points: Points) -> Prediction {
    let logX = log(x)
    let frame = members[0].report.fit.frame
    let means = members.map { $0.report.mean(atLogX: logX) }
    let centre = zip(members, means).reduce(0) { $0 + $1.0.weight * $1.1.value }
    let first = points.x.first ?? x
    let last = points.x.last ?? x
    let beyond = max(log10(x / last), log10(first / x), 0)
    func y(_ transformed: Double) -> Double? {
      frame.y(frame.objective.inverse(transformed, unit: frame.unit)).finite
    }
    var prediction = Prediction(
      x: x, y: y(centre), yLaw: law.value(atLogX: logX).finite,
      isExtrapolated: x < first || x > last, decadesBeyond: beyond)
    if let mean = interval(centre: centre, means: means, measurement: false) {
      (prediction.meanLower, prediction.meanUpper) = ordered(y(mean.lower), y(mean.upper))
    }
    if let new = interval(centre: centre, means: means, measurement: true) {
      (prediction.lower, prediction.upper) = ordered(y(new.lower), y(new.upper))
    }
    return prediction
  }

  /// Reflection turns an interval over.
  private func ordered(_ a: Double?, _ b: Double?) -> (Double?, Double?) {
    if case .reflected = members[0].report.fit.frame.orientation { (b, a) } else { (a, b) }
  }

  /// The interval on the objective's scale, of the mean or of a new measurement; nil where some
  /// member has no covariance.
  private func interval(
    centre: Double, means: [(value: Double, variance: Double?)], measurement: Bool
  ) -> (lower: Double, upper: Double)? {
    var components: [(weight: Double, mean: Double, deviation: Double)] = []
    for (member, mean) in zip(members, means) {
      guard let variance = mean.variance,
        let scatter = measurement ? member.report.measurementVariance : 0
      else { return nil }
      components.append((member.weight, mean.value, (variance + scatter).squareRoot()))
    }
    let level = members[0].report.level
    if components.count == 1, let covariance = members[0].report.covariance {
      let half = members[0].report.studentQuantile(covariance) * components[0].deviation
      return (centre - half, centre + half)
    }
    let lower = quantile((1 - level) / 2, of: components)
    let upper = quantile((1 + level) / 2, of: components)
    let median = quantile(0.5, of: components)
    return (
      centre + Self.stretch * (lower - median), centre + Self.stretch * (upper - median)
    )
  }

  /// The value with probability p below it in a mixture of normal distributions, by bisection.
  private func quantile(
    _ p: Double, of components: [(weight: Double, mean: Double, deviation: Double)]
  ) -> Double {
    var low = components.map { $0.mean - 40 * $0.deviation }.min() ?? 0
    var high = components.map { $0.mean + 40 * $0.deviation }.max() ?? 0
    for _ in 0..<100 {
      let middle = 0.5 * (low + high)
      if middle <= low || middle >= high { break }
      let below = components.reduce(0) { sum, c in
        sum + c.weight
          * (c.deviation > 0
            ? Normal.cumulative((middle - c.mean) / c.deviation) : middle < c.mean ? 0 : 1)
      }
      if below < p { low = middle } else { high = middle }
    }
    return 0.5 * (low + high)
  }
}
