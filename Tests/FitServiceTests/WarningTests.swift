import Foundation
import ScalingLaws
import TestSupport
import Testing

@testable import FitService
@testable import Fits

/// Every warning, by a request that draws it and one, nearly the same, that does not.
@Suite("Warnings")
struct WarningTests {
  struct Example: CustomTestStringConvertible, Sendable {
    let code: WarningCode
    let severity: Notice.Severity
    /// Draws the warning; of several that hang on the noise, at least one does.
    let drawn: [String]
    /// Does not.
    let quiet: String

    init(
      _ code: WarningCode, _ severity: Notice.Severity, _ drawn: String, quiet: String
    ) {
      self.init(code, severity, any: [drawn], quiet: quiet)
    }

    init(
      _ code: WarningCode, _ severity: Notice.Severity, any drawn: [String], quiet: String
    ) {
      self.code = code
      self.severity = severity
      self.drawn = drawn
      self.quiet = quiet
    }

    var testDescription: String { "\(code.rawValue), \(severity.rawValue)" }
  }

  // MARK: Curves

  /// Points of a law that falls towards 0.3, by default with a bend at 300, over three decades.
  private static func points(
    _ count: Int = 60, from: Double = 10, to: Double = 10_000, exponent: Double = 0.2,
    bends: [BrokenPowerLaw.Break] = [
      .init(exponentChange: 0.6, logLocation: log(300), width: 0.2)
    ], noise: Double = 0.005, seed: UInt64 = 1
  ) -> (x: [Double], y: [Double]) {
    var generator = SeededGenerator(seed: seed)
    let law = BrokenPowerLaw(
      limit: 0.3, logCoefficient: log(3), exponent: exponent, breaks: bends)
    let x = (0..<count).map { from * pow(to / from, Double($0) / Double(count - 1)) }
    return (x, x.map { law.value(at: $0) * exp(noise * generator.normal()) })
  }

  private static func body(
    _ points: (x: [Double], y: [Double]) = points(), _ options: String = ""
  ) -> String {
    #"{"x":\#(points.x),"y":\#(points.y)\#(options.isEmpty ? "" : ",")\#(options)}"#
  }

  /// Each point twice, the two values apart by a relative difference.
  private static func pairs(_ difference: Double) -> (x: [Double], y: [Double]) {
    let (x, y) = points(20, noise: 0)
    return (
      x.flatMap { [$0, $0] }, y.flatMap { [$0 * (1 - difference), $0 * (1 + difference)] }
    )
  }

  /// A fall whose last point stands half as high again as it should.
  private static func lastPointUp(seed: UInt64) -> (x: [Double], y: [Double]) {
    var (x, y) = points(12, exponent: 0.3, bends: [], seed: seed)
    y[11] *= 1.5
    return (x, y)
  }

  /// Exact values over so short a range that its three constants are nearly interchangeable.
  private static let tinyRange = {
    let x = (0..<24).map { 100 + 0.05 * Double($0) }
    return (x: x, y: x.map { 0.5 + 2 * pow($0, -0.5) })
  }()

  /// A fall with one point a tenth too high.
  private static let pointUp = {
    var (x, y) = points(20, bends: [])
    y[9] *= 1.1
    return (x: x, y: y)
  }()

  private static let rising = [0.2, 0.35, 0.48, 0.6, 0.7, 0.77, 0.83, 0.87]

  /// A rise by less than the scatter of its points.
  private static let hidden = {
    var (x, y) = points(60, exponent: 0, bends: [], noise: 0.05)
    for index in y.indices { y[index] *= pow(x[index] / x[0], 0.009) }
    return (x: x, y: y)
  }()

  /// Two breaks of opposite changes, the second so many times farther.
  private static func overlapping(_ distance: Double) -> String {
    #""breaks":2,"fixed":{"c0":0.2,"c1":2,"c2":-2,"d1":50,"d2":\#(50 * distance),"#
      + #""f1":0.3,"f2":0.3}"#
  }

  private static func table(_ header: String) -> String {
    let (x, y) = points()
    return header + "\n" + zip(x, y).map { "\($0),\($1),7\n" }.joined()
  }

  private static let turning = BrokenPowerLaw.Break(
    exponentChange: -1, logLocation: log(3_000), width: 0.5)

  // MARK: The table

