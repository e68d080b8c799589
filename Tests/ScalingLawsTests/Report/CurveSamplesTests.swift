import ScalingLaws
import TestSupport
import Testing

@Suite("Samples of the whole curve")
struct CurveSamplesTests {
  private let points: Points
  private let x = (0..<24).map { 10 * Double($0 + 1) }

  init() throws {
    let law = BrokenPowerLaw(
      limit: 0.4, logCoefficient: 1, exponent: 0.1,
      breaks: [.init(exponentChange: 1.2, logLocation: 4.2, width: 0.02)])
    let noise: [Double] = [0.002, -0.003, 0.001, -0.001]
    let y = x.enumerated().map { law.value(at: $1) * (1 + noise[$0 % 4]) }
    points = try Points(x: x, y: y)
  }

  private func fit(_ change: (inout FitOptions) -> Void) throws -> FitReport {
    var options = FitOptions()
    change(&options)
    return try BrokenPowerLaw.fit(points, options: options)
  }

  @Test("nobody who does not ask pays for them")
  func absent() throws {
    #expect(try fit { _ in }.curve.isEmpty)
  }

  @Test(
    "they run in order from the first x to the last that is asked for",
    arguments: [[1e4], [0.1], [0.1, 1e4], [50], [1e300]])
  func range(asked: [Double]) throws {
    let curve = try fit {
      $0.breaks = .exactly(1)
      $0.curveSamples = 40
      $0.predictions = asked
    }.curve
    let all = x + asked
    #expect(digits(try #require(curve.first).x, try #require(all.min())) >= 12)
    #expect(digits(try #require(curve.last).x, try #require(all.max())) >= 12)
    #expect(zip(curve, curve.dropFirst()).allSatisfy { $0.x < $1.x })
    #expect(curve.count { (10...240).contains($0.x) } >= 19)
  }

  @Test("a bend sharper than the grid is still drawn round")
  func bend() throws {
    let report = try fit {
      $0.breaks = .exactly(1)
      $0.curveSamples = 20
    }
    let starts = try #require(report.breaks.first?.starts)
    let ends = try #require(report.breaks.first?.ends)
    #expect(report.curve.count { (starts * 0.999...ends * 1.001).contains($0.x) } >= 5)
  }

  @Test(
    "each is the forecast at its x: the law exactly, the rest within what an eye can tell",
    arguments: [FitOptions.BreakCount.exactly(1), .automatic(max: 1)])
  func agreement(breaks: FitOptions.BreakCount) throws {
    let sampled = try fit {
      $0.breaks = breaks
      $0.curveSamples = 40
    }.curve
    let exact = try fit {
      $0.breaks = breaks
      $0.predictions = sampled.map(\.x)
    }.predictions
    for (sample, exact) in zip(sampled, exact) {
      #expect(digits(try #require(sample.yLaw), try #require(exact.yLaw)) >= 11)
      guard sample.x > 239 || breaks == .exactly(1) else {
        #expect(sample.y == nil && sample.lower == nil, "a combined forecast among the points")
        continue
      }
      let y = try #require(exact.y)
      for path in [\Prediction.y, \.lower, \.upper, \.meanLower, \.meanUpper] {
        let got = try #require(sample[keyPath: path])
        let wanted = try #require(exact[keyPath: path])
        #expect(abs(got - wanted) < 0.01 * y, "\(sample.x) \(path)")
      }
    }
  }
}
