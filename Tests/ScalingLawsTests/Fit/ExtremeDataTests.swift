import Glibc
import TestSupport
import Testing

@testable import ScalingLaws

@Suite("Data at the edges of what can be fitted", .computesAside)
struct ExtremeDataTests {
  private func isFinite(_ report: FitReport) -> Bool {
    report.predictions.allSatisfy { $0.y?.isFinite == true }
      && report.model.constants.allSatisfy { $0.value != nil || $0.log10 != nil }
  }

  @Test("x of 1e-3 and of 1e26, y of 1e-6 and of 1e6", arguments: [1e-3, 1e26], [1e-6, 1e6])
  func scales(x: Double, y: Double) throws {
    let curve = SimulatedCurve.clear(breaks: 1, count: 40, noise: 0.005, seed: 51)
    let report = try BrokenPowerLaw.fit(
      Points(x: curve.x.map { $0 * x }, y: curve.y.map { $0 * y }))
    #expect(report.breaks.count == 1)
    #expect(digits(report.breaks[0].x ?? .nan, x * curve.law.breaks[0].location) >= 1)
    for prediction in report.predictions {
      #expect(digits(prediction.y ?? .nan, y * curve.law.value(at: prediction.x / x)) >= 1)
    }
    #expect(isFinite(report))
  }

  @Test("a coefficient that no double holds is given by its logarithm")
  func hugeCoefficient() throws {
    let x = (0..<12).map { pow(10, 20 + 6 * Double($0) / 11) }
    // b = 1e20^15 = 1e300 times the first y.
    let y = x.map { 3e10 * pow($0 / 1e20, -15) }
    var options = FitOptions()
    options.breaks = .exactly(0)
    options.fixed[.a] = 0
    let report = try BrokenPowerLaw.fit(Points(x: x, y: y), options: options)
    let b = report.model.constants[1]
    #expect(b.value == nil)
    #expect(digits(b.log10 ?? .nan, log10(3e10) + 300) >= 8)
    #expect(digits(report[.c0], 15) >= 8)
  }

  @Test("zeros move the residuals to log1p, and the report says so")
  func zeros() throws {
    let x: [Double] = [1, 2, 4, 8, 16, 32, 64, 128]
    let report = try BrokenPowerLaw.fit(
      Points(x: x, y: [0.9, 0.7, 0.5, 0.3, 0.15, 0.05, 0, 0]))
    #expect(report.model.quality.objective == .log1p)
    #expect(report.hasWarning("objectiveChanged"))
    #expect(isFinite(report))
    #expect(report.model.quality.rmsle == nil)
    #expect(report.model.quality.msle != nil)
  }