  static let examples: [Example] = [
    Example(.tooFewPoints, .warning, body(points(6, bends: [])), quiet: body(points(7, bends: []))),
    Example(
      .fewScales, .warning, body(points(30, from: 100, to: 250)),
      quiet: body(points(30, from: 100, to: 400))),
    Example(
      .repeatedXNoSigma, .info, body(pairs(1e-5), #""breaks":0"#), quiet: body(pairs(0.01))),
    Example(
      .noiseAboveEffect, .warning, body(points(20, exponent: 0, bends: [], noise: 0.05)),
      quiet: body(points(20, bends: [], noise: 0.05))),
    Example(
      .constantMetric, .warning, body(([1, 2, 4, 8, 16], [2, 2, 2, 2, 2])), quiet: body()),
    Example(
      .outlyingPoint, .info, body(pointUp, #""breaks":0"#),
      quiet: body(points(20, bends: []), #""breaks":0"#)),
    Example(
      .directionUnclear, .info, body(([1, 2, 4, 8, 16, 32, 64, 128], rising)),
      quiet: body(([1, 2, 4, 8, 16, 32, 64, 128], rising), #""direction":"higher_is_better""#)),
    Example(
      .directionUnclear, .info, body(hidden),
      quiet: body(hidden, #""direction":"higher_is_better""#)
    ),
    Example(
      .breakOutsideData, .error, body(points(), #""breaks":1,"fixed":{"d1":1e6}"#), quiet: body()),
    Example(
      .breakAtEdge, .warning, body(points(), #""breaks":1,"fixed":{"d1":9500}"#),
      quiet: body(points(), #""breaks":1,"fixed":{"d1":8500}"#)),
    Example(
      .fewPointsAfterBreak, .info, body(points(), #""breaks":1,"fixed":{"d1":7500}"#),
      quiet: body(points(), #""breaks":1,"fixed":{"d1":5000}"#)),
    Example(
      .bendsOverlap, .warning, body(points(), overlapping(1.2)),
      quiet: body(points(), overlapping(20))),
    Example(
      .selectionUnstable, .info, any: (0..<4).map { body(lastPointUp(seed: $0)) }, quiet: body()),
    Example(
      .parameterAtBound, .warning, body(points(), #""bounds":{"a":[0.5,1]}"#),
      quiet: body(points(), #""bounds":{"a":[0,1]}"#)),
    Example(
      .parameterUnidentified, .warning,
      any: (0..<4).map { body(points(30, bends: [], noise: 0.02, seed: $0), #""breaks":2"#) },
      quiet: body()),
    Example(
      .limitNotIdentified, .info, body(points(30, from: 10, to: 100, bends: [])),
      quiet: body()),
    Example(
      .covarianceUnavailable, .warning, body(points(6), #""breaks":1"#),
      quiet: body(points(), #""breaks":1"#)),
    Example(
      .lackOfFit, .warning,
      body(points(), #""breaks":0,"sigma":\#([Double](repeating: 0.005, count: 60))"#),
      quiet: body(points(), #""sigma":\#([Double](repeating: 0.01, count: 60))"#)),
    Example(.illConditioned, .warning, body(tinyRange, #""breaks":0"#), quiet: body()),
    Example(.residualPattern, .info, body(points(), #""breaks":0"#), quiet: body()),
    Example(
      .optimizerStopped, .warning,
      any: (0..<12).map { body(points(24, bends: [], noise: 0.05, seed: $0), #""breaks":5"#) },
      quiet: body()),
    Example(
      .extrapolationFar, .warning, body(points(), #""predict":[1e8]"#),
      quiet: body(points(), #""predict":[9e5]"#)),
    Example(
      .turningPointExtrapolated, .error,
      body(
        points(40, to: 1_000, exponent: 0.5, bends: [turning], noise: 0.0005),
        #""breaks":1,"fixed":{"c0":0.5,"c1":-1,"d1":3000,"f1":0.5},"predict":[10000]"#),
      quiet: body(
        points(40, to: 1_000, exponent: 0.5, bends: [turning], noise: 0.0005),
        #""breaks":1,"fixed":{"c0":0.5,"c1":-1,"d1":3000,"f1":0.5},"predict":[1100]"#)),
    Example(
      .turningPointSinglePoint, .warning, any: (0..<4).map { body(lastPointUp(seed: $0)) },
      quiet: body(points(12, exponent: 0.3, bends: []))),
    Example(
      .belowZeroPrediction, .warning,
      body(
        ([1, 10, 100, 1_000, 10_000], [10, 8, 6, 4, 2]),
        #""objective":"linear","breaks":0,"fixed":{"a":-20},"predict":[1e8]"#),
      quiet: body()),
    Example(
      .ceilingNotGiven, .warning,
      body(([1, 2, 4, 8, 16, 32, 64, 128], rising), #""direction":"higher_is_better""#),
      quiet: body(
        ([1, 2, 4, 8, 16, 32, 64, 128], rising), #""direction":"higher_is_better","ceiling":1"#)),
    Example(
      .lawAndForecastDisagree, .warning, body(points(), #""max_breaks":0,"predict":[1e5]"#),
      quiet: body(points(), #""predict":[1e5]"#)),
    Example(.cropped, .info, body(points(), #""crop":30"#), quiet: body(points(), #""crop":5"#)),
    Example(
      .objectiveChanged, .info, body(([1, 2, 4, 8, 16, 32], [3, 2, 1.2, 0.5, 0.1, 0])),
      quiet: body(([1, 2, 4, 8, 16, 32], [3, 2, 1.2, 0.5, 0.1, 0.05]))),
    Example(.columnsIgnored, .info, table("x,y,colour"), quiet: table("x,y,weight")),
    Example(
      .columnsGuessed, .info, "n_samples,n_writers,acc\n1,5,9\n2,7,6\n4,8,5\n8,9,4\n",
      quiet: "n_samples,acc\n1,9\n2,6\n4,5\n8,4\n"),
    Example(
      .columnsAmbiguous, .warning, "x,y,FLOP,loss\n1,9,1,8\n2,6,2,7\n4,5,4,6\n8,4,8,5\n",
      quiet: "x,y,FLOP\n1,9,1\n2,6,2\n4,5,4\n8,4,8\n"),
    Example(
      .perhapsPerCent, .info, "n,acc\n1,9\n2,26\n4,45\n8,54\n",
      quiet: "n,acc\n1,0.09\n2,0.26\n4,0.45\n8,0.54\n"),
    Example(
      .rowsLeftOut, .warning, "step,loss\n1,9\n2,6\n4,5\n8,4\n9,\n10,\n11,\n12,\n13,\n",
      quiet: "step,loss\n1,9\n2,6\n4,5\n8,4\n9,\n"),
    Example(
      .severalSeriesMixed, .warning,
      "step,loss,colour\n1,9,a\n2,6,a\n4,5,a\n1,19,b\n2,16,b\n4,15,b\n",
      quiet: "step,loss,colour\n1,9,a\n2,6,a\n4,5,a\n8,4,b\n16,3,b\n"),
    Example(
      .sigmaUnknown, .info, "n,acc,acc_std\n1,9,1\n2,6,0\n4,5,1\n8,4,1\n",
      quiet: "n,acc,acc_std\n1,9,1\n2,6,1\n4,5,1\n8,4,1\n"),
    Example(
      .rankedByFit, .info, body(points(), #""forms":["m2"]"#),
      quiet: body(points(), #""forms":["m2"],"held_out":5"#)),
    Example(.valueUnavailable, .info, body(points(4, bends: [])), quiet: body()),
  ]

  /// The warnings of an answer, by code and severity.
  private func warnings(_ body: String) throws -> [[String]] {
    let fit = try OfflineFit(Array(body.utf8))
    let root = try JSONDocument(fit.answer(.json)).root
    return try #require(root["warnings"]?.elements).map {
      [try #require($0["code"]?.string), try #require($0["severity"]?.string)]
    }
  }

  @Test("a warning is drawn by what it warns of, and by nothing else", arguments: examples)
  func drawn(example: Example) throws {
    let expected = [example.code.rawValue, example.severity.rawValue]
    let drawn = try example.drawn.map(warnings)
    #expect(drawn.contains { $0.contains(expected) }, "\(drawn)")
    let quiet = try warnings(example.quiet)
    #expect(!quiet.contains { $0[0] == expected[0] }, "\(quiet)")
  }

  @Test("the table has every code")
  func complete() {
    #expect(Set(Self.examples.map(\.code)) == Set(WarningCode.allCases))
  }

  /// Requests that draw a warning no longer, because there is nothing to warn of, or draw one that
  /// they did not.
  static let corrections: [(body: String, code: String, severity: String?)] = [
    // Replicates that scatter as their sigma says.
    (body(pairs(0.02), sigmas(pairs(0.02), 0.02)), "repeated_x_no_sigma", nil),
    // b is the law at x = 1, far below the data: in another unit of x it would be known.
    (
      body(([1_000, 2_000, 3_000, 4_000, 5_000], [30.1, 28.2, 27.5, 27.1, 27]), #""breaks":0"#),
      "parameter_unidentified", nil
    ),
    // The limit lies at the ceiling that was given.
    (
      body(
        ([120, 250, 460, 800, 1_500, 2_800], [0.7, 0.75, 0.78, 0.81, 0.84, 0.87]),
        #""direction":"higher_is_better","ceiling":1,"breaks":0"#),
      "parameter_at_bound", "info"
    ),
    // Its interval holds 0: a pure power law has no limit that the data show.
    (body(pure, #""breaks":0"#), "limit_not_identified", "info"),
    // Flat at chance, then a rise: no law without a break follows it, and yet it changes.
    (
      body(
        ([1, 10, 100, 1e3, 1e4, 1e5, 1e6], [0.25, 0.26, 0.25, 0.27, 0.32, 0.45, 0.62]),
        #""direction":"higher_is_better","ceiling":1,"breaks":0"#),
      "noise_above_effect", nil
    ),
    // Progress to smaller x: three points lie beyond the break, on its side.
    (
      body(mirrored(points()), #""x_direction":"decreasing","breaks":1,"fixed":{"d1":1.33333e-4}"#),
      "few_points_after_break", "info"
    ),
    (
      body(mirrored(points()), #""x_direction":"decreasing","breaks":1,"fixed":{"d1":0.075}"#),
      "few_points_after_break", nil
    ),
  ]

  private static func sigmas(_ points: (x: [Double], y: [Double]), _ share: Double) -> String {
    #""breaks":1,"sigma":\#(points.y.map { share * $0 })"#
  }

  private static func mirrored(_ points: (x: [Double], y: [Double])) -> (
    x: [Double], y: [Double]
  ) {
    (points.x.map { 1 / $0 }, points.y)
  }

  private static let pure = {
    let x = (0..<20).map { pow(2, Double($0 / 4)) }
    let scatter = [0.95, 1.05, 0.98, 1.02]
    return (x: x, y: (0..<20).map { 3 * pow(x[$0], -0.3) * scatter[$0 % 4] })
  }()

  @Test("no warning is false, and none is missing, where one was", arguments: corrections)
  func corrected(body: String, code: String, severity: String?) throws {
    let warnings = try warnings(body)
    #expect(warnings.first { $0[0] == code }.map { $0[1] } == severity, "\(warnings)")
  }

  @Test("a warning at an edge names the side with the points, and the objective's change its cause")
  func words() throws {
    func detail(_ body: String, _ code: String) throws -> String? {
      let fit = try OfflineFit(Array(body.utf8))
      let root = try JSONDocument(fit.answer(.json)).root
      return root["warnings"]?.elements?.first { $0["code"]?.string == code }?["detail"]?.string
    }
    let above = try detail(
      Self.body(Self.points(), #""breaks":1,"fixed":{"d1":9500}"#), "break_at_edge")
    #expect(above == "only 1 point lies above break 1 at x = 9500")
    let below = try detail(
      Self.body(Self.points(), #""breaks":1,"fixed":{"d1":10.5}"#), "break_at_edge")
    #expect(below == "only 1 point lies below break 1 at x = 10.5")
    let ceiling = try detail(
      Self.body(
        ([1, 2, 4, 8, 16, 32], [0.5, 0.7, 0.9, 0.97, 1, 1]),
        #""direction":"higher_is_better","ceiling":1"#), "objective_changed")
    #expect(
      ceiling == "some values lie at the ceiling, so residuals are taken on the log1p scale")
  }

  @Test("a far forecast weakens the answer, a nearer one is only told")
  func distance() throws {
    let points = Self.points(to: 100, exponent: 0.5, bends: [])
    #expect(
      try warnings(Self.body(points, #""predict":[1200]"#)).contains(["extrapolation_far", "info"]))
    #expect(
      try warnings(Self.body(points, #""predict":[1e8]"#))
        .contains(["extrapolation_far", "warning"]))
  }

  @Test("clean curves draw nothing above info", arguments: 0...2)
  func clean(breaks: Int) throws {
    let bends = [
      BrokenPowerLaw.Break(exponentChange: 0.6, logLocation: log(100), width: 0.2),
      BrokenPowerLaw.Break(exponentChange: -0.5, logLocation: log(1_500), width: 0.2),
    ]
    for seed in UInt64(0)..<4 {
      let points = Self.points(bends: Array(bends.prefix(breaks)), seed: seed)
      let grave = try warnings(Self.body(points)).filter { $0[1] != "info" }
      #expect(grave.isEmpty, "seed \(seed): \(grave)")
    }
  }
}
