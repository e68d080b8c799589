import Glibc
import TestSupport
import Testing

@testable import ScalingLaws

@Suite("Fixed and bounded constants", .computesAside)
struct ConstraintTests {
  static let constants = Constant.all(breaks: 1)

  private var curve: SimulatedCurve { .clear(breaks: 1, count: 30, noise: 0.01, seed: 21) }

  private func fit(_ change: (inout FitOptions) -> Void = { _ in }) throws -> FitReport {
    var options = FitOptions()
    options.breaks = .exactly(1)
    change(&options)
    return try BrokenPowerLaw.fit(curve.points(), options: options)
  }

  @Test("holding a constant at its optimum changes no other", arguments: constants)
  func fixedAtOptimum(constant: Constant) throws {
    let free = try fit()
    let held = try fit { $0.fixed[constant] = free[constant] }
    #expect(digits(held[constant], free[constant]) >= 14)
    #expect(digits(held.values, free.values) >= 5)
    #expect(digits(held.model.quality.sumOfSquares, free.model.quality.sumOfSquares) >= 8)
    let estimate = try #require(held.model.constants.first { $0.constant == constant })
    #expect(estimate.isFixed && estimate.standardError == nil)
    #expect(held.model.correlation?.order.contains(constant) == false)
  }

  @Test("a constant fixed elsewhere stays there and costs something", arguments: constants)
  func fixedElsewhere(constant: Constant) throws {
    let free = try fit()
    let value = free[constant] * 1.2
    let held = try fit { $0.fixed[constant] = value }
    #expect(digits(held[constant], value) >= 14)
    #expect(held.model.quality.sumOfSquares > free.model.quality.sumOfSquares)
  }

  @Test("a range around the optimum changes nothing", arguments: constants)
  func wideRange(constant: Constant) throws {
    let free = try fit()
    let value = free[constant]
    let bounded = try fit { $0.bounds[constant] = (0.5 * value)...(2 * value) }
    #expect(digits(bounded.values, free.values) >= 5)
    #expect(bounded.model.constants.allSatisfy { !$0.isAtBound && !$0.isFixed })
  }

  @Test("a range beside the optimum holds the constant at its nearer end", arguments: constants)
  func narrowRange(constant: Constant) throws {
    let free = try fit()
    let end = free[constant] * 1.1
    let bounded = try fit { $0.bounds[constant] = end...(free[constant] * 1.5) }
    #expect(digits(bounded[constant], end) >= 9)
    let estimate = try #require(bounded.model.constants.first { $0.constant == constant })
    #expect(estimate.isAtBound && estimate.standardError == nil)
    #expect(bounded.hasWarning("parameterAtBound"))
  }

  @Test("a limit, a coefficient and exponents can all be fixed together")
  func severalFixed() throws {
    let report = try fit {
      $0.fixed = [.a: 0, .c0: 0, .f(1): 0.5]
    }
    #expect(report[.a] == 0)
    #expect(report[.c0] == 0)
    #expect(digits(report[.f(1)], 0.5) >= 15)
    #expect(report.model.correlation?.order == [.b, .c(1), .d(1)])
  }

  static let impossible: [(constant: Constant, range: ClosedRange<Double>, error: FitError)] = [
    (.d(1), 0...5, .impossibleConstant(.d(1), allowed: "greater than 0")),
    (.f(1), -1...1, .impossibleConstant(.f(1), allowed: "greater than 0")),
    (.b, -1...1, .impossibleConstant(.b, allowed: "a value or a range that excludes 0")),
    (.c(2), 0...1, .unknownConstant(.c(2), breaks: 1)),
  ]

