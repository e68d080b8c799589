import Glibc
import TestSupport
import Testing

@testable import ScalingLaws

@Suite("Where a forecast reaches a value")
struct SolvedTargetTests {
  private let curve = SimulatedCurve(
    BrokenPowerLaw(limit: 0.5, logCoefficient: log(2), exponent: 0.3), count: 12, noise: 0.05,
    seed: 8)

  private func solve(
    _ targets: [Double], _ change: (inout FitOptions) -> Void = { _ in }
  ) throws -> (solved: [SolvedTarget], report: FitReport) {
    var options = FitOptions()
    options.breaks = .exactly(0)
    options.solveFor = targets
    change(&options)
    let report = try BrokenPowerLaw.fit(curve.points(), options: options)
    return (report.solved, report)
  }

  /// The forecasts of the same fit at some x.
  private func forecasts(at x: [Double]) throws -> [Prediction] {
    try solve([]) { $0.predictions = x }.report.predictions
  }

  @Test("x has the value, and at the edges the ends of the mean's interval have it")
  func roots() throws {
    let solved = try #require(try solve([1]).solved.first)
    let x = try #require(solved.x)
    let (lower, upper) = (try #require(solved.lower), try #require(solved.upper))
    #expect(lower < x && x < upper)
    #expect(!solved.isExtrapolated)
    let at = try forecasts(at: [lower, x, upper])
    #expect(digits(try #require(at[0].meanLower), 1) >= 8)
    #expect(digits(try #require(at[1].y), 1) >= 8)
    #expect(digits(try #require(at[2].meanUpper), 1) >= 8)
  }

  @Test("an edge that is past the value where the data begin leaves the interval open")
  func openAtTheStart() throws {
    let start = try forecasts(at: [1])[0]
    // Between the forecast at the first point and the lower end of its interval.
    let target = 0.5 * (try #require(start.y) + (try #require(start.meanLower)))
    let solved = try #require(try solve([target]).solved.first)
    let x = try #require(solved.x)
    #expect(x > 1 && solved.lower == nil)
    #expect(try #require(solved.upper) > x)
  }

  @Test("an edge that never gets there leaves the interval open, and a value out of reach says so")
  func openAtTheEnd() throws {
    let (solved, report) = try solve([report(\.limit), 0.01])
    #expect(solved[0].x == nil || solved[0].upper == nil)
    #expect(solved[1].x == nil && solved[1].lower == nil && solved[1].upper == nil)
    let reason = try #require(solved[1].reason)
    #expect(reason.hasPrefix("the forecast does not have this value within 12 decades"))
    #expect(report.limit.value == .finite(report.model.law.limit))
  }

  private func report(_ path: KeyPath<BrokenPowerLaw, Double>) throws -> Double {
    try solve([]).report.model.law[keyPath: path] * 1.0001
  }

  @Test("towards smaller x and upwards the edges change their places")
  func mirrored() throws {
    let mirrored = try Points(x: curve.x.map { 1 / $0 }, y: curve.y.map { 4 - $0 })
    var options = FitOptions()
    options.breaks = .exactly(0)
    options.progress = .decreasing
    options.direction = .higherIsBetter
    options.ceiling = 4
    options.solveFor = [3]
    let solved = try #require(try BrokenPowerLaw.fit(mirrored, options: options).solved.first)
    let x = try #require(solved.x)
    #expect(try #require(solved.lower) < x && x < (try #require(solved.upper)))
    let plain = try #require(try solve([1]).solved.first?.x)
    #expect(digits(x, 1 / plain) >= 6)
  }
}
