import Glibc
import TestSupport
import Testing

@testable import ScalingLaws

@Suite("The course of a curve", .computesAside)
struct ShapeTests {
  private static func law(_ exponent: Double, _ breaks: (change: Double, place: Double)...)
    -> BrokenPowerLaw
  {
    BrokenPowerLaw(
      limit: 0.3, logCoefficient: log(2), exponent: exponent,
      breaks: breaks.map {
        .init(exponentChange: $0.change, logLocation: log($0.place), width: 0.4)
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
    #expect(!fallen.hasWarning("turningPointExtrapolated"))
    #expect(!fallen.hasWarning("turningPointSinglePoint"))
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
    #expect(report.hasWarning("turningPointExtrapolated"))
  }

  @Test("a turn that one point carries says so")
  func singlePoint() throws {
    let law = Self.law(0.5, (-1, 100))
    let x = (0..<30).map { exp(log(70) * Double($0) / 29) } + [500]
    let report = try fit(points(law, at: x, noise: 0.002), breaks: 1)
    #expect(report.shape.inData == .invertedU)
    #expect(report.shape.withoutLargestPoint == .positive)
    #expect(report.shape.turningPoints.map(\.pointsBeyond) == [1])
    #expect(report.hasWarning("turningPointSinglePoint"))
  }

  @Test(
    "known errors judge a stretch by all its points, few of which show nothing",
    arguments: [60, 600])
  func knownErrors(count: Int) throws {
    // The rise at the end is less than two standard errors of a point high: 7 points do not show
    // it, and 70 do.
    let law = Self.law(0.5, (-1, 4000))
    let x = (0..<count).map { exp(log(1e4) * Double($0) / Double(count - 1)) }
    let sigma = log(law.value(at: 1e4) / law.value(at: 4000)) / 1.65
    let points = try Points(
      x: x, y: x.map(law.value(at:)),
      noise: .standardErrors(x.map { sigma * law.value(at: $0) }))
    let report = try fit(points, breaks: 1)
    #expect(report.shape.inData == (count == 60 ? .positive : .invertedU))
    #expect(report.shape.withoutLargestPoint == report.shape.inData)
  }

  @Test("the law's swing between neighbouring points is no course of the curve")
  func swingBetweenPoints() throws {
    // Falls at every point; the law given falls and rises again between 4 and 8.
    let x = (0..<14).map { pow(2, Double($0)) }
    let points = try Points(x: x, y: x.map { 0.3 + 2 * pow($0, -0.4) })
    let report = try fit(points, breaks: 3) {
      $0.fixed = [
        .c(1): 10, .c(2): -20, .c(3): 10, .d(1): 4.5, .d(2): 5.5, .d(3): 6.7, .f(1): 0.01,
        .f(2): 0.01, .f(3): 0.01,
      ]
    }
    #expect(report.shape.turningPoints.count == 2)
    #expect(report.shape.inData == .positive && report.shape.label == .positive)
  }

  @Test("a point that lies apart makes no double descent, and is told", arguments: [1.03, 1.2])
  func outlier(factor: Double) throws {
    var curve = SimulatedCurve(Self.law(0.4), count: 24, noise: 0.001, seed: 5)
    curve.y[11] *= factor
    for breaks in [0, 2] {
      let report = try fit(curve.points(), breaks: breaks)
      #expect(report.shape.inData == .positive && report.shape.label == .positive)
      if breaks == 0 { #expect(report.hasWarning("outlyingPoint")) }
    }
  }

  @Test("a turn at a measured x counts, and label and summary of the data agree")
  func replicatesTurn() throws {
    // Three seeds at each x; a minimum at 32 and a flat rise beyond, each within the noise of a
    // seed.
    var generator = SeededGenerator(seed: 12)
    let means: [Double] = [0.95, 0.88, 0.77, 0.65, 0.71, 0.73, 0.735, 0.73]
    let x = (0..<24).map { 4 * pow(2, Double($0 / 3)) }
    let points = try Points(
      x: x, y: (0..<24).map { means[$0 / 3] * exp(0.03 * generator.normal()) })
    let report = try fit(points, breaks: 1) { $0.predictions = [1024, 4096] }
    #expect(report.shape.inData == .invertedU && report.shape.label == .invertedU)
    #expect(!report.hasWarning("turningPointExtrapolated"))
  }

  @Test("beyond the data the course is that of the forecast, not of the reported law")
  func courseOfTheForecast() throws {
    let curve = SimulatedCurve(Self.law(0.4), count: 20, noise: 0.002, seed: 3)
    var report = try fit(curve.points(), breaks: 0)
    #expect(report.shape.label == .positive)
    // The same law with a forecast that rises.
    report.predictions[1].y = 2
    let search = LawSearch(
      try curve.points(), objective: .automatic, isCancelled: { false })
    let law = LawReport(
      try #require(search.fit(breaks: 0)), search: search, intervals: .init(method: .none))
    let seen = law.courses(report.shape.trend, options: FitOptions())
    #expect(seen == [true])
    let courses = law.courses(
      seen, beyondDataBy: report.predictions, try curve.points(), options: FitOptions())
    #expect(ShapeReport.Label(courses: courses) == .invertedU)
  }

  @Test("chance that scatters more than its trials say is a plateau")
  func overdispersedChance() throws {
    let y = [0.26, 0.261, 0.25, 0.254, 0.246, 0.249, 0.267, 0.262]
    let points = try Points(
      x: (0..<8).map { pow(3, Double($0)) }, y: y,
      noise: .trials(Array(repeating: 14_000, count: 8)))
    var options = FitOptions()
    options.direction = .higherIsBetter
    options.ceiling = 1
    options.predictions = [1e5]
    let report = try BrokenPowerLaw.fit(points, options: options)
    #expect(report.shape.inData == .plateau && report.shape.label == .plateau)
    #expect(report.hasWarning("lackOfFit") && report.hasWarning("noiseAboveEffect"))
    #expect(try #require(report.shape.trend.p) > 0.3)
  }
}

@Suite("Bends that overlap", .computesAside)
struct OverlapTests {
  @Test(
    "the slope that the law reaches between two breaks, near and far apart", arguments: [1.2, 100])
  func reached(distance: Double) throws {
    let law = BrokenPowerLaw(
      limit: 0.3, logCoefficient: log(2), exponent: 0.3,
      breaks: [
        .init(exponentChange: 2, logLocation: log(20), width: 0.3),
        .init(exponentChange: -2, logLocation: log(20 * distance), width: 0.3),
      ])
    let curve = SimulatedCurve(law, count: 40, noise: 0.001, seed: 4)
    var options = FitOptions()
    options.breaks = .exactly(2)
    options.fixed = [
      .c0: 0.3, .c(1): 2, .c(2): -2, .d(1): 20, .d(2): 20 * distance, .f(1): 0.3, .f(2): 0.3,
    ]
    let report = try BrokenPowerLaw.fit(curve.points(), options: options)
    let middle = report.segments[1]
    #expect(digits(middle.exponent, -2.3) >= 8)
    let isFar = distance > 2
    #expect((abs(middle.slopeReached + 2.3) < 0.01) == isFar)
    #expect(report.hasWarning("bendsOverlap") == !isFar)
    // Before the first break and after the last one the law comes to its exponents.
    #expect(report.segments[0].slopeReached == report.segments[0].exponent)
    #expect(report.segments[2].slopeReached == report.segments[2].exponent)
  }
}

@Suite(
  "Measured courses", .computesAside, .enabled(if: MeasuredData.isPresent, "no data at BNSL_DATA"))
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
    #expect(!report.hasWarning("turningPointExtrapolated"))
  }

  @Test("fitted before the second descent, the forecast past it is called not to be believed")
  func beforeTheTurn() throws {
    var options = FitOptions()
    options.breaks = .exactly(2)
    let report = try BrokenPowerLaw.fit(try doubleDescent(upTo: 192).0, options: options)
    #expect(report.shape.inData == .invertedU)
    #expect(report.hasWarning("turningPointExtrapolated") || report.hasWarning("breakOutsideData"))
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
    #expect(report.hasWarning("noiseAboveEffect"))
    #expect(report.shape.betterThanRandom == 4)
  }
}
