import TestSupport
import Testing

@testable import ScalingLaws

/// Figures by SciPy 1.17: `stats.norm`, `stats.t` and `stats.chi2`, their `cdf`, `ppf` and `sf`.
@Suite("Distributions")
struct DistributionsTests {
  static let normalProbabilities: [(z: Double, p: Double)] = [
    (-8, 6.22096057427174e-16), (-3, 0.0013498980316300933), (-0.5, 0.3085375387259869), (0, 0.5),
    (1, 0.8413447460685429), (2.5, 0.9937903346742238),
  ]

  @Test("normal probabilities", arguments: normalProbabilities)
  func normal(z: Double, p: Double) {
    #expect(digits(Normal.cumulative(z), p) >= 13)
  }

  static let normalQuantiles: [(p: Double, z: Double)] = [
    (1e-10, -6.361340902404056), (0.025, -1.9599639845400545), (0.5, 0),
    (0.95, 1.6448536269514722), (0.975, 1.959963984540054),
  ]

  @Test("normal quantiles", arguments: normalQuantiles)
  func normalQuantile(p: Double, z: Double) {
    #expect(digits(StudentT(degreesOfFreedom: .infinity).quantile(p), z) >= 13)
  }

  static let studentProbabilities: [(degrees: Double, t: Double, p: Double)] = [
    (1, -3, 0.10241638234956672), (1, -0.5, 0.35241638234956674), (1, 0, 0.5), (1, 1, 0.75),
    (1, 2.5, 0.8788810584091566), (2, -3, 0.04773298313335456), (2, 1, 0.7886751345948129),
    (3, -3, 0.02883444281121865), (3, 2.5, 0.9561466764959672), (8, -3, 0.008535840616891326),
    (8, 1, 0.8267032464563329), (30, -3, 0.0026949820328259727), (30, 2.5, 0.9909421754659666),
    (1000, -3, 0.0013833545221190963), (1000, 1, 0.8412237909576638),
    (.infinity, -3, 0.0013498980316300933),
  ]

  @Test("Student's probabilities", arguments: studentProbabilities)
  func student(degrees: Double, t: Double, p: Double) {
    // ln Gamma of 500 carries an absolute error of 1e-13.
    #expect(digits(StudentT(degreesOfFreedom: degrees).cumulative(t), p) >= 12)
  }

  static let studentQuantiles: [(degrees: Double, p: Double, t: Double)] = [
    (1, 0.025, -12.7062047361747), (1, 0.95, 6.313751514675037), (1, 0.9995, 636.6192487687897),
    (2, 0.975, 4.302652729749462), (2, 0.9995, 31.599054576445365),
    (3, 0.05, -2.353363434801824), (8, 0.95, 1.8595480375308973), (8, 0.9995, 5.041305433373456),
    (30, 0.975, 2.0422724563012378), (1000, 0.025, -1.9623390808264085),
    (.infinity, 0.975, 1.959963984540054),
  ]

  @Test("Student's quantiles", arguments: studentQuantiles)
  func studentQuantile(degrees: Double, p: Double, t: Double) {
    #expect(digits(StudentT(degreesOfFreedom: degrees).quantile(p), t) >= 11)
  }

  @Test(
    "a quantile goes back to its probability", arguments: [1.0, 4, 77], [1e-9, 0.3, 0.5, 0.99])
  func roundTrip(degrees: Double, p: Double) {
    let student = StudentT(degreesOfFreedom: degrees)
    #expect(digits(student.cumulative(student.quantile(p)), p) >= 12)
  }

  static let fishers: [(f: Double, numerator: Double, denominator: Double, p: Double)] = [
    (1, 1, 1, 0.5), (3.5, 2, 10, 0.07042962777237427), (0.2, 5, 3, 0.9423311143775628),
    (12, 3, 40, 9.654458319372945e-06), (250, 4, 2, 0.003988031920191553),
    (1e-6, 2, 7, 0.9999990000006429), (60, 1, 200, 4.656532823533405e-13), (0, 2, 3, 1),
    (-1, 2, 3, 1),
  ]

  @Test("probabilities beyond a ratio of variances, by stats.f.sf", arguments: fishers)
  func fisher(f: Double, numerator: Double, denominator: Double, p: Double) {
    #expect(
      digits(fisherSurvival(f, numerator: numerator, denominator: denominator), p) >= 10)
  }

  @Test("a quantile is infinite at probabilities 0 and 1, and no number beyond them")
  func endsOfQuantiles() {
    let student = StudentT(degreesOfFreedom: 3)
    #expect(student.quantile(0) == -.infinity)
    #expect(student.quantile(1) == .infinity)
    #expect(student.quantile(1.5).isNaN && student.quantile(.nan).isNaN)
  }

  @Test("a level next to 1 has wide intervals instead of none")
  func highestLevel() throws {
    let curve = SimulatedCurve.clear(breaks: 0, count: 20, noise: 0.01, seed: 3)
    var options = FitOptions()
    options.breaks = .exactly(0)
    let usual = try BrokenPowerLaw.fit(curve.points(), options: options)
    options.intervals.level = FitOptions.Intervals.highestLevel
    let highest = try BrokenPowerLaw.fit(curve.points(), options: options)
    for (narrow, wide) in zip(usual.predictions, highest.predictions) {
      let (lower, upper) = (try #require(wide.lower), try #require(wide.upper))
      #expect(lower < narrow.lower ?? -.infinity && upper > narrow.upper ?? .infinity)
    }
  }

  static let chiSquares: [(x: Double, degrees: Double, p: Double)] = [
    (0.1, 1, 0.7518296340458492), (3.84, 1, 0.05004352124870519), (10, 3, 0.01856613546304325),
    (5, 10, 0.8911780189141513), (30, 10, 0.000856641210775301),
    (100, 10, 5.4497019829205215e-17), (990, 1000, 0.5829461463551487),
    (1200, 1000, 1.2255942330622893e-05), (1e-8, 4, 1), (0, 4, 1), (-1, 4, 1),
  ]

  @Test("chi-square tails", arguments: chiSquares)
  func chiSquare(x: Double, degrees: Double, p: Double) {
    #expect(digits(chiSquareSurvival(x, degreesOfFreedom: degrees), p) >= 11)
  }

  @Test(
    "the regularized incomplete beta function has its closed forms",
    arguments: [0.0, 0.2, 0.5, 0.9, 1])
  func beta(x: Double) {
    #expect(digits(regularizedBeta(x, 1, 1), x) >= 14)
    #expect(digits(regularizedBeta(x, 3, 1), x * x * x) >= 13)
    #expect(digits(regularizedBeta(x, 2, 5) + regularizedBeta(1 - x, 5, 2), 1) >= 13)
  }
}
