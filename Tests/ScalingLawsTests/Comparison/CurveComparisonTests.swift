import Foundation
import TestSupport
import Testing

@testable import ScalingLaws

@Suite("A curve compared with a baseline", .computesAside)
struct CurveComparisonTests {
  /// y = a + b x^-c at twelve x from 1,000 on, with relative noise.
  private struct Power {
    var a: Double
    var b: Double
    var c: Double

    func callAsFunction(_ x: Double) -> Double { a + b * pow(x, -c) }

    func points(noise: Double = 0, _ random: inout SeededGenerator) throws -> Points {
      let x = (0..<12).map { 1000 * pow(2, Double($0)) }
      return try Points(x: x, y: x.map { self($0) * exp(noise * random.normal()) })
    }

    func report(
      noise: Double = 0, seed: UInt64 = 0, _ change: (inout FitOptions) -> Void = { _ in }
    ) throws -> FitReport {
      var options = FitOptions()
      change(&options)
      var random = SeededGenerator(seed: seed)
      return try BrokenPowerLaw.fit(points(noise: noise, &random), options: options)
    }
  }

  private let slow = Power(a: 0, b: 8, c: 0.1)
  private let fast = Power(a: 0, b: 100, c: 0.3)
  /// Where `fast` becomes better: (100/8)^5.
  private let crossing: Double = pow(12.5 as Double, 5 as Double)

  @Test("of exact laws the crossing, the multiplier, the difference and the slopes are exact")
  func exact() throws {
    let single: (inout FitOptions) -> Void = { $0.breaks = .exactly(0) }
    let comparison = try CurveComparison(
      of: fast.report(single), with: slow.report(single), at: [1e6, 1e8], seed: 0)
    let found = try #require(comparison.crossing)
    #expect(abs(found.x / crossing - 1) < 0.01)
    #expect(found.isBetterBeyond && found.place == .inData && found.decadesBeyond == 0)
    // 8 x^-0.1 = y.
    let needed = pow(8 / fast(1e6), 10) / 1e6
    #expect(abs(try #require(comparison.multipliers[0].value) / needed - 1) < 0.02)
    #expect(abs(try #require(comparison.differences[0].value) - (fast(1e6) - slow(1e6))) < 1e-9)
    #expect(abs(try #require(comparison.differences[0].ratio) - fast(1e6) / slow(1e6)) < 1e-9)
    #expect(abs(comparison.slopeDifference.value - -0.2) < 1e-6)
    #expect(comparison.differences[1].isBetter == true)
    #expect(abs(comparison.range.lowerBound / 1000 - 1) < 1e-12)
    #expect(abs(comparison.range.upperBound / 1e8 - 1) < 1e-12)
  }

  @Test("seen from the other curve, all is the same the other way round")
  func mirrored() throws {
    let (one, two) = (try fast.report(noise: 0.02, seed: 1), try slow.report(noise: 0.02, seed: 2))
    let there = try CurveComparison(of: one, with: two, at: [1e6, 1e8], seed: 0)
    let back = try CurveComparison(of: two, with: one, at: [1e6, 1e8], seed: 0)
    for (there, back) in zip(there.differences, back.differences) {
      #expect(there.value == back.value.map { -$0 })
      let sum = try #require(there.probabilityBetter) + #require(back.probabilityBetter)
      #expect(abs(sum - 1) < 0.05)
      let (lower, upper) = (try #require(there.lower), try #require(there.upper))
      #expect(abs(lower + (try #require(back.upper))) < 0.1 * (upper - lower))
    }
    #expect(there.crossing?.x == back.crossing?.x)
    #expect(there.crossing?.isBetterBeyond == true && back.crossing?.isBetterBeyond == false)
    let product = try #require(there.multipliers[0].value) * #require(back.multipliers[0].value)
    #expect(product > 0.1)
  }

  @Test("the draws of a curve are distributed as the interval of its mean")
  func draws() throws {
    let report = try fast.report(noise: 0.05, seed: 3)
    let source = try #require(report.source)
    let draws = CurveDraws(source.forecaster, count: 20_000, seed: 5, stream: 1)
    for x in [5e3, 1e6, 1e7, 1e9] {
      let prediction = try #require(report.forecast(at: x))
      let curve = try #require(source.forecaster.laws.curve(atLogX: log(x)))
      let values = draws.values(of: curve)
      let lower = try #require(prediction.meanLower)
      let upper = try #require(prediction.meanUpper)
      let inside = values.count { lower <= $0 && $0 <= upper }
      #expect(abs(Double(inside) / 20_000 - 0.9) < 0.01, "\(inside) at \(x)")
    }
  }

  @Test("intervals of the crossing and the difference contain the truth, and probabilities hold")
  func coverage() throws {
    var (crossings, differences, probability, wins) = (0, 0, 0.0, 0.0)
    let pairs = 40
    for seed in 0..<UInt64(pairs) {
      let comparison = try CurveComparison(
        of: fast.report(noise: 0.03, seed: 2 * seed),
        with: slow.report(noise: 0.03, seed: 2 * seed + 1), at: [3e5, 1e7], seed: seed)
      let found = try #require(comparison.crossing)
      if (found.lower ?? 0) <= crossing && crossing <= (found.upper ?? .infinity) { crossings += 1 }
      let difference = comparison.differences[1]
      let truth = fast(1e7) - slow(1e7)
      if try #require(difference.lower) <= truth && truth <= #require(difference.upper) {
        differences += 1
      }
      probability += try #require(comparison.differences[0].probabilityBetter)
      wins += fast(3e5) < slow(3e5) ? 1 : 0
    }
    // Of 90 in 100: 31 to 40 of 40 in 999 of 1,000 samples.
    #expect(crossings >= 31, "\(crossings)")
    #expect(differences >= 31, "\(differences)")
    // At 3e5, near the crossing, the better curve is known, but not for certain.
    #expect(abs(probability - wins) / Double(pairs) < 0.5)
  }

