import Glibc
import Testing

@testable import ScalingLaws

@Suite("The grid posterior's forecast")
struct PosteriorForecastTests {
  private static let logX = (0..<24).map { 3 + 0.2 * Double($0) }
  /// A law with one break, and a fixed wiggle for noise.
  private static let logY = logX.enumerated().map { index, logX in
    log(0.3 + exp(1 - 0.2 * logX - 0.15 * log1p(exp((logX - 5) / 0.3))))
      + 0.004 * sin(7 * Double(index * index))
  }
  private static let places = [7.8, 8.5, 9.5]

  private func forecasts(_ logX: [Double], _ logY: [Double], at places: [Double]) throws
    -> [PosteriorForecast]
  {
    try #require(GridPosterior(logX: logX, logY: logY)).predict(at: places)
  }

  @Test("scaling x and y shifts the forecast and changes nothing else")
  func scaling() throws {
    let plain = try forecasts(Self.logX, Self.logY, at: Self.places)
    let scaled = try forecasts(
      Self.logX.map { $0 + 30 }, Self.logY.map { $0 - 12 }, at: Self.places.map { $0 + 30 })
    for (one, other) in zip(plain, scaled) {
      #expect(abs(one.logY - (other.logY + 12)) < 1e-8)
      let (near, far) = (
        one.distributions!.measurement.interval(0.9), other.distributions!.measurement.interval(0.9)
      )
      #expect(abs(near.lower - far.lower - 12) < 1e-6)
      #expect(abs(near.upper - far.upper - 12) < 1e-6)
    }
  }

  @Test("the order of the points does not matter")
  func order() throws {
    let plain = try forecasts(Self.logX, Self.logY, at: Self.places).map(\.logY)
    let indices = Self.logX.indices.sorted { ($0 * 7) % 24 < ($1 * 7) % 24 }
    let shuffled = try forecasts(
      indices.map { Self.logX[$0] }, indices.map { Self.logY[$0] }, at: Self.places)
    #expect(zip(plain, shuffled).allSatisfy { abs($0 - $1.logY) < 1e-12 })
  }

