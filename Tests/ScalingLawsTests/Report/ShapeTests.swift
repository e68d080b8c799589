import Glibc
import TestSupport
import Testing

@testable import ScalingLaws

@Suite("The course of a curve")
struct ShapeTests {
  private static func law(_ exponent: Double, _ breaks: (change: Double, place: Double)...)
    -> BrokenPowerLaw
  {
    BrokenPowerLaw(
      limit: 0.3, logCoefficient: log(2), exponent: exponent,
      breaks: breaks.map {
        .init(exponentChange: $0.change, logLocation: log($0.place), sharpness: 0.4)
      })
  }

  private func points(_ law: BrokenPowerLaw, at x: [Double], noise: Double) throws -> Points {
    var generator = SeededGenerator(seed: 1)
    return try Points(x: x, y: x.map { law.value(at: $0) * exp(noise * generator.normal()) })
  }

  private func fit(
    _ points: Points, breaks: Int, _ change: (inout FitOptions) -> Void = { _ in }
  ) throws -> FitReport {
    var options = FitOptions()
    options.breaks = .exactly(breaks)
    change(&options)
    return try BrokenPowerLaw.fit(points, options: options)
  }

  @Test(
    "a course is named by its stretches of better and worse",
    arguments: [
      (law(0.4), ShapeReport.Label.positive, ShapeReport.Label.inverse),
      (law(-0.2), .inverse, .positive),
      (law(0.5, (-1, 100)), .invertedU, .uShaped),
      (law(0.5, (-1, 20), (1, 500)), .doubleDescent, .multipleTurns),
      (law(0), .plateau, .plateau),
    ])
  func labels(law: BrokenPowerLaw, falling: ShapeReport.Label, rising: ShapeReport.Label) throws {
    let points = try SimulatedCurve(law, count: 60, noise: 0.003, seed: 2).points()
    let fallen = try fit(points, breaks: law.breaks.count)
    #expect(fallen.shape.inData == falling)
    #expect(!fallen.hasWarning("turning_point_extrapolated"))
    #expect(!fallen.hasWarning("turning_point_single_point"))
    let risen = try fit(points, breaks: law.breaks.count) { $0.direction = .higherIsBetter }
    #expect(risen.shape.inData == rising)
  }

  @Test("a turn beyond the data is a course of the forecast alone, and not to be believed")
  func extrapolated() throws {
    // The law turns at its break, where half of the change of -1 is done.
    let law = Self.law(0.5, (-1, 100))
    let x = (0..<60).map { exp(log(80) * Double($0) / 59) }
    let report = try fit(points(law, at: x, noise: 0.0005), breaks: 1)
    #expect(report.shape.inData == .positive)
    #expect(report.shape.label == .invertedU)
    let turn = try #require(report.shape.turningPoints.first)
    #expect(!turn.isInData && turn.pointsBeyond == 0 && turn.isMinimum)
    #expect((90...111).contains(try #require(turn.x)))
    let warning = try #require(
      report.warnings.first { $0.code == "turning_point_extrapolated" })
    #expect(warning.severity == .error)
  }

  @Test("a turn that one point carries says so")
  func singlePoint() throws {
    let law = Self.law(0.5, (-1, 100))
    let x = (0..<30).map { exp(log(70) * Double($0) / 29) } + [500]
    let report = try fit(points(law, at: x, noise: 0.002), breaks: 1)
    #expect(report.shape.inData == .invertedU)
    #expect(report.shape.withoutLargestPoint == .positive)
    #expect(report.shape.turningPoints.map(\.pointsBeyond) == [1])
    #expect(report.hasWarning("turning_point_single_point"))
  }

  @Test("known errors of many points judge a stretch by its own points, with and without the last")
  func manyKnownErrors() throws {
    // The rise at the end is less than two standard errors high, and more than two of a mean of two.
    let law = Self.law(0.5, (-1, 4000))
    let x = (0..<600).map { exp(log(1e4) * Double($0) / 599) }
    let sigma = log(law.value(at: 1e4) / law.value(at: 4000)) / 1.65
    let points = try Points(
      x: x, y: x.map(law.value(at:)),
      noise: .standardErrors(x.map { sigma * law.value(at: $0) }))
    let report = try fit(points, breaks: 1)
    #expect(report.shape.inData == .positive)
    #expect(report.shape.withoutLargestPoint == .positive)
  }
}

@Suite(
  "Measured courses", .enabled(if: MeasuredData.isPresent, "no data at BNSL_DATA"))
struct MeasuredShapeTests {
  private func doubleDescent(upTo last: Double) throws -> (Points, beyond: Points?) {
    let rows = try MeasuredData.table("double_descent_nlp_width.csv").map { row in
      (x: try #require(Double(row["n"]!)), y: try #require(Double(row["test_loss"]!)))
    }
    func points(_ isIncluded: (Double) -> Bool) throws -> Points? {
      let kept = rows.filter { isIncluded($0.x) }
      return kept.isEmpty ? nil : try Points(x: kept.map(\.x), y: kept.map(\.y))
    }
    return (try #require(try points { $0 <= last }), try points { $0 > last })
  }

  @Test("wider and wider transformers descend twice, turning near 80 and 201")
  func doubleDescent() throws {
    var options = FitOptions()
    options.breaks = .automatic(max: 2)
    let report = try BrokenPowerLaw.fit(try doubleDescent(upTo: .infinity).0, options: options)
    #expect(report.breaks.count == 2)
    #expect(report.shape.inData == .doubleDescent)
    let turns = report.shape.turningPoints
    #expect(turns.map(\.isMinimum) == [true, false])
    #expect(abs(try #require(turns[0].x) - 80) < 3)
    #expect(abs(try #require(turns[1].x) - 201) < 6)
    #expect(!report.hasWarning("turning_point_extrapolated"))
  }

  @Test("fitted before the second descent, the forecast past it is called not to be believed")
  func beforeTheTurn() throws {
    var options = FitOptions()
    options.breaks = .exactly(2)
    let report = try BrokenPowerLaw.fit(try doubleDescent(upTo: 192).0, options: options)
    #expect(report.shape.inData == .invertedU)
    #expect(report.warnings.contains { $0.severity == .error })
  }

  @Test("a weak rise of few trials is a trend, and neither an effect nor a break")
  func negatedQuestions() throws {
    let rows = try MeasuredData.table("inverse_scaling.csv").filter {
      $0["task"] == "neqa" && $0["family"] == "OPT"
    }
    func column(_ name: String) throws -> [Double] {
      try rows.map { try #require(Double($0[name]!)) }
    }
    let points = try Points(
      x: column("params"), y: column("y_accuracy"), noise: .trials(column("n_examples")))
    var options = FitOptions()
    options.direction = .higherIsBetter
    options.ceiling = 1
    options.randomGuess = 0.5
    let report = try BrokenPowerLaw.fit(points, options: options)
    #expect(report.breaks.isEmpty)
    let trend = report.shape.trend
    #expect(trend.slopePerDecade > 0)
    // By R: the slope of a line through these points, weighted by 1/(p (1 - p)/n), has a
    // two-sided p of .02; chi-square of no change on 6 degrees of freedom one of .23.
    #expect(abs(try #require(trend.p) - 0.02) < 0.01)
    #expect(abs(try #require(trend.pNoChange) - 0.23) < 0.01)
    #expect(report.hasWarning("noise_above_effect"))
    #expect(report.shape.betterThanRandom == 4)
  }
}
