/// The posterior's forecast of ln y at one x.
struct PosteriorForecast: Sendable {
  /// One normal component of the forecast.
  struct Component: Sendable {
    let weight: Double
    let mean: Double
    /// Variance of the curve that measurements scatter about.
    let variance: Double
    /// Variance of that scatter.
    let noiseVariance: Double
  }

  /// The distribution of a new measurement.
  let measurement: NormalMixture
  /// The distribution of the curve about which measurements scatter.
  let curve: NormalMixture
  private let stretch: Double

  init(components: [Component], stretch: Double) {
    measurement = NormalMixture(
      components: components.map {
        .init(weight: $0.weight, mean: $0.mean, variance: $0.variance + $0.noiseVariance)
      })
    curve = NormalMixture(
      components: components.map { .init(weight: $0.weight, mean: $0.mean, variance: $0.variance) })
    self.stretch = stretch
  }

  /// The forecast: the posterior mean of ln y.
  var logY: Double { measurement.mean }

  /// The interval of ln y that holds a new measurement with probability `level`.
  func interval(_ level: Double) -> ClosedRange<Double> { interval(of: measurement, level) }

  /// The interval of ln y that holds the curve with probability `level`.
  func meanInterval(_ level: Double) -> ClosedRange<Double> { interval(of: curve, level) }

  /// Quantiles, stretched about the median.
  private func interval(of mixture: NormalMixture, _ level: Double) -> ClosedRange<Double> {
    let median = mixture.quantile(0.5)
    let low = mixture.quantile((1 - level) / 2)
    let high = mixture.quantile((1 + level) / 2)
    return min(
      median, median + stretch * (low - median))...max(
        median, median + stretch * (high - median))
  }
}
