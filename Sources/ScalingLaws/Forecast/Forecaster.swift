import Glibc

/// Makes forecasts from weighted laws, in the user's units.
struct Forecaster: Sendable {
  let kind: FitOptions.ForecastKind
  let laws: WeightedLaws
  let intervals: FitOptions.Intervals
  /// The noise of a new measurement, where it is known.
  let noise: MeasurementNoise?
  /// The possible range of y.
  let range: Bounds

  init(
    _ kind: FitOptions.ForecastKind, _ laws: WeightedLaws, points: Points, options: FitOptions
  ) {
    self.kind = kind
    self.laws = laws
    intervals = options.intervals
    noise = MeasurementNoise(points, frame: laws.frame)
    range = points.possibleRange(options)
  }

  /// The laws of the forecast, for the report.
  var forecast: Forecast {
    var weights: [BrokenPowerLaw: Double] = [:]
    var order: [BrokenPowerLaw] = []
    for (law, weight) in laws.inUnits {
      if weights[law] == nil { order.append(law) }
      weights[law, default: 0] += weight
    }
    let heaviest = weights.values.max() ?? 0
    let listed = order.map {
      Forecast.Member(law: $0, hasPrior: kind == .combined, weight: weights[$0] ?? 0)
    }.filter { $0.weight >= min(ForecastSettings.leastListedWeight, heaviest) }
    return Forecast(kind: kind, members: listed)
  }

  /// The forecasts at each x with their intervals, in the given order. Intervals of measurements
  /// are made only on request, because quantiles take most of the time.
  func predict(
    _ xs: [Double], law: BrokenPowerLaw, points: Points, withMeasurements: Bool = true
  ) -> [Prediction] {
    xs.map { predict($0, law: law, points: points, withMeasurement: withMeasurements) }
  }

  private func predict(
    _ x: Double, law: BrokenPowerLaw, points: Points, withMeasurement: Bool
  ) -> Prediction {
    let logX = log(x)
    let first = points.x.first ?? x
    let last = points.x.last ?? x
    var prediction = Prediction(
      x: x, y: nil, yLaw: law.value(atLogX: logX).finite, isExtrapolated: x < first || x > last,
      decadesBeyond: max(log10(x / last), log10(first / x), 0))
    let curve = laws.curve(atLogX: logX)
    prediction.y = centre(of: curve, atLogX: logX, law: law)
    guard let curve else { return prediction }
    guard intervals.method != .none, laws.hasIntervals, let centre = prediction.y else {
      return prediction
    }
    let mean = laws.interval(of: curve, level: intervals.level, atLogX: logX)
    (prediction.meanLower, prediction.meanUpper) = ends(mean, around: centre)
    guard withMeasurement,
      let distribution = laws.measurement(
        curve, noise: noise?.variance(atLogX: logX, y: centre))
    else { return prediction }
    var new = laws.interval(of: distribution, level: intervals.level, atLogX: logX)
    // The interval of a measurement must contain that of the mean.
    (new.lower, new.upper) = (min(new.lower, mean.lower), max(new.upper, mean.upper))
    (prediction.lower, prediction.upper) = ends(new, around: centre)
    return prediction
  }

  /// The forecast at ln x, where its laws have the distribution `curve`; nil when there is none.
  func centre(of curve: StudentMixture?, atLogX logX: Double, law: BrokenPowerLaw)
    -> Double?
  {
    if kind == .single { return law.value(atLogX: logX).finite }
    return curve.flatMap { y($0.centre(trim: laws.trim)) }
  }

  /// y of a number on the objective's scale, inside the metric's range; infinite on overflow.
  func bounded(_ transformed: Double) -> Double {
    min(max(laws.frame.y(transformed: transformed), range.lower), range.upper)
  }

  private func y(_ transformed: Double) -> Double? {
    laws.frame.y(transformed: transformed).isFinite ? bounded(transformed) : nil
  }

  /// The ends of an interval as y, on either side of the centre. A reflected metric exchanges them.
  private func ends(_ interval: StudentMixture.Interval, around centre: Double) -> (
    lower: Double?, upper: Double?
  ) {
    var (lower, upper) = (y(interval.lower), y(interval.upper))
    if case .reflected = laws.frame.orientation { (lower, upper) = (upper, lower) }
    return (lower.map { min($0, centre) }, upper.map { max($0, centre) })
  }
}

extension Points {
  /// The possible range of y: not above a given ceiling, inside [0, 1] for shares of trials, and
  /// not below 0 if no point is and the user does not allow a limit below 0.
  func possibleRange(_ options: FitOptions) -> Bounds {
    var (lower, upper) = (-Double.infinity, options.ceiling ?? .infinity)
    if case .trials = noise { upper = min(upper, 1) }
    let mayFallBelow = (options.fixed[.a] ?? options.bounds[.a]?.lowerBound).map { $0 < 0 } ?? false
    if y.allSatisfy({ $0 >= 0 }) && !mayFallBelow { lower = 0 }
    return Bounds(lower, max(lower, upper))
  }
}
