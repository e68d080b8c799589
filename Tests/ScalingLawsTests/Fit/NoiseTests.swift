import Glibc
import TestSupport
import Testing

@testable import ScalingLaws

@Suite("Standard errors, weights, trials, replicates and outliers", .computesAside)
struct NoiseTests {
  private var curve: SimulatedCurve { .clear(breaks: 1, count: 30, noise: 0.02, seed: 31) }

  private func fit(_ points: Points, _ change: (inout FitOptions) -> Void = { _ in }) throws
    -> FitReport
  {
    var options = FitOptions()
    options.breaks = .exactly(1)
    change(&options)
    return try BrokenPowerLaw.fit(points, options: options)
  }

  private func errors(_ report: FitReport) -> [Double] {
    report.model.constants.map { $0.standardError ?? .nan }
  }

  @Test("equal relative errors and equal weights give the law of no knowledge")
  func equalNoise() throws {
    let plain = try fit(curve.points())
    let relative = try fit(curve.points(noise: .standardErrors(curve.y.map { 0.02 * $0 })))
    let weighted = try fit(curve.points(noise: .weights(curve.y.map { _ in 17 })))
    #expect(digits(relative.values, plain.values) >= 5)
    #expect(digits(weighted.values, plain.values) >= 5)
    #expect(digits(errors(weighted), errors(plain)) >= 5)
  }

  @Test("doubled standard errors double those of the constants, doubled weights do nothing")
  func doubling() throws {
    // Small enough for every constant to have a standard error of its own.
    let sigma = curve.x.map { 0.004 + 0.0004 * log($0) }
    let once = try fit(curve.points(noise: .standardErrors(sigma)))
    let doubled = try fit(curve.points(noise: .standardErrors(sigma.map { 2 * $0 })))
    #expect(digits(doubled.values, once.values) >= 5)
    #expect(digits(errors(doubled), errors(once).map { 2 * $0 }) >= 5)
    #expect(
      digits(doubled.model.quality.sumOfSquares, once.model.quality.sumOfSquares / 4) >= 10)
    let light = try fit(curve.points(noise: .weights(sigma)))
    let heavy = try fit(curve.points(noise: .weights(sigma.map { 2 * $0 })))
    #expect(digits(heavy.values, light.values) >= 5)
    #expect(digits(errors(heavy), errors(light)) >= 5)
  }

  @Test("a weight of 3 is the same as three replicates")
  func weightsAreReplicates() throws {
    let weights = curve.x.indices.map { Double(1 + $0 % 3) }
    let weighted = try fit(curve.points(noise: .weights(weights)))
    let indices = curve.x.indices.flatMap { Array(repeating: $0, count: 1 + $0 % 3) }
    let repeated = try fit(
      Points(x: indices.map { curve.x[$0] }, y: indices.map { curve.y[$0] }))
    #expect(digits(repeated.values, weighted.values) >= 5)
  }

  @Test("trials give binomial standard errors")
  func trials() throws {
    let x = curve.x
    let y = x.map { 0.05 + 0.6 * pow($0, -0.3) }
    let trials = x.indices.map { 200 + 50 * Double($0 % 4) }
    let byTrials = try fit(Points(x: x, y: y, noise: .trials(trials))) { $0.breaks = .exactly(0) }
    // (p (1 - p)/m)^(1/2) with p drawn half a trial from 0 and 1.
    let sigma = zip(y, trials).map { y, m in
      let p = (y * m + 0.5) / (m + 1)
      return (p * (1 - p) / m).squareRoot()
    }
    let bySigma = try fit(Points(x: x, y: y, noise: .standardErrors(sigma))) {
      $0.breaks = .exactly(0)
    }
    #expect(digits(byTrials[.a], bySigma[.a]) >= 6)
    #expect(digits(errors(byTrials), errors(bySigma)) >= 4)
  }

  @Test("proportions of 0 and 1 have trials too", arguments: [0.0, 1])
  func extremeProportions(extreme: Double) throws {
    let x: [Double] = [1, 2, 4, 8, 16, 32, 64, 128]
    let y = x.indices.map { $0 < 6 ? abs(extreme - 0.5 / Double($0 + 1)) : extreme }
    var options = FitOptions()
    options.direction = extreme == 1 ? .higherIsBetter : .lowerIsBetter
    let report = try BrokenPowerLaw.fit(
      Points(x: x, y: y, noise: .trials(x.map { _ in 100 })), options: options)
    #expect(report.predictions.allSatisfy { $0.y?.isFinite == true })
  }

  @Test("a law without breaks is that of Points at a precise x only when others count for nothing")
  func dominantPoint() throws {
    var sigma = curve.y.map { $0 }
    sigma[10] = 1e-6
    let report = try fit(curve.points(noise: .standardErrors(sigma)))
    let law = report.model.law
    #expect(digits(law.value(at: curve.x[10]), curve.y[10]) >= 5)
  }

  @Test("Huber's loss hardly feels an outlier", arguments: [0.5, 1.5])
  func outlier(factor: Double) throws {
    let truth = curve.law.value(at: 1e5)
    var y = curve.y
    y[22] *= factor
    let points = try Points(x: curve.x, y: y)
    func error(_ loss: FitOptions.Loss, _ points: Points) throws -> Double {
      let report = try fit(points) {
        $0.loss = loss
        $0.predictions = [1e5]
      }
      return abs(log(try #require(report.predictions[0].y) / truth))
    }
    let clean = try error(.squared, curve.points())
    let squared = try error(.squared, points)
    let robust = try error(.huber, points)
    #expect(robust < 0.5 * squared)
    #expect(robust < clean + 0.03)
  }

  @Test("without outliers Huber's loss gives nearly the same law")
  func huberWithoutOutliers() throws {
    let squared = try fit(curve.points())
    let huber = try fit(curve.points()) { $0.loss = .huber }
    #expect(digits(huber[.d(1)], squared[.d(1)]) >= 1)
    #expect(
      digits(huber.predictions.map { $0.y ?? .nan }, squared.predictions.map { $0.y ?? .nan }) >= 1)
  }
}
