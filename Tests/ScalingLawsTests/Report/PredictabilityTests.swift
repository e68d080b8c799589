import Glibc
import TestSupport
import Testing

@testable import ScalingLaws

@Suite("What the data cannot show", .computesAside)
struct PredictabilityTests {
  private func curve(limit: Double, noise: Double) -> SimulatedCurve {
    SimulatedCurve(
      BrokenPowerLaw(limit: limit, logCoefficient: 0, exponent: 0.3), count: 40, decades: 3,
      noise: noise, seed: 4)
  }

  private func report(_ points: Points, _ change: (inout FitOptions) -> Void = { _ in }) throws
    -> FitReport
  {
    var options = FitOptions()
    options.breaks = .exactly(0)
    change(&options)
    return try BrokenPowerLaw.fit(points, options: options)
  }

  @Test("the next break moves the last point by two deviations", arguments: [0, 1, 9.0])
  func threshold(limit: Double) throws {
    let curve = curve(limit: limit, noise: 0.001)
    let report = try report(curve.points())
    let place = try #require(report.predictability.nextBreakInvisibleBeyond)
    var broken = report.model.law
    let last = try #require(curve.x.last)
    let unbroken = broken.value(at: last)
    broken = BrokenPowerLaw(
      limit: broken.limit, logCoefficient: broken.logCoefficient, exponent: broken.exponent,
      breaks: [.init(exponentChange: 0.5, logLocation: log(place), width: 0.5)])
    let moved = abs(log(broken.value(at: last) / unbroken))
    // The excess moves by e^-m - 1 and not by m, which is small here.
    #expect(abs(moved / (2 * report.model.quality.residualDeviation) - 1) < 0.1)
  }

  @Test("noise that hides every break but one far before the last point still has a place")
  func muchNoise() throws {
    let curve = curve(limit: 0, noise: 0.001)
    // So much that e^(2 sigma/(c f)) exceeds any double.
    let sigma = curve.y.map { 100 * $0 }
    let report = try report(curve.points(noise: .standardErrors(sigma)))
    let place = try #require(report.predictability.nextBreakInvisibleBeyond)
    // ln d = ln x_max - 2 sigma/c, to e^-800.
    #expect(digits(log(place), log(1000) - 400) >= 2)
  }

  @Test("a break is detectable once the points beyond it tell it from none, and not before")
  func detectable() throws {
    let curve = SimulatedCurve(
      BrokenPowerLaw(
        limit: 0.2, logCoefficient: 0, exponent: 0.2,
        breaks: [.init(exponentChange: 0.8, logLocation: log(100), width: 0.1)]),
      count: 60, noise: 0.003, seed: 6)
    let report = try report(curve.points()) { $0.breaks = .exactly(1) }
    let from = try #require(report.breaks.first?.detectableFrom)
    #expect(curve.x.contains(from))
    #expect(from > 60 && from < 400)
    let plain = try self.report(self.curve(limit: 0.5, noise: 0.01).points()) {
      $0.breaks = .exactly(1)
    }
    #expect(plain.breaks.first?.detectableFrom == nil)
  }
}

@Suite("The measurement that would tell most", .computesAside)
struct MeasureNextTests {
  private let curve = SimulatedCurve(
    BrokenPowerLaw(limit: 0.5, logCoefficient: log(2), exponent: 0.3), count: 12, decades: 3,
    noise: 0.02, seed: 3)

  private func report(
    _ points: Points, _ change: (inout FitOptions) -> Void = { _ in }
  ) throws -> FitReport {
    var options = FitOptions()
    options.breaks = .exactly(0)
    options.predictions = [1e5]
    change(&options)
    return try BrokenPowerLaw.fit(points, options: options)
  }

  /// The standard error of ln y at 1e5, from the interval of the mean.
  private func error(_ report: FitReport) throws -> Double {
    let p = report.predictions[0]
    return log(try #require(p.meanUpper) / (try #require(p.meanLower)))
  }

  @Test("with one more point there the interval shrinks by the share that is told")
  func shrinkage() throws {
    // Known noise, so that the added point changes no estimate of it.
    func known(_ x: [Double], _ y: [Double]) throws -> Points {
      try Points(x: x, y: y, noise: .standardErrors(y.map { 0.02 * $0 }))
    }
    let before = try report(known(curve.x, curve.y))
    let next = try #require(before.measureNext)
    #expect(next.forecastAt == 1e5)
    #expect(next.x >= 1000 && next.x <= 2000 * 1.0001)
    // Measured where the law says, it moves no constant.
    let after = try report(
      known(curve.x + [next.x], curve.y + [before.model.law.value(at: next.x)]))
    let share = 1 - (try error(after)) / (try error(before))
    // The noise of a new point is taken as that of the mean point, on the log scale as here.
    #expect(abs(share - next.shrinkage) < 0.01)
    #expect(next.shrinkage > 0.1)
  }

  @Test("farther measurements tell more of a far forecast")
  func reach() throws {
    let near = try #require(try report(curve.points()) { $0.measureWithin = 1.1 }.measureNext)
    let far = try #require(try report(curve.points()) { $0.measureWithin = 10 }.measureNext)
    #expect(near.x <= 1100.1 && far.x > near.x && far.shrinkage > near.shrinkage)
  }

  @Test("without intervals, or a forecast beyond the data, there is nothing to say")
  func none() throws {
    #expect(try report(curve.points()) { $0.intervals.method = .none }.measureNext == nil)
    #expect(try report(curve.points()) { $0.predictions = [10] }.measureNext == nil)
  }
}
