import Glibc
import TestSupport
import Testing

@testable import ScalingLaws

@Suite("Fixed and bounded constants")
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
    #expect(digits(held.model.quality.sumOfSquares, free.model.quality.sumOfSquares) >= 10)
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
    #expect(bounded.hasWarning("parameter_at_bound"))
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
    "a law that may fall below 0 has no forecast where the objective admits none, and ends no process",
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
    #expect(report.hasWarning("below_zero_prediction"))
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
}
