import Glibc

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

  /// The forecast: the posterior mean of ln y.
  let logY: Double
  /// The distribution of a new measurement.
  let measurement: NormalMixture
  /// The distribution of the curve about which measurements scatter.
  let curve: NormalMixture

  /// - Parameters:
  ///   - components: at least one.
  ///   - stretch: the factor by which the curve's distribution is widened about its median, and by
  ///     which the noise, which the points show, is not.
  ///   - tails: how the noise is distributed.
  init(components: [Component], stretch: Double, tails: NoiseTails) {
    let narrow = NormalMixture(
      components: components.map { .init(weight: $0.weight, mean: $0.mean, variance: $0.variance) })
    logY = narrow.mean
    let median = narrow.quantile(0.5)
    curve = NormalMixture(
      components: narrow.components.map {
        .init(
          weight: $0.weight, mean: median + stretch * ($0.mean - median),
          variance: stretch * stretch * $0.variance)
      })
    measurement = NormalMixture(
      components: zip(curve.components, components).flatMap { curve, component in
        tails.parts.map { share, factor in
          .init(
            weight: curve.weight * share, mean: curve.mean,
            variance: curve.variance + factor * component.noiseVariance)
        }
      })
  }

  /// The interval of ln y that holds a new measurement with probability `level`.
  func interval(_ level: Double) -> ClosedRange<Double> { Self.interval(of: measurement, level) }

  /// The interval of ln y that holds the curve with probability `level`.
  func meanInterval(_ level: Double) -> ClosedRange<Double> { Self.interval(of: curve, level) }

  private static func interval(of mixture: NormalMixture, _ level: Double) -> ClosedRange<Double> {
    let low = mixture.quantile((1 - level) / 2)
    let high = mixture.quantile((1 + level) / 2)
    return min(low, high)...max(low, high)
  }
}

/// Tukey's contaminated normal: a tenth of the measurements scatters more widely than the others.
///
/// How much more is told by the excess kurtosis of the residuals. With shares .9 and .1 and
/// variances 1 - d and 1 + 9 d the variance is 1 and the excess kurtosis 27 d^2.
struct NoiseTails: Sendable {
  /// The excess kurtosis, at least 0.
  let excess: Double

  static let normal = NoiseTails(excess: 0)

  private init(excess: Double) { self.excess = excess }

  /// The tails of residuals about a law.
  init(of residuals: [Double]) {
    let n = Double(residuals.count)
    let square = residuals.reduce(0) { $0 + $1 * $1 } / n
    let fourth = residuals.reduce(0) { $0 + $1 * $1 * $1 * $1 } / n
    let kurtosis = square > 0 ? fourth / (square * square) : 3
    excess = max(kurtosis - 3, 0)
  }

  /// The shares of the parts, with their variances in units of the noise's.
  var parts: [(share: Double, factor: Double)] {
    let d = min((excess / 27).squareRoot(), 0.9)
    return d > 0 ? [(0.9, 1 - d), (0.1, 1 + 9 * d)] : [(1, 1)]
  }

  /// Where a few points scatter widely, the others tell more of the curve than the variance of all
  /// lets expect; intervals of the curve are narrower by this factor, which cross-validation over
  /// curves found.
  var narrowing: Double { 1 / (1 + excess / 15).squareRoot() }
}
