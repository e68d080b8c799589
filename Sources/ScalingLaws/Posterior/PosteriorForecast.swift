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
    let parts = tails.parts
    measurement = NormalMixture(
      components: zip(curve.components, components).flatMap { curve, component in
        parts.map { share, factor in
          .init(
            weight: curve.weight * share, mean: curve.mean,
            variance: curve.variance + factor * component.noiseVariance)
        }
      })
  }
}
