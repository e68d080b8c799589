import Foundation
import Jobs
import Testing

@testable import FitService
@testable import Fits
@testable import ScalingLaws

@Suite("Fit answers")
struct FitAnswerTests {
  /// A report of one break, every member told apart by its value.
  static func report(
    law: BrokenPowerLaw = BrokenPowerLaw(
      limit: 0.4, logCoefficient: log(2), exponent: 0.05,
      breaks: [.init(exponentChange: 5, logLocation: log(600), width: 0.06)])
  ) -> FitReport {
    FitReport(
      data: .init(count: 14, distinctCount: 13, xMin: 160, xMax: 736, used: 12),
      model: FittedLaw(
        law: law,
        constants: [
          ConstantEstimate(
            constant: .a, value: 0.4, standardError: 0.1, lower: 0.2, upper: 0.6, isFixed: false,
            isAtBound: true),
          ConstantEstimate(
            constant: .b, value: nil, log10: 400, standardError: nil, lower: nil, upper: nil,
            isFixed: true, isAtBound: false),
        ],
        correlation: .init(order: [.a], matrix: [[1]]), covarianceFault: nil,
        quality: Quality(
          objective: .log1p, reflectedAt: nil, sumOfSquares: 1.5, msle: 0.25,
          rmsle: LogError(forecast: [1, 1], measured: [1, 1]), r2: 0.99, aicc: nil,
          residualDeviation: 0.5, residualAutocorrelation: .nan, isConverged: true,
          stoppedBecause: "the step was small")),
      forecast: Forecast(kind: .single, members: [.init(law: law, hasPrior: false, weight: 1)]),
      predictions: [
        Prediction(
          x: 800, y: 0.76, yLaw: 0.75, lower: 0.7, upper: 0.8, meanLower: 0.71, meanUpper: 0.79,
          isExtrapolated: true, decadesBeyond: 0.036)
      ],
      heldOut: HeldOutScore(
        count: 1, rmsle: LogError(forecast: [1], measured: [1]), insideInterval: 1,
        predictions: [
          Prediction(
            x: 736, y: 1, yLaw: 1, lower: nil, upper: nil, meanLower: nil, meanUpper: nil,
            isExtrapolated: false, decadesBeyond: 0)
        ], y: [1]),
      breaks: [
        BreakReport(
          index: 1, x: 612.6, log10X: 2.787, lower: 603, upper: 621, y: 1.68, starts: 537.9,
          ends: 697.7, slopeBefore: -0.055, slopeAfter: -5.718, sharpness: .sharp,
          pointsBefore: 11, pointsAfter: 3, place: .inData, detectableFrom: 544)
      ],
      segments: [
        Segment(
          index: 1, from: nil, to: 612.6, exponent: -0.055, slopeReached: -0.06, coefficient: 2,
          log10Coefficient: 0.3,
          largestGap: 0.2)
      ],
      limit: LimitReport(value: .finite(0.4), lower: 0.2, upper: 0.6),
      shape: ShapeReport(
        inData: .positive, label: .uShaped, isMonotone: false,
        turningPoints: [
          .init(
            x: 900, log10X: 2.95, y: 0.5, isMinimum: true, isInData: false, decadesBeyond: 0.1,
            pointsBeyond: 0, depth: nil, depthInDeviations: nil)
        ],
        inflections: [.init(x: 396.8, log10X: 2.6, axes: .linear, isInData: true)],
        trend: .init(slopePerDecade: -1.1, p: 0.01, pNoChange: nil), withoutLargestPoint: .positive,
        returnsToStart: 950, betterThanRandom: 3),
      predictability: Predictability(
        nextBreakInvisibleBeyond: 900, assumedExponentChange: 5.66, assumedWidth: 0.059),
      selection: SelectionReport(
        method: .holdOut, chosen: 1,
        candidates: [
          .init(breaks: 0, sumOfSquares: 9, aicc: -1, validationError: 0.1)
        ], effectiveCount: 10),
      solved: [
        SolvedTarget(
          y: 0.5, x: nil, lower: nil, upper: nil, isExtrapolated: false, reason: "never")
      ], measureNext: MeasureNext(x: 1200, forecastAt: 928, shrinkage: 0.25),
      warnings: [.fewScales(decades: 0.4)])
  }

  static func answer(_ report: FitReport = report()) throws -> FitAnswer {
    let request = try #require(try FitRequestTests.decode(FitRequestTests.body("")).request)
    return FitAnswer(
      report: report, request: request, options: request.canonical.options,
      timing: .init(queued: .microseconds(1500), fit: .milliseconds(20)))
  }

  /// The text of the member at a path such as "model/constants/b".
  private func text(_ path: String, of answer: FitAnswer) throws -> String? {
    let root = try JSONDocument(JSONWriter.bytes(of: answer)).root
    let value = path.split(separator: "/").reduce(Optional(root)) { value, name in
      switch value {
      case .object(let object): object[String(name)]
      case .array(let elements): Int(name).flatMap { elements[$0] }
      default: nil
      }
    }
    return value.map { String(decoding: JSONWriter.bytes(of: $0), as: UTF8.self) }
  }