  @Test("what no law can have is refused by name", arguments: impossible)
  func refusal(constant: Constant, range: ClosedRange<Double>, error: FitError) {
    #expect(throws: error) {
      try fit { options in options.bounds[constant] = range }
    }
  }

  @Test("a break's constant needs a given number of breaks")
  func automaticBreaks() {
    #expect(throws: FitError.unknownConstant(.d(1), breaks: nil)) {
      try fit {
        $0.breaks = .automatic(max: 2)
        $0.fixed[.d(1)] = 5
      }
    }
  }

  @Test(
    "a law that falls below 0 has no logarithm there, and ends no process",
    arguments: [
      (x: (1...20).map(Double.init), bounds: [Constant.a: -1.0...1.0], fixed: [:]),
      (x: (1...20).map(Double.init), bounds: [:], fixed: [Constant.a: -0.5]),
    ])
  func belowZero(
    x: [Double], bounds: [Constant: ClosedRange<Double>], fixed: [Constant: Double]
  ) throws {
    var options = FitOptions()
    (options.bounds, options.fixed) = (bounds, fixed)
    options.predictions = [100, 1000]
    let report = try BrokenPowerLaw.fit(
      Points(x: x, y: x.map { -0.5 + 2 * pow($0, -0.3) }), options: options)
    for prediction in report.predictions {
      for value in [prediction.y, prediction.lower, prediction.upper] {
        #expect(value?.isFinite != false)
      }
    }
  }

  @Test("four rising points below a bounded limit are answered")
  func fewRising() throws {
    var options = FitOptions()
    options.direction = .higherIsBetter
    options.bounds[.a] = 0...1
    let report = try BrokenPowerLaw.fit(
      Points(x: [1, 2, 4, 8], y: [0.3, 0.48, 0.6, 0.69]), options: options)
    #expect(report.predictions.count == 2)
  }

  /// Breaks at 30 and 1000: the exponent grows by 0.6, then falls by 0.5.
  private func twoBreaks(_ change: (inout FitOptions) -> Void) throws -> FitReport {
    let law = BrokenPowerLaw(
      limit: 0.1, logCoefficient: log(3), exponent: 0.1,
      breaks: [
        .init(exponentChange: 0.6, logLocation: log(30), width: 0.3),
        .init(exponentChange: -0.5, logLocation: log(1000), width: 0.3),
      ])
    let curve = SimulatedCurve(law, count: 60, noise: 0.003, seed: 4)
    var options = FitOptions()
    options.breaks = .exactly(2)
    change(&options)
    return try BrokenPowerLaw.fit(curve.points(), options: options)
  }

  @Test("a constant of one of two breaks is held, and that of the other is not")
  func namedBreak() throws {
    let free = try twoBreaks { _ in }
    #expect(digits(free[.c(1)], 0.6) >= 1 && digits(free[.c(2)], -0.5) >= 1)
    // The optimum's second break has this change: only the first may be held at it.
    let held = try twoBreaks { $0.fixed[.c(1)] = -0.5 }
    #expect(held[.c(1)] == -0.5)
    #expect(held[.d(1)] <= held[.d(2)])
    let other = try twoBreaks { $0.fixed[.c(2)] = 0.6 }
    #expect(other[.c(2)] == 0.6)
    #expect(other[.d(1)] <= other[.d(2)])
  }

  @Test("a place that only the other break would take is kept")
  func namedPlace() throws {
    let later = try twoBreaks { $0.bounds[.d(1)] = 500...5000 }
    #expect(later[.d(1)] >= 500 && later[.d(1)] <= 5000)
    #expect(later[.d(2)] >= later[.d(1)])
    let earlier = try twoBreaks { $0.bounds[.d(2)] = 10...100 }
    #expect(earlier[.d(2)] >= 10 && earlier[.d(2)] <= 100)
    #expect(earlier[.d(1)] <= earlier[.d(2)])
    let far = try twoBreaks { $0.fixed[.d(1)] = 1e9 }
    #expect(digits(far[.d(1)], 1e9) >= 13 && far[.d(2)] >= 1e9 * (1 - 1e-12))
  }

  @Test("breaks that cannot stand in their order are refused")
  func impossibleOrder() {
    #expect(
      throws: FitError.impossibleConstant(.d(2), allowed: "at or beyond d1: breaks ascend in x")
    ) {
      try twoBreaks { $0.fixed = [.d(1): 500, .d(2): 100] }
    }
  }

  @Test(
    "a coefficient above 0 with a ceiling is refused")
  func impossibleTogether() throws {
    do {
      _ = try fit {
        ($0.ceiling, $0.direction, $0.bounds[.b]) = (10, .higherIsBetter, 1...2)
      }
      Issue.record("b > 0 was accepted with a ceiling")
    } catch FitError.impossibleConstant(let constant, _) {
      #expect(constant == .b)
    }
  }

  @Test("constants that are held do not count as fitted")
  func degreesOfFreedom() throws {
    let points = try Points(
      x: [1, 2, 4, 8, 16, 32, 64, 128],
      y: [3.1, 2.39, 2.02, 1.71, 1.52, 1.36, 1.29, 1.19])
    var options = FitOptions()
    options.breaks = .exactly(0)
    options.fixed = [.a: 1, .c0: 0.5]
    let report = try BrokenPowerLaw.fit(points, options: options)
    // Only b is fitted.
    #expect(
      digits(
        report.model.quality.residualDeviation,
        (report.model.quality.sumOfSquares / 7).squareRoot()) >= 12)
  }

  @Test("a sign of b that the ceiling or the limit rules out is refused")
  func signs() throws {
    let points = try Points(x: [1, 2, 4, 8, 16], y: [0.3, 0.48, 0.6, 0.69, 0.74])
    func refuses(_ change: (inout FitOptions) -> Void) {
      var options = FitOptions()
      options.direction = .higherIsBetter
      change(&options)
      #expect(throws: FitError.self) { try BrokenPowerLaw.fit(points, options: options) }
    }
    refuses {
      $0.ceiling = 1
      $0.fixed[.b] = 0.5
    }
    refuses {
      $0.fixed[.a] = 1
      $0.fixed[.b] = 0.5
    }
    refuses {
      $0.fixed[.a] = 0
      $0.fixed[.b] = -0.5
    }
  }

  @Test("a rising metric whose limit is fixed below it grows as a power law")
  func risingFromLimit() throws {
    var options = FitOptions()
    options.breaks = .exactly(0)
    options.fixed[.a] = 0
    options.objective = .given(.linear)
    options.direction = .higherIsBetter
    options.predictions = [1.14]
    let report = try BrokenPowerLaw.fit(
      Points(x: [0.27, 0.34, 0.57], y: [383.51, 424.83, 511.48]), options: options)
    #expect(abs(report[.c0] + 0.3785) < 0.001)
    #expect(abs(try #require(report.predictions[0].y) - 666) < 1)
  }

  @Test("a constant metric obeys a fixed limit, and refuses what no constant can have")
  func constantMetric() throws {
    let points = try Points(x: [1, 2, 4, 8], y: [0.5, 0.5, 0.5, 0.5])
    var options = FitOptions()
    options.fixed[.a] = 0.2
    let report = try BrokenPowerLaw.fit(points, options: options)
    #expect(abs(report[.a] - 0.2) < 1e-12 && abs(report[.b] - 0.3) < 1e-12)
    options.fixed = [.c0: 0.5]
    #expect(throws: FitError.self) { try BrokenPowerLaw.fit(points, options: options) }
  }
}