  @Test("equal weights are no weights, and a point of almost no weight is absent")
  func weights() throws {
    let equal = try #require(
      GridPosterior(
        logX: Self.logX, logY: Self.logY, weights: [Double](repeating: 3, count: 24)))
    let plain = try forecasts(Self.logX, Self.logY, at: Self.places)
    for (one, other) in zip(equal.predict(at: Self.places), plain) {
      #expect(abs(one.logY - other.logY) < 1e-9)
    }
    var wild = Self.logY
    wild[20] += 0.5
    var weights = [Double](repeating: 1, count: 24)
    weights[20] = 1e-9
    let muted = try #require(GridPosterior(logX: Self.logX, logY: wild, weights: weights))
    for (one, other) in zip(muted.predict(at: Self.places), plain) {
      #expect(abs(one.logY - other.logY) < 0.02)
    }
  }

  @Test("noiseless 4-digit addition is foreseen from its first fourteen points")
  func fourDigitAddition() throws {
    // Caballero et al. 2023, section 5: the optimum of the released data as typed in design.
    func law(_ x: Double) -> Double {
      let bend =
        5.66290339565 * 0.0591930386862 * log1p(pow(x / 612.583616651, 1 / 0.0591930386862))
      return log(0.413884465683 + 2.27727230483 * pow(x, -0.0550773425874) * exp(-bend))
    }
    let x: [Double] = [160, 192, 256, 320, 384, 448, 480, 512, 544, 576, 608, 640, 672, 736]
    let beyond: [Double] = [800, 864, 928]
    let found = try forecasts(x.map { log($0) }, x.map(law), at: beyond.map { log($0) })
    for (x, forecast) in zip(beyond, found) {
      #expect(abs(forecast.logY - law(x)) < 0.005)
      #expect(forecast.distributions!.measurement.interval(0.9).contains(law(x)))
    }
  }

  @Test("a power law with a limit is foreseen far beyond the data")
  func powerLaw() throws {
    let law = { (logX: Double) in log(0.2 + exp(2 - 0.6 * logX)) }
    let found = try forecasts(Self.logX, Self.logX.map(law), at: [10])
    #expect(abs(found[0].logY - law(10)) < 0.02)
  }

  @Test("intervals widen with level and distance, and the curve is surer than a measurement")
  func intervals() throws {
    let found = try forecasts(Self.logX, Self.logY, at: Self.places)
    func width(_ range: NormalMixture.Interval) -> Double { range.upper - range.lower }
    for (near, far) in zip(found, found.dropFirst()) {
      #expect(
        width(near.distributions!.measurement.interval(0.9))
          < width(far.distributions!.measurement.interval(0.9)))
    }
    for forecast in found {
      #expect(
        width(forecast.distributions!.measurement.interval(0.5))
          < width(forecast.distributions!.measurement.interval(0.9)))
      #expect(forecast.distributions!.curve.variance < forecast.distributions!.measurement.variance)
      #expect(forecast.distributions!.measurement.interval(0.5).contains(forecast.logY))
    }
  }

  @Test("heavy tails of the residuals narrow the inner intervals and widen the outer ones")
  func tails() throws {
    let outlier = NoiseTails(of: [Double](repeating: 1, count: 40) + [8])
    let (plain, heavy) = try (
      #require(GridPosterior(logX: Self.logX, logY: Self.logY)),
      #require(GridPosterior(logX: Self.logX, logY: Self.logY, tails: outlier))
    )
    for (normal, heavy) in zip(plain.predict(at: Self.places), heavy.predict(at: Self.places)) {
      for keyPath in [\PosteriorForecast.Distributions.measurement, \.curve] {
        let ratio = [0.5, 0.99].map { level in
          let (own, usual) = (
            heavy.distributions![keyPath: keyPath].interval(level),
            normal.distributions![keyPath: keyPath].interval(level)
          )
          return (own.upper - own.lower) / (usual.upper - usual.lower)
        }
        #expect(ratio[0] < 0.9 && ratio[1] > 1.1)
      }
    }
  }

  @Test("the weighted laws average to the forecast where the data leave little in doubt")
  func laws() throws {
    let posterior = try #require(GridPosterior(logX: Self.logX, logY: Self.logY))
    let laws = posterior.laws()
    #expect(abs(laws.reduce(0) { $0 + $1.weight } - 1) < 0.01)
    let mean = laws.reduce(0) { $0 + $1.weight * log($1.law.value(atLogX: 7.8)) }
    #expect(abs(mean - posterior.predict(at: [7.8])[0].logY) < 0.005)
  }

  @Test(
    "few, equal and extreme points are answered with finite numbers",
    arguments: [
      ([0.0], [0.0]), ([0, 1, 2], [1, 1, 1]), ([1, 1, 1, 1], [0, 0.1, 0.2, 0.3]),
      ([0, 1, 2, 3], [0, 1, 2, 3]), ([-600, 600, 601], [500, -500, -501]),
      ([0, 1e-9, 2e-9], [0, -1, 3]),
      ([0, 1, 2, 3, 4, 5, 6, 7], [1, 0, -1, -2, -3, -4, -5, -700]),
    ])
  func degenerate(logX: [Double], logY: [Double]) throws {
    for forecast in try forecasts(logX, logY, at: [logX[logX.count - 1] + 1]) {
      let interval = forecast.distributions!.measurement.interval(0.95)
      #expect(forecast.logY.isFinite)
      #expect(interval.lower.isFinite && interval.upper.isFinite)
    }
  }

  @Test("ten thousand points are binned to the forecast of a hundred")
  func binned() throws {
    let law = { (logX: Double) in log(0.3 + exp(1 - 0.4 * logX)) }
    let logX = (0..<10_000).map { log(Double($0 + 20)) }
    let many = try forecasts(
      logX, logX.enumerated().map { law($1) + 0.01 * sin(Double($0 * $0)) }, at: [10])
    #expect(abs(many[0].logY - law(10)) < 0.01)
  }

  @Test("a cancelled fit ends without a result")
  func cancelled() {
    var polls = 0
    let posterior = GridPosterior(
      logX: Self.logX, logY: Self.logY,
      isCancelled: {
        polls += 1
        return polls > 20
      })
    #expect(posterior == nil && polls == 21)
  }
}

@Suite("The spike filter")
struct PosteriorSpikeFilterTests {
  @Test("a lone spike loses its weight, its neighbours keep theirs")
  func spike() {
    var level = (0..<30).map { -0.002 * Double($0) + 0.001 * sin(Double($0 * $0)) }
    level[12] += 0.3
    let weights = SpikeFilter.weights(of: level)
    #expect(weights[12] < 0.1)
    #expect(weights.enumerated().allSatisfy { $0 == 12 || $1 == 1 })
  }

  @Test("fewer than 20 points and either end are left alone")
  func untouched() {
    #expect(SpikeFilter.weights(of: (0..<19).map { $0 == 9 ? 5 : 0 }).allSatisfy { $0 == 1 })
    var level = (0..<30).map { 0.001 * sin(Double($0 * $0)) }
    level[29] += 1
    #expect(SpikeFilter.weights(of: level).allSatisfy { $0 == 1 })
  }
}

extension NormalMixture.Interval {
  fileprivate func contains(_ value: Double) -> Bool { lower <= value && value <= upper }
}