  @Test(
    "every part of a report is told in the API's names",
    arguments: [
      ("engine_version", #""\#(Engine.version)""#),
      ("timing_ms", #"{"queued":1.5,"fit":20}"#),
      ("data", #"{"n":14,"distinct_x":13,"x_min":160,"x_max":736,"used":12}"#),
      ("model/form", #""bnsl""#),
      ("model/breaks", "1"),
      ("model/equation", #""y = a + b*x^(-c0) * (1 + (x/d1)^(1/f1))^(-c1*f1)""#),
      ("model/constants/a", #"{"value":0.4,"se":0.1,"lower":0.2,"upper":0.6,"at_bound":true}"#),
      (
        "model/constants/b",
        #"{"value":null,"log10":400,"se":null,"lower":null,"upper":null,"fixed":true}"#
      ),
      ("model/correlation", #"{"order":["a"],"matrix":[[1]]}"#),
      (
        "quality",
        #"{"objective":"log1p","sum_of_squares":1.5,"msle":0.25,"rmsle":0,"rsle":0,"r2":0.99,"#
          + #""aicc":null,"residual_sd":0.5,"residual_autocorrelation":null,"converged":true,"#
          + #""stopped_because":"the step was small"}"#
      ),
      ("forecast/kind", #""single""#),
      ("forecast/members/0/weight", "1"),
      ("forecast/members/0/constants/c1", #"{"value":5}"#),
      (
        "predictions/0",
        #"{"x":800,"y":0.76,"y_law":0.75,"lower":0.7,"upper":0.8,"mean_lower":0.71,"#
          + #""mean_upper":0.79,"extrapolated":true,"decades_beyond":0.036}"#
      ),
      ("held_out/n", "1"),
      ("held_out/inside_interval", "1"),
      ("held_out/predictions/0/measured", "1"),
      (
        "breaks/0",
        #"{"index":1,"x":612.6,"log10_x":2.787,"lower":603,"upper":621,"y":1.68,"starts":537.9,"#
          + #""ends":697.7,"slope_before":-0.055,"slope_after":-5.718,"sharpness":"sharp","#
          + #""points_before":11,"points_after":3,"where":"in_data","detectable_from":544}"#
      ),
      (
        "segments/0",
        #"{"index":1,"from":null,"to":612.6,"exponent":-0.055,"#
          + #""slope_reached":-0.06,"coefficient":{"value":2,"log10":0.3},"largest_gap":0.2}"#
      ),
      ("limit", #"{"x_to_infinity":0.4,"lower":0.2,"upper":0.6}"#),
      (
        "selection",
        #"{"method":"holdout","chosen":1,"effective_points":10,"candidates":[{"breaks":0,"#
          + #""sum_of_squares":9,"aicc":-1,"validation_error":0.1}]}"#
      ),
      (
        "warnings/0",
        #"{"code":"few_scales","severity":"warning","detail":"the data span 0.4 decades of x","#
          + #""hint":"Measure at smaller or larger x; smaller is cheaper and helps as well."}"#
      ),
      ("shape/label", #""u_shaped""#),
      ("shape/in_data", #""positive""#),
      ("shape/monotone", "false"),
      (
        "shape/turning_points/0",
        #"{"x":900,"log10_x":2.95,"y":0.5,"kind":"minimum","where":"extrapolated","#
          + #""decades_beyond":0.1,"points_beyond":0,"depth":null,"depth_in_deviations":null}"#
      ),
      (
        "shape/inflections/0",
        #"{"x":396.8,"log10_x":2.6,"axes":"linear","where":"in_data"}"#
      ),
      ("shape/trend", #"{"slope_per_decade":-1.1,"p":0.01,"p_no_change":null}"#),
      ("shape/evidence", #"{"without_largest_point":"positive"}"#),
      ("shape/returns_to_start", "950"),
      ("shape/better_than_random", "3"),
      (
        "predictability",
        #"{"next_break_invisible_beyond":{"x":900,"for":{"c":5.66,"f":0.059}}}"#
      ),
      (
        "solved/0",
        #"{"y":0.5,"x":null,"lower":null,"upper":null,"extrapolated":false,"reason":"never"}"#
      ),
      (
        "measure_next",
        #"{"x":1200,"why":"it would shrink the standard error of the law at 928 by 25 %","#
          + #""forecast_at":928,"shrinkage":0.25}"#
      ),
      ("request/breaks", #""auto""#),
    ])
  func names(path: String, expected: String) throws {
    #expect(try text(path, of: try Self.answer()) == expected)
  }

  @Test("a number that does not exist is null, and a warning says why")
  func omissions() throws {
    let detail = try text("warnings/1/detail", of: try Self.answer())
    #expect(
      detail
        == #""null in the answer: /model/constants/b/value (no double can hold it); "#
        + #"/quality/aicc (too few points for its correction)""#)
  }

  @Test("a standard error that would mislead beside its interval is null, and a warning says why")
  func missingError() throws {
    var report = Self.report()
    report.model.constants[0].standardError = nil
    let detail = try #require(try text("warnings/1/detail", of: try Self.answer(report)))
    #expect(
      detail.contains("/model/constants/a/se (its double exceeds the value: see the interval)"))
  }

  @Test("forms are told with their constants, and with a warning when ranked by their fit")
  func comparison() throws {
    var options = FitOptions()
    options.forms = [.m2]
    let x = [1.0, 2, 4, 8, 16, 32]
    let points = try Points(x: x, y: x.map { 0.5 + 2 / $0 })
    let ranked = try #require(try BrokenPowerLaw.fit(points, options: options).comparison)
    var report = Self.report()
    report.comparison = ranked
    let index = try #require(ranked.entries.firstIndex { $0.form == .m2 })
    let path = "comparison/\(index)"
    let answer = try Self.answer(report)
    #expect(try text(path + "/form", of: answer) == #""m2""#)
    #expect(try text(path + "/held_out_rmsle", of: answer) == "null")
    #expect(try text(path + "/equation", of: answer) == #""y = eps + beta*x^c""#)
    let floor = try #require(
      try text(path + "/constants/eps/value", of: answer).flatMap(Double.init))
    #expect(abs(floor - 0.5) < 1e-6)
    #expect(try text("comparison/\(1 - index)/form", of: answer) == #""bnsl""#)
    #expect(try text("warnings/1/code", of: answer) == #""ranked_by_fit""#)
  }

  @Test("a law without bound has no limit")
  func unbounded() throws {
    var report = Self.report()
    report.limit = LimitReport(value: .unbounded(above: true), lower: nil, upper: nil)
    #expect(
      try text("limit", of: try Self.answer(report))
        == #"{"x_to_infinity":null,"unbounded":"above","lower":null,"upper":null}"#)
  }

  @Test("the summary has the break, the slopes, the forecast, what was asked, and the caution")
  func summary() {
    #expect(
      Self.report().summary
        == "One break at about 613 (bend from 538 to 698): slope -0.055 before, -5.72 after. "
        + "Forecast 0.76 (0.7 to 0.8) at 800. No x for 0.5: never. "
        + "1 point held out: RMSLE 0, 1 of 1 inside the interval. Caution: the data span 0.4 decades of x."
    )
  }

  @Test("the summary says when the forecast and the reported law differ")
  func difference() {
    var report = Self.report()
    report.warnings = []
    report.solved = [
      SolvedTarget(y: 0.5, x: 3e4, lower: 2e4, upper: 5e4, isExtrapolated: true, reason: nil)
    ]
    report.heldOut = nil
    #expect(report.summary.hasSuffix(" It is 0.5 at 3e+04 (2e+04 to 5e+04)."))
    report.solved = []
    report.forecast = Forecast(kind: .combined, members: report.forecast.members)
    #expect(
      report.summary.hasSuffix(
        "It averages 1 law; the reported law alone gives 0.75 there."))
  }

  @Test("a slope of zero has no sign")
  func zero() { #expect((-0.0).rounded(3) == "0") }

  @Test("the summary gives slopes that the curve has, and no limit that the data do not show")
  func slopesAndLimits() {
    var report = Self.report()
    report.breaks += [report.breaks[0]]
    report.segments = [-0.06, 0.6, -2.4].enumerated().map { index, slope in
      var segment = report.segments[0]
      (segment.index, segment.exponent, segment.slopeReached) = (index + 1, 10 * slope, slope)
      return segment
    }
    #expect(
      report.summary.hasPrefix("Two breaks at about 613 and 613: slopes -0.06, 0.6, -2.4."))
    report.breaks = []
    report.model.law = BrokenPowerLaw(limit: 0.4, logCoefficient: 0, exponent: 0.5)
    #expect(
      report.summary.hasPrefix("No break: one power law with slope -0.5 towards a limit of 0.4. "))
    report.warnings = [.limitNotIdentified]
    #expect(
      report.summary.hasPrefix(
        "No break: one power law with slope -0.5; the data do not determine its limit. "))
    report.limit = LimitReport(value: .unbounded(above: true))
    #expect(report.summary.hasPrefix("No break: one power law with slope -0.5, still rising. "))
  }

  @Test("the summary of an answer not to be used says so")
  func useless() {
    var report = Self.report()
    var outside = report.breaks[0]
    outside.place = .beyondData
    report.warnings.append(.breakOutsideData(outside))
    #expect(
      report.summary.hasSuffix("Do not rely on this: break 1 at 612.6 lies outside the data."))
  }
}

extension FitReport {
  fileprivate var summary: String { summary(cautioningBy: notices) }
}
