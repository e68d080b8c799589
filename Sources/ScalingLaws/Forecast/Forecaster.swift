import Glibc

/// What forecasts: laws with weights, and the posterior average where the points allow one.
///
/// The forecast is the weighted mean on the objective's scale. Its distribution is that of the
/// posterior, moved to the forecast; without a posterior, the mixture of the members' normal
/// distributions.
struct Forecaster: Sendable {
  let kind: FitOptions.ForecastKind
  let members: [(report: LawReport, weight: Double)]
  /// The posterior over laws of ln v, on a coordinate that grows with progress, and its share.
  var posterior: (average: GridPosterior, weight: Double)?
  let intervals: FitOptions.Intervals
  let progress: Progress

  /// Half-widths of a combination of few members are stretched by this factor: members that share the
  /// data err together.
  private static let stretch = 1.5

  /// Members of the posterior lighter than this are not listed.
  private static let leastListedWeight = 0.01

  /// An interval on the objective's scale, relative to its centre.
  private struct Offsets {
    var lower: Double
    var upper: Double
  }

  private var frame: Frame { members[0].report.fit.frame }

  /// The laws behind the forecast: the members, and those of the posterior that carry weight.
  var forecast: Forecast {
    let share = 1 - (posterior?.weight ?? 0)
    var listed = members.filter { _ in share > 0 }.map {
      Forecast.Member(
        law: $0.report.law, hasPrior: $0.report.fit.prior != nil, weight: $0.weight * share)
    }
    if let (average, weight) = posterior {
      listed += average.laws(atLeast: Self.leastListedWeight).map { member in
        let law = progress == .increasing ? member.law : member.law.mirrored
        return Forecast.Member(
          law: frame.restoringUnits(of: law), hasPrior: true, weight: member.weight * weight)
      }
    }
    return Forecast(kind: kind, members: listed)
  }

  /// The forecasts at each x with their intervals, in the order asked for; those of measurements only
  /// where they are wanted, since quantiles are most of the work.
  func predict(
    _ xs: [Double], law: BrokenPowerLaw, points: Points, withMeasurements: Bool = true
  ) -> [Prediction] {
    let average = posterior?.average.predict(
      at: xs.map { log($0) * progress.sign }, meansOnly: intervals.method != .automatic)
    return xs.enumerated().map { index, x in
      predict(
        x, posterior: average?[index], law: law, points: points,
        withMeasurement: withMeasurements)
    }
  }

  private func predict(
    _ x: Double, posterior forecast: PosteriorForecast?, law: BrokenPowerLaw, points: Points,
    withMeasurement: Bool
  ) -> Prediction {
    let logX = log(x)
    let means = members.map { $0.report.mean(atLogX: logX) }
    var centre = zip(members, means).reduce(0) { $0 + $1.0.weight * $1.1.value }
    if let forecast, let weight = posterior?.weight {
      centre = weight == 1 ? forecast.logY : weight * forecast.logY + (1 - weight) * centre
    }
    let first = points.x.first ?? x
    let last = points.x.last ?? x
    func y(_ transformed: Double) -> Double? {
      frame.y(transformed: transformed).finite
    }
    let yLaw = law.value(atLogX: logX).finite
    var prediction = Prediction(
      x: x, y: kind == .single ? yLaw : y(centre), yLaw: yLaw,
      isExtrapolated: x < first || x > last,
      decadesBeyond: max(log10(x / last), log10(first / x), 0))
    let distributions = intervals.method == .automatic ? forecast?.distributions : nil
    let mean = offsets(distributions, means: means, measurement: false, at: logX)
    if let mean {
      (prediction.meanLower, prediction.meanUpper) = ordered(
        y(centre + mean.lower), y(centre + mean.upper))
    }
    if withMeasurement,
      var new = offsets(distributions, means: means, measurement: true, at: logX)
    {
      // Resamples are steps: a measurement's interval holds the mean's all the same.
      if let mean {
        new.lower = min(new.lower, mean.lower)
        new.upper = max(new.upper, mean.upper)
      }
      (prediction.lower, prediction.upper) = ordered(y(centre + new.lower), y(centre + new.upper))
    }
    return prediction
  }

  /// Reflection turns an interval over.
  private func ordered(_ a: Double?, _ b: Double?) -> (Double?, Double?) {
    if case .reflected = frame.orientation { (b, a) } else { (a, b) }
  }

  /// The interval of the mean or of a new measurement; nil where none was asked for or some member
  /// has no covariance.
  private func offsets(
    _ distributions: PosteriorForecast.Distributions?,
    means: [(value: Double, variance: Double?)], measurement: Bool, at logX: Double
  ) -> Offsets? {
    if intervals.method == .bootstrap {
      return resampledOffsets(at: logX, measurement: measurement)
    }
    if let distributions {
      let mixture = measurement ? distributions.measurement : distributions.curve
      return offsets(of: mixture, stretch: 1)
    }
    return memberOffsets(means, measurement: measurement)
  }

  private func offsets(of mixture: NormalMixture, about centre: Double? = nil, stretch: Double)
    -> Offsets
  {
    let interval = mixture.interval(intervals.level)
    let median = centre ?? mixture.quantile(0.5)
    return Offsets(
      lower: stretch * (interval.lower - median), upper: stretch * (interval.upper - median))
  }

  /// From what the members' refits of resampled points say at ln x.
  private func resampledOffsets(at logX: Double, measurement: Bool) -> Offsets? {
    var scatters: [Double] = []
    var components: [NormalMixture.Component] = []
    for member in members {
      guard let values = member.report.bootstrap?.values(atLogX: logX), values.count >= 20,
        let scatter = measurement ? member.report.measurementVariance : 0
      else { return nil }
      components += values.map {
        .init(weight: member.weight / Double(values.count), mean: $0, variance: 0)
      }
      scatters += values.map { _ in scatter }
    }
    guard let median = NormalMixture(components: components)?.quantile(0.5) else { return nil }
    for index in components.indices { components[index].variance = scatters[index] }
    guard let mixture = NormalMixture(components: components) else { return nil }
    return offsets(
      of: mixture, about: median,
      stretch: members.count > 1 ? Self.stretch : 1)
  }

  private func memberOffsets(
    _ means: [(value: Double, variance: Double?)], measurement: Bool
  ) -> Offsets? {
    var components: [NormalMixture.Component] = []
    for (member, mean) in zip(members, means) {
      // A law below 0 has no value on the log objective's scale, though a slope.
      guard mean.value.isFinite, let variance = mean.variance,
        let scatter = measurement ? member.report.measurementVariance : 0
      else { return nil }
      components.append(
        .init(weight: member.weight, mean: mean.value, variance: variance + scatter))
    }
    if components.count == 1, let quantile = members[0].report.studentQuantile {
      let half = quantile * components[0].variance.squareRoot()
      return Offsets(lower: -half, upper: half)
    }
    // A law that the objective does not admit at this x has no interval here.
    guard let mixture = NormalMixture(components: components) else { return nil }
    return offsets(of: mixture, stretch: Self.stretch)
  }
}
