import TestSupport
import Testing

@testable import ScalingLaws

@Suite("RMSLE and RSLE")
struct LogErrorTests {
  /// Figures by NumPy 2: `s = (log(f) - log(m))**2`, `sqrt(s.mean())`, and
  /// `sqrt(s.mean() + s.std()/sqrt(len(s))) - sqrt(s.mean())`.
  static let figures: [(forecast: [Double], measured: [Double], rmsle: Double, rsle: Double)] = [
    (
      [0.5, 1.2, 0.9, 2.0], [0.55, 1.0, 1.0, 2.5], 0.16063861864360668, 0.024282189066916288
    ),
    (
      [0.760188, 0.637498, 0.562598], [0.75856477, 0.64768338, 0.55695445],
      0.010915772901408044, 0.002415947537921081
    ),
    ([2.718281828459045], [1], 1, 0), ([3, 4], [3, 4], 0, 0),
  ]

  @Test("both are the figures that NumPy gives", arguments: figures)
  func agreement(forecast: [Double], measured: [Double], rmsle: Double, rsle: Double) throws {
    let error = try #require(LogError(forecast: forecast, measured: measured))
    #expect(digits(error.rmsle, rmsle) >= 12)
    #expect(digits(error.rsle, rsle) >= 11)
  }

  @Test("swapping forecast and measurement changes nothing")
  func symmetry() {
    let a = [1.0, 2, 3]
    let b = [1.5, 1.9, 3.3]
    #expect(LogError(forecast: a, measured: b) == LogError(forecast: b, measured: a))
  }

  @Test(
    "values without a logarithm have no log error",
    arguments: [
      ([0.0], [1.0]), ([1], [0]), ([-1], [-1]), ([1, .nan], [1, 1]), ([.infinity], [1]), ([], []),
    ])
  func undefined(forecast: [Double], measured: [Double]) {
    #expect(LogError(forecast: forecast, measured: measured) == nil)
  }
}
