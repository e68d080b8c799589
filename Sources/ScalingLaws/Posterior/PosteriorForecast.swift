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
  ///   - tails: how measurements depart from the curve, and the curve from its forecast.
  init(components: [Component], stretch: Double, tails: NoiseTails) {
    self.components = components
    self.stretch = stretch
    self.tails = tails
    let total = components.reduce(0) { $0 + $1.weight }
    logY = components.reduce(0) { $0 + $1.weight / total * $1.mean }
  }

  /// Made on demand, since they cost more than the forecast itself; nil where the forecast is not
  /// finite.
  var distributions: Distributions? {
    guard
      let narrow = NormalMixture(
        components: components.map {
          .init(weight: $0.weight, mean: $0.mean, variance: $0.variance)
        })
    else { return nil }
    let median = narrow.quantile(0.5)
    func mixture(withNoise: Bool) -> NormalMixture? {
      NormalMixture(
        components: tails.parts.flatMap { share, factor in
          components.map {
            .init(
              weight: share * $0.weight,
              mean: median + factor.squareRoot() * stretch * ($0.mean - median),
              variance: factor
                * (stretch * stretch * $0.variance + (withNoise ? $0.noiseVariance : 0)))
          }
        })
    }
    guard let measurement = mixture(withNoise: true), let curve = mixture(withNoise: false) else {
      return nil
    }
    return Distributions(measurement: measurement, curve: curve)
  }
}
