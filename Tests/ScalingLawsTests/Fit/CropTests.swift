import Glibc
import TestSupport
import Testing

@testable import ScalingLaws

@Suite("Leaving out the points before an old break", .computesAside)
struct CropTests {
  @Test("a given crop keeps the points from that x on, and says so")
  func given() throws {
    let curve = SimulatedCurve.clear(breaks: 0, count: 40, noise: 0.005, seed: 1)
    var options = FitOptions()
    options.crop = .from(10)
    let cropped = try BrokenPowerLaw.fit(curve.points(), options: options)
    options.crop = .none
    let indices = curve.x.indices.filter { curve.x[$0] >= 10 }
    let alone = try BrokenPowerLaw.fit(curve.points().selecting(indices), options: options)
    #expect(cropped.values == alone.values)
    #expect(cropped.predictions.map(\.y) == alone.predictions.map(\.y))
    #expect(cropped.data.count == 40)
    #expect(cropped.data.used == indices.count)
    #expect(cropped.crop?.from == 10)
    #expect(cropped.hasWarning("cropped"))
    #expect(!alone.hasWarning("cropped"))
  }

  @Test("with x decreasing, the points above the given x are left out")
  func decreasing() throws {
    let curve = SimulatedCurve.clear(breaks: 0, count: 40, noise: 0.005, seed: 2)
    var options = FitOptions()
    options.progress = .decreasing
    options.crop = .from(100)
    let report = try BrokenPowerLaw.fit(
      Points(x: curve.x.map { 1e4 / $0 }, y: curve.y), options: options)
    #expect(report.data.used == curve.x.filter { 1e4 / $0 <= 100 }.count)
  }

  @Test("one law that holds all along is not cropped", arguments: UInt64(1)...12)
  func oneLaw(seed: UInt64) throws {
    let curve = SimulatedCurve.clear(breaks: 1, count: 60, noise: 0.005, seed: seed)
    var options = FitOptions()
    options.crop = .automatic
    let report = try BrokenPowerLaw.fit(curve.points(), options: options)
    let crop = try #require(report.crop)
    #expect(crop.candidates.first?.from == nil)
    #expect(crop.from == nil)
    #expect(!report.hasWarning("cropped"))
    #expect(report.data.used == 60)
  }

  @Test("a y that the objective does not admit is refused by its place, not met in validation")
  func outsideObjective() throws {
    let curve = SimulatedCurve.clear(breaks: 1, count: 40, noise: 0.005, seed: 1)
    for index in [0, 20] {
      var y = curve.y
      y[index] = -1
      var options = FitOptions()
      options.crop = .automatic
      options.objective = .given(.log)
      let points = try Points(x: curve.x, y: y)
      #expect(throws: FitError.outsideObjective(.log, x: curve.x[index], y: -1)) {
        try BrokenPowerLaw.fit(points, options: options)
      }
    }
  }

  @Test("a bounded coefficient is bounded in validation too")
  func boundedCoefficient() throws {
    // Far from x = 1, where a bound on b means another one on the curve's own scale.
    let x = (0..<40).map { 1e6 * pow(10, 3 * Double($0) / 39) }
    let y = x.map { 0.2 + 300 * pow($0, -0.4) }
    let points = try Points(x: x, y: y)
    var options = FitOptions()
    options.bounds[.b] = 299...301
    options.crop = .automatic
    let report = try BrokenPowerLaw.fit(points, options: options)
    let all = try #require(report.crop?.candidates.first)
    #expect(all.validationError < 1e-3)
  }

  @Test("steps that no law of few breaks follows are left out when that forecasts better")
  func unruly() throws {
    // Four jumps below x = 30, a power law with a limit above.
    let x = (0..<80).map { pow(10, 4 * Double($0) / 79) }
    let truth = 0.3 + 2 * pow(1e5, -0.35)
    var wholeError = 0.0
    var croppedError = 0.0
    for seed in UInt64(1)...4 {
      var generator = SeededGenerator(seed: seed)
      let y = x.map { x in
        let jumps = x < 3 ? 1.9 : x < 6 ? 1.2 : x < 12 ? 2.2 : x < 30 ? 1.5 : 1
        return (0.3 + 2 * pow(x, -0.35)) * jumps * exp(0.002 * generator.normal())
      }
      func report(_ crop: FitOptions.Crop) throws -> FitReport {
        var options = FitOptions()
        options.breaks = .automatic(max: 2)
        options.crop = crop
        options.predictions = [1e5]
        return try BrokenPowerLaw.fit(Points(x: x, y: y), options: options)
      }
      let whole = try report(.none)
      let cropped = try report(.automatic)
      wholeError += abs(log(try #require(whole.predictions[0].yLaw) / truth))
      croppedError += abs(log(try #require(cropped.predictions[0].yLaw) / truth))
      let crop = try #require(cropped.crop)
      let from = try #require(crop.from)
      #expect(from > 2 && from < 100)
      #expect(crop.candidates.count >= 2)
      #expect(cropped.hasWarning("cropped"))
    }
    #expect(croppedError < 0.5 * wholeError)
  }
}