  @Test("negative values move the residuals to the linear scale")
  func negative() throws {
    let x: [Double] = [1, 2, 4, 8, 16, 32, 64, 128]
    let report = try BrokenPowerLaw.fit(
      Points(x: x, y: x.map { -5 + 8 * pow($0, -0.5) }))
    #expect(report.model.quality.objective == .linear)
    #expect(report.model.quality.msle == nil)
    #expect(
      digits(report.predictions.map { $0.y ?? .nan }, [256, 1280].map { -5 + 8 * pow($0, -0.5) })
        >= 1.5)
  }

  @Test("the log objective refuses a zero, and says where it was measured")
  func logOfZero() {
    var options = FitOptions()
    options.objective = .given(.log)
    #expect(throws: FitError.outsideObjective(.log, x: 8, y: 0)) {
      try BrokenPowerLaw.fit(Points(x: [8, 1, 2, 4], y: [0, 3, 2, 1]), options: options)
    }
  }

  @Test("a constant metric is its own law", arguments: [5.0, 0, -3, 1e-300])
  func constant(y: Double) throws {
    let report = try BrokenPowerLaw.fit(
      Points(x: [1, 2, 3, 4, 5], y: Array(repeating: y, count: 5)))
    #expect(report.predictions.map { digits($0.y ?? .nan, y) }.min()! >= 13)
    #expect(report.breaks.isEmpty)
    #expect(report.hasWarning("constantMetric"))
    #expect(report.model.covarianceFault == .constantMetric)
    #expect(report.limit.value == .finite(report.model.law.value(at: 1)))
  }

  @Test("a metric that is constant but for one point still has a finite law", arguments: [0, 3, 7])
  func nearlyConstant(index: Int) throws {
    var y = Array(repeating: 2.0, count: 8)
    y[index] = 2.1
    let report = try BrokenPowerLaw.fit(Points(x: (1...8).map(Double.init), y: y))
    #expect(isFinite(report))
  }

  @Test("three points are enough for a law without breaks, and two distinct x are not")
  func fewPoints() throws {
    let x: [Double] = [1, 2, 4]
    let report = try BrokenPowerLaw.fit(Points(x: x, y: x.map { 1 + 2 / $0 }))
    #expect(report.breaks.isEmpty)
    #expect(isFinite(report))
    #expect(report.hasWarning("tooFewPoints"))
    #expect(throws: FitError.tooFewDistinctX(got: 2, needed: 3)) {
      try BrokenPowerLaw.fit(Points(x: [1, 2, 2, 1], y: [1, 2, 3, 4]))
    }
    var options = FitOptions()
    options.breaks = .exactly(2)
    #expect(throws: FitError.tooFewPoints(got: 8, needed: 9, breaks: 2)) {
      try BrokenPowerLaw.fit(
        Points(x: (1...8).map(Double.init), y: (1...8).map { 9 - Double($0) }), options: options)
    }
  }

  @Test("ten thousand points give the law of the few")
  func manyPoints() throws {
    let curve = SimulatedCurve.clear(breaks: 1, count: 10_000, noise: 0.02, seed: 52)
    var options = FitOptions()
    options.breaks = .exactly(1)
    let report = try BrokenPowerLaw.fit(curve.points(), options: options)
    for (constant, truth) in zip(
      report.model.constants,
      [
        curve.law.limit, exp(curve.law.logCoefficient), curve.law.exponent,
        curve.law.breaks[0].exponentChange, curve.law.breaks[0].location,
        curve.law.breaks[0].width,
      ])
    {
      let error = try #require(constant.standardError)
      #expect(abs((constant.value ?? .nan) - truth) < 4 * error, "\(constant.constant)")
    }
  }

  @Test("replicates of a few x are fitted", arguments: [3, 4])
  func fewDistinct(distinct: Int) throws {
    var generator = SeededGenerator(seed: 53)
    let x = (0..<40).map { pow(2, Double($0 % distinct)) }
    let report = try BrokenPowerLaw.fit(
      Points(x: x, y: x.map { 1 + 1 / $0 + 0.01 * generator.normal() }))
    #expect(isFinite(report))
    #expect(report.data.distinctCount == distinct)
  }

  @Test("a span of x of one part in 1e12 has a law on the data, and a word that it is no more")
  func narrowSpan() throws {
    let x = (0..<8).map { 1 + 1e-12 * Double($0) }
    let points = try Points(x: x, y: [1, 0.9, 0.85, 0.8, 0.79, 0.78, 0.77, 0.765])
    let report = try BrokenPowerLaw.fit(points)
    #expect(report.model.constants.allSatisfy { ($0.value ?? $0.log10)?.isFinite == true })
    #expect(try #require(report.model.quality.rmsle).rmsle < 0.02)
    #expect(report.hasWarning("fewScales"))
    #expect(report.hasWarning("extrapolationFar"))
  }

  @Test(
    "at the ends of the double range a power law is found as it is elsewhere",
    arguments: [(1e-300, 1.0), (1e300, 1), (1, 1e-300), (1, 1e300), (1e-300, 1e300)])
  func hugeAndTiny(x: Double, y: Double) throws {
    let points = try Points(
      x: (0..<9).map { x * pow(2, Double($0)) }, y: (0..<9).map { y * pow(0.8, Double($0)) })
    let report = try BrokenPowerLaw.fit(points)
    #expect(digits(report[.c0], -log2(0.8)) >= 6)
    #expect(report.shape.label == .positive)
    let truth = [9, 8 + log2(10)].map { y * pow(0.8, $0) }
    for (prediction, truth) in zip(report.predictions, truth) {
      #expect(digits(prediction.yLaw ?? .nan, truth) >= 6)
      #expect(prediction.lower ?? .nan <= truth && truth <= prediction.upper ?? .nan)
      #expect(abs(log((prediction.y ?? .nan) / truth)) < 0.4)
    }
  }

  @Test("weights and values that span the doubles have a law with a finite sum of squares")
  func wildWeights() throws {
    let points = try Points(
      x: [
        0.3893403806049801, 4.615046254080385e+168, 3.725899669975711e-48, 4.829887298535875e+184,
        0.9170187496699106, 0.3635736186086804, 2.5597311049926016e-07, 0.49148942893058034,
        0.563297450405818, 2.3062650489927218e+76, 0.901318392929126, 3.6927595854270687e+81,
        0.8950746808010877,
      ],
      y: [
        2.65662875073679e+176, 0.7011832903463854, 2.7147057865029106e+41, 5.922600412267992e-111,
        2.727857470469108e-116, 0.623183944920872, 0.5677044092022595, 1.7454074405406597e+255,
        0.5756802421351525, 0.9162526843130295, 3.718024478029965e-286, 0.5505934438893751,
        8.040206183957768e-287,
      ],
      noise: .weights([
        0.06516446705730106, 1.245081472937827e-239, 0.3636321947302332, 2.4862253001847035e-89,
        5.642421246876505e-194, 0.7837273283558731, 0.4165094176036397, 0.0743693395247611,
        9.706161995201575e-189, 379763290.5874701, 0.8327048164982696, 0.21037325471321977,
        2.7405883004207383e+285,
      ]))
    let report = try BrokenPowerLaw.fit(points)
    #expect(report.model.quality.sumOfSquares.isFinite)
    #expect(report.predictions.count == 2)
  }

  /// Each ended the process: the range of the limit was made from ends in the wrong order.
  static let nearMinusOne: [[Double]] = [
    [-0.9999999996, -0.9999999997, -0.9999999998, -0.9999999999],
    [0.5, -0.9, -0.999999999, -0.9999999999],
    [-1 + 0x1p-52, -1 + 0x1p-53, -1 + 0x1p-51, -1 + 0x1p-50],
    [-0.3, -0.6, -0.9, -1 + 0x1p-53],
  ]

  @Test("values next to -1, the end of log1p, have a finite law above it", arguments: nearMinusOne)
  func nextToMinusOne(y: [Double]) throws {
    let points = try Points(x: [1, 2, 4, 8], y: y)
    for method in [FitOptions.Intervals.Method.delta, .bootstrap] {
      var options = FitOptions()
      options.intervals.method = method
      let report = try BrokenPowerLaw.fit(points, options: options)
      #expect(report.model.quality.objective == .log1p)
      #expect(report.model.quality.sumOfSquares.isFinite)
      #expect(report.model.law.limit >= -1)
      // A forecast far beyond the points may be too large for a double.
      #expect(report.predictions.allSatisfy { ($0.y ?? 0) >= -1 && ($0.yLaw ?? .nan) >= -1 })
    }
  }

  @Test(
    "standard errors and weights at the ends of the doubles leave the law of the points",
    arguments: [Double.leastNonzeroMagnitude, 1e-200, 1e200, 1.7e308])
  func extremeNoise(size: Double) throws {
    let x: [Double] = [1, 2, 4, 8, 16, 32, 64]
    let y = x.map { 1 + 2 / $0 }
    let even = Array(repeating: size, count: x.count)
    for noise in [Noise.standardErrors(even), .weights(even)] {
      var options = FitOptions()
      options.forms = ComparisonForm.allCases
      let report = try BrokenPowerLaw.fit(Points(x: x, y: y, noise: noise), options: options)
      #expect(digits([report[.a], report[.b], report[.c0]], [1, 2, 1]) >= 9)
      #expect(report.comparison?.entries.count == 1 + ComparisonForm.allCases.count)
    }
    // Beside one point of weight 1 the others count for nothing, or for everything.
    var mixed = even
    mixed[3] = 1
    for noise in [Noise.standardErrors(mixed), .weights(mixed)] {
      let report = try BrokenPowerLaw.fit(Points(x: x, y: y, noise: noise))
      #expect(report.model.quality.sumOfSquares.isFinite)
      #expect(abs((report.predictions[0].yLaw ?? .nan) - (1 + 2 / 128)) < 0.01)
    }
  }

  @Test(
    "there is no law of least squares with fewer than 0 breaks or more than there are points for")
  func leastSquaresBreaks() throws {
    let points = try Points(x: [1, 2, 4, 8, 16], y: [3, 2, 1.5, 1.25, 1.1])
    for breaks in [-1, 1, .max, .min] {
      #expect(BrokenPowerLaw.leastSquares(points, breaks: breaks) == nil)
    }
    #expect(BrokenPowerLaw.leastSquares(points, breaks: 0) != nil)
  }

  @Test("bounds bring any two numbers in order")
  func bounds() {
    #expect(Bounds(2, 1) == Bounds(1, 2))
    #expect(Bounds(.nan, 1) == Bounds(-.infinity, .infinity))
    #expect(Bounds(3, 3).width == 0)
  }
}
