import Glibc
import TestSupport
import Testing

@testable import ScalingLaws

@Suite("Rising metrics", .computesAside)
struct RisingMetricTests {
  private func options(ceiling: Double? = nil, predict: [Double]) -> FitOptions {
    var options = FitOptions()
    options.direction = .higherIsBetter
    options.ceiling = ceiling
    options.predictions = predict
    return options
  }

  private var error: SimulatedCurve { .clear(breaks: 1, count: 40, noise: 0.005, seed: 41) }
  /// The error curve within [0, 1], turned into an accuracy.
  private var scale: Double { 0.9 / error.y[0] }
  private var accuracy: [Double] { error.y.map { 1 - scale * $0 } }

  @Test("with a ceiling of 1 an accuracy is fitted exactly as its error")
  func knownCeiling() throws {
    var falling = FitOptions()
    falling.predictions = [2e4, 1e5]
    let direct = try BrokenPowerLaw.fit(
      Points(x: error.x, y: accuracy.map { 1 - $0 }), options: falling)
    let report = try BrokenPowerLaw.fit(
      Points(x: error.x, y: accuracy), options: options(ceiling: 1, predict: [2e4, 1e5]))
    for (d, r) in zip(direct.predictions, report.predictions) {
      #expect(digits(r.y ?? .nan, 1 - (d.y ?? .nan)) >= 9)
      #expect(digits(r.lower ?? .nan, 1 - (d.upper ?? .nan)) >= 7)
      #expect(digits(r.upper ?? .nan, 1 - (d.lower ?? .nan)) >= 7)
    }
    #expect(report.breaks.count == direct.breaks.count)
    #expect(report.model.law.sign == .negative)
    #expect(digits(report.model.law.limit, 1 - direct.model.law.limit) >= 8)
    #expect(digits(report.breaks[0].x ?? .nan, direct.breaks[0].x ?? .nan) >= 8)
    #expect(report.model.quality.reflectedAt == 1)
  }

  @Test("without a ceiling the forecast is nearly the same")
  func estimatedCeiling() throws {
    let report = try BrokenPowerLaw.fit(
      Points(x: error.x, y: accuracy), options: options(predict: [2e4, 1e5]))
    for prediction in report.predictions {
      let truth = 1 - scale * error.law.value(at: prediction.x)
      #expect(abs((prediction.y ?? .nan) - truth) < 0.02)
    }
  }

  @Test("an accuracy that rises to 0.97 is forecast above that and below 1")
  func saturating() throws {
    let x = (0..<25).map { pow(10, 4 * Double($0) / 24) }
    var generator = SeededGenerator(seed: 42)
    let y = x.map { 0.99 - 0.6 * pow($0, -0.37) + 0.001 * generator.normal() }
    let largest = try #require(y.max())
    #expect(abs(largest - 0.97) < 0.01)
    for ceiling in [1.0, nil] {
      let report = try BrokenPowerLaw.fit(
        Points(x: x, y: y), options: options(ceiling: ceiling, predict: [1e5, 1e6]))
      for prediction in report.predictions {
        let y = try #require(prediction.y)
        #expect(y > largest - 0.002 && y < 1)
      }
    }
  }

  @Test("a rating that starts below 0 and grows by its logarithm is carried on")
  func rating() throws {
    let x = (0..<20).map { pow(10, 3 * Double($0) / 19) }
    let y = x.map { -200 + 150 * log10($0) }
    let report = try BrokenPowerLaw.fit(
      Points(x: x, y: y), options: options(predict: [2000, 1e4]))
    // Truth: 295 and 400; the data end at 250.
    let forecasts = report.predictions.map { $0.y ?? .nan }
    #expect(abs(forecasts[0] - 295) < 5)
    #expect(abs(forecasts[1] - 400) < 20)
  }

  @Test("without a ceiling the law of a rising metric has a limit of its own, or grows")
  func unknownCeiling() throws {
    // Gains that shrink by an eighth at each doubling: 3131 + 81 (0.87 + 0.87^2 + ...) = 3673.
    let points = try Points(x: [0.5, 1, 2, 4], y: [2850, 2957, 3050, 3131])
    let report = try BrokenPowerLaw.fit(points, options: options(predict: [8, 180]))
    #expect(abs(report[.a] - 3673) < 20)
    #expect(abs((report.predictions[0].yLaw ?? .nan) - 3201) < 3)
    #expect(abs((report.predictions[1].yLaw ?? .nan) - 3420) < 20)
    // Gains that do not shrink have no limit.
    let even = try BrokenPowerLaw.fit(
      Points(x: [0.5, 1, 2, 4], y: [2850, 2950, 3050, 3150]), options: options(predict: [8]))
    #expect(even.limit.value == .unbounded(above: true))
    #expect(abs((even.predictions[0].yLaw ?? .nan) - 3250) < 10)
  }

  @Test("a validated point counts by its noise in the choice between a ceiling and growth")
  func validation() throws {
    let x = (0..<12).map { pow(2, Double($0)) }
    var y = x.map { 100 * pow($0, 0.2) }
    y[11] *= 0.6
    let sigma = x.indices.map { $0 == 11 ? 1e4 : 1.0 }
    let points = try Points(x: x, y: y, noise: .standardErrors(sigma))
    let report = try BrokenPowerLaw.fit(points, options: options(predict: [5000]))
    #expect(report.limit.value == .unbounded(above: true))
  }

  @Test("growth without bound is forecast as a growing power law", arguments: [0.2, 0.5])
  func growth(exponent: Double) throws {
    let curve = SimulatedCurve(
      BrokenPowerLaw(limit: 0, logCoefficient: log(20), exponent: -exponent), count: 30,
      decades: 3, noise: 0.003, seed: 43)
    let report = try BrokenPowerLaw.fit(
      curve.points(), options: options(predict: [2000, 1e4]))
    for prediction in report.predictions {
      let ratio = (prediction.y ?? .nan) / curve.law.value(at: prediction.x)
      #expect(abs(log(ratio)) < 0.03)
    }
    #expect(report.limit.value == .unbounded(above: true))
  }

  @Test("a ceiling below the data is refused")
  func lowCeiling() {
    #expect(throws: FitError.ceilingBelowData(ceiling: 0.5, largest: 0.6)) {
      try BrokenPowerLaw.fit(
        Points(x: [1, 2, 3, 4], y: [0.1, 0.4, 0.5, 0.6]),
        options: options(ceiling: 0.5, predict: [8]))
    }
  }

  @Test("a ceiling that the data reach is no fault")
  func touchedCeiling() throws {
    let report = try BrokenPowerLaw.fit(
      Points(x: [1, 2, 4, 8, 16, 32], y: [0.2, 0.5, 0.8, 0.9, 1, 1]),
      options: options(ceiling: 1, predict: [64]))
    #expect(abs((report.predictions[0].y ?? .nan) - 1) < 0.05)
  }
}
