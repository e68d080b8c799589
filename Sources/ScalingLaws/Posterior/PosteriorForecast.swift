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
  private let components: [Component]
  private let stretch: Double
  private let tails: NoiseTails

  /// Distributions of ln y.
  struct Distributions {
    /// Of a new measurement.
    let measurement: NormalMixture
    /// Of the curve about which measurements scatter.
    let curve: NormalMixture
  }

  /// - Parameters:
  ///   - components: at least one.
  ///   - stretch: the factor by which the curve's distribution is widened about its median, and by
  ///     which the noise, which the points show, is not.
  ///   - tails: how the noise is distributed.
  init(components: [Component], stretch: Double, tails: NoiseTails) {
    self.components = components
    self.stretch = stretch
    self.tails = tails
    let total = components.reduce(0) { $0 + $1.weight }
    logY = components.reduce(0) { $0 + $1.weight / total * $1.mean }
  }

  /// Made on demand, since they cost more than the forecast itself.
  var distributions: Distributions {
    let narrow = NormalMixture(
      components: components.map { .init(weight: $0.weight, mean: $0.mean, variance: $0.variance) })
    let median = narrow.quantile(0.5)
    let curve = NormalMixture(
      components: narrow.components.map {
        .init(
          weight: $0.weight, mean: median + stretch * ($0.mean - median),
          variance: stretch * stretch * $0.variance)
      })
    let parts = tails.parts
    let measurement = NormalMixture(
      components: zip(curve.components, components).flatMap { curve, component in
        parts.map { share, factor in
          .init(
            weight: curve.weight * share, mean: curve.mean,
            variance: curve.variance + factor * component.noiseVariance)
        }
      })
    return Distributions(measurement: measurement, curve: curve)
  }
}