  @Test("curves that never cross have no crossing, and a baseline that levels off no multiplier")
  func apart() throws {
    let single: (inout FitOptions) -> Void = { $0.breaks = .exactly(0) }
    let floor = Power(a: 2, b: 100, c: 0.5)
    let comparison = try CurveComparison(
      of: fast.report(single), with: floor.report(single), at: [1e9], seed: 0)
    #expect(comparison.crossing?.isBetterBeyond == true)
    #expect(comparison.multipliers[0].value == nil)
    #expect(comparison.multipliers[0].reason?.contains("does not reach") == true)
    let above = Power(a: 0, b: 200, c: 0.3)
    let never = try CurveComparison(
      of: above.report(single), with: fast.report(single), at: [1e9], seed: 0)
    #expect(never.crossing == nil)
    #expect(never.differences[0].isBetter == false)
    #expect(abs(try #require(never.multipliers[0].value) - pow(0.5, 1 / 0.3)) < 0.01)
  }

  @Test("of progress towards smaller x all is as of the same curve against 1/x")
  func decreasing() throws {
    func comparison(_ isDecreasing: Bool) throws -> CurveComparison {
      func report(_ power: Power) throws -> FitReport {
        var random = SeededGenerator(seed: 0)
        let points = try power.points(&random)
        var options = FitOptions()
        options.breaks = .exactly(0)
        if !isDecreasing { return try BrokenPowerLaw.fit(points, options: options) }
        options.progress = .decreasing
        let mirrored = try Points(x: points.x.map { 1 / $0 }, y: points.y)
        return try BrokenPowerLaw.fit(mirrored, options: options)
      }
      return try CurveComparison(
        of: report(fast), with: report(slow), at: [isDecreasing ? 1e-6 : 1e6], seed: 0)
    }
    let (there, back) = (try comparison(false), try comparison(true))
    #expect(abs(try #require(there.crossing).x * #require(back.crossing).x - 1) < 1e-6)
    #expect(
      abs(try #require(there.multipliers[0].value) * #require(back.multipliers[0].value) - 1) < 1e-6
    )
    #expect(back.crossing?.isBetterBeyond == true)
  }

  @Test("what cannot be compared is refused, and without intervals there are values alone")
  func obstacles() throws {
    let plain = try fast.report()
    #expect(throws: CurveComparison.Obstacle.otherDirection) {
      try CurveComparison(
        of: plain, with: slow.report { $0.direction = .higherIsBetter }, at: [1e8], seed: 0)
    }
    #expect(throws: CurveComparison.Obstacle.otherProgress) {
      try CurveComparison(
        of: plain, with: slow.report { $0.progress = .decreasing }, at: [1e8], seed: 0)
    }
    let bare = try CurveComparison(
      of: plain, with: slow.report { $0.intervals.method = .none }, at: [1e8], seed: 0)
    #expect(bare.reasonWithoutIntervals == "intervals were not requested")
    #expect(bare.differences[0].value != nil && bare.differences[0].lower == nil)
    #expect(bare.crossing != nil && bare.differences[0].probabilityBetter == nil)
  }
}
