import Glibc
import TestSupport
import Testing

@testable import ScalingLaws

@Suite("Intervals from resamples", .computesAside)
struct BootstrapTests {
  private func report(
    _ curve: SimulatedCurve, _ change: (inout FitOptions) -> Void = { _ in },
    noise: Noise = .unknown, execution: Execution = Execution()
  ) throws -> FitReport {
    var options = FitOptions()
    options.breaks = .exactly(1)
    options.predictions = [2e4, 1e5]
    change(&options)
    return try BrokenPowerLaw.fit(
      curve.points(noise: noise), options: options, execution: execution)
  }

  private func width(_ prediction: Prediction) throws -> Double {
    log(try #require(prediction.upper) / (try #require(prediction.lower)))
  }

  @Test("on a well determined law they agree with the linear propagation of the covariance")
  func agreesWithDelta() throws {
    let curve = SimulatedCurve.clear(breaks: 1, count: 60, noise: 0.005, seed: 3)
    let delta = try report(curve) { $0.intervals.method = .delta }
    let bootstrap = try report(curve) {
      $0.intervals.method = .bootstrap
      $0.intervals.samples = 400
    }
    for (a, b) in zip(delta.predictions, bootstrap.predictions) {
      #expect(a.y == b.y)
      #expect(abs(log(try width(a) / width(b))) < 0.35)
    }
    for (a, b) in zip(delta.model.constants, bootstrap.model.constants) {
      let ratio = try #require(a.standardError) / (try #require(b.standardError))
      #expect((0.6...1.6).contains(ratio), "\(a.constant): \(ratio)")
    }
  }

  @Test("known standard errors decide the width, whatever the residuals are")
  func knownErrors() throws {
    let curve = SimulatedCurve.clear(breaks: 1, count: 60, noise: 0.005, seed: 4)
    func intervals(_ sigma: Double) throws -> Double {
      let report = try report(
        curve, { $0.intervals.method = .bootstrap },
        noise: .standardErrors(curve.y.map { sigma * $0 }))
      return try width(report.predictions[0])
    }
    let ratio = try intervals(0.01) / intervals(0.005)
    #expect((1.7...2.4).contains(ratio))
  }

  @Test("a seed gives the same numbers in any order of work, another seed gives others")
  func reproducible() throws {
    let curve = SimulatedCurve.clear(breaks: 1, count: 30, noise: 0.01, seed: 5)
    func upper(seed: UInt64, _ execution: Execution = Execution()) throws -> [Double?] {
      try report(
        curve,
        {
          $0.intervals.method = .bootstrap
          $0.seed = seed
        }, execution: execution
      ).predictions.map(\.upper)
    }
    #expect(try upper(seed: 1) == upper(seed: 1, .backwards))
    #expect(try upper(seed: 1) != upper(seed: 2))
  }

  @Test("resamples do not repeat one another, near or far")
  func independent() throws {
    let curve = SimulatedCurve.clear(breaks: 0, count: 60, noise: 0.01, seed: 8)
    let search = LawSearch(
      try curve.points(), objective: .given(.log), isCancelled: { false })
    let fit = try #require(search.fit(breaks: 0))
    let exponents = Bootstrap(
      fit, search: search, count: 800, seed: 3, execution: Execution()
    ).laws.map(\.exponent)
    let mean = exponents.reduce(0, +) / Double(exponents.count)
    let deviations = exponents.map { $0 - mean }
    let square = deviations.reduce(0) { $0 + $1 * $1 }
    for lag in 1...4 {
      let products = zip(deviations, deviations.dropFirst(lag)).reduce(0) { $0 + $1.0 * $1.1 }
      // Four standard errors of the correlation of 800 independent numbers.
      #expect(abs(products / square) < 4 / 800.0.squareRoot(), "lag \(lag)")
    }
  }

  @Test("intervals of a break are asymmetric, and hold its place")
  func breakPlace() throws {
    let curve = SimulatedCurve.clear(breaks: 1, count: 40, noise: 0.01, seed: 6)
    let report = try report(curve) {
      $0.intervals.method = .bootstrap
      $0.intervals.level = 0.95
    }
    let place = try #require(report.model.constants.first { $0.constant == .d(1) })
    let (lower, upper) = (try #require(place.lower), try #require(place.upper))
    #expect((lower...upper).contains(exp(curve.law.breaks[0].logLocation)))
    let value = try #require(place.value)
    let (below, above) = (value - lower, upper - value)
    #expect(abs(above - below) > 0.01 * (above + below))
  }

  @Test("a combined forecast has them too")
  func combined() throws {
    let curve = SimulatedCurve.clear(breaks: 1, count: 40, noise: 0.01, seed: 7)
    let report = try report(curve) {
      $0.breaks = .automatic(max: 2)
      $0.intervals.method = .bootstrap
    }
    for prediction in report.predictions {
      let mean = (try #require(prediction.meanLower), try #require(prediction.meanUpper))
      #expect(mean.0 < mean.1)
      #expect(try #require(prediction.lower) <= mean.0)
      #expect(try #require(prediction.upper) >= mean.1)
    }
  }

  @Test("the level decides how many resamples there are at least")
  func sampleCount() {
    #expect(FitOptions.Intervals(method: .bootstrap, level: 0.9).resampleCount == 200)
    #expect(FitOptions.Intervals(method: .bootstrap, level: 0.99).resampleCount == 2000)
    #expect(FitOptions.Intervals(method: .bootstrap, level: 0.5, samples: 30).resampleCount == 40)
  }
}
