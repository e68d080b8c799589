import Glibc
import TestSupport
import Testing

@testable import ScalingLaws

@Suite("Choosing the number of breaks", .computesAside)
struct SelectionTests {
  @Test(
    "simulated curves get their own number of breaks in at least 18 of 20",
    arguments: [
      (FitOptions.Selection.aicc, 0), (.aicc, 1), (.aicc, 2), (.holdOut, 0), (.holdOut, 1),
      (.holdOut, 2),
    ])
  func simulated(selection: FitOptions.Selection, breaks: Int) throws {
    var options = FitOptions()
    options.selection = selection
    options.forecast = .single
    options.intervals.method = .none
    let chosen = try (UInt64(0)..<20).map { seed in
      let curve = SimulatedCurve.clear(breaks: breaks, noise: 0.005, seed: seed)
      return try BrokenPowerLaw.fit(curve.points(), options: options).breaks.count
    }
    #expect(chosen.filter { $0 == breaks }.count >= 18, "\(chosen)")
  }

  @Test("every candidate is in the answer")
  func candidates() throws {
    let curve = SimulatedCurve.clear(breaks: 1, noise: 0.005, seed: 1)
    let report = try BrokenPowerLaw.fit(curve.points())
    #expect(report.selection.method == .aicc)
    #expect(report.selection.candidates.map(\.breaks) == [0, 1, 2, 3])
    let sums = report.selection.candidates.map(\.sumOfSquares)
    #expect(sums == sums.sorted(by: >))
    #expect(report.selection.candidates.allSatisfy { $0.aicc != nil && $0.validationError == nil })
    #expect(report.selection.chosen == 1)
  }

  @Test("a given number of breaks is kept", arguments: 0...5)
  func given(breaks: Int) throws {
    let curve = SimulatedCurve.clear(breaks: 2, count: 30, noise: 0.01, seed: 2)
    var options = FitOptions()
    options.breaks = .exactly(breaks)
    let report = try BrokenPowerLaw.fit(curve.points(), options: options)
    #expect(report.breaks.count == breaks)
    #expect(report.segments.count == breaks + 1)
    #expect(report.model.constants.count == 3 + 3 * breaks)
    #expect(report.selection.method == .given)
    #expect(report.forecast.kind == .single)
  }

  @Test("the bound of the choice is kept", arguments: 0...2)
  func bounded(maximum: Int) throws {
    let curve = SimulatedCurve.clear(breaks: 2, noise: 0.005, seed: 3)
    var options = FitOptions()
    options.breaks = .automatic(max: maximum)
    let report = try BrokenPowerLaw.fit(curve.points(), options: options)
    #expect(report.breaks.count == maximum)
    #expect(report.selection.candidates.map(\.breaks) == Array(0...maximum))
  }

  @Test("repeated measurements at five x show no break, however surely they bend")
  func repeatedMeasurements() throws {
    let law = BrokenPowerLaw(
      limit: 0, logCoefficient: log(4), exponent: 0.1,
      breaks: [.init(exponentChange: 0.5, logLocation: log(3e7), width: 0.3)])
    let x = (0..<5).map { 1e6 * pow(1e3, Double($0) / 4) }
    let y = x.map(law.value(at:))
    let repeated = try Points(
      x: x + x, y: y + y, noise: .standardErrors((y + y).map { 0.002 * $0 }))
    let report = try BrokenPowerLaw.fit(repeated)
    #expect(report.selection.candidates.map(\.breaks) == [0])
  }

  @Test(
    "the prior draws the reported law to usual exponents, whoever chooses the number of breaks",
    arguments: [FitOptions.BreakCount.automatic(max: 3), .exactly(0)],
    [FitOptions.Selection.aicc, .holdOut])
  func prior(breaks: FitOptions.BreakCount, selection: FitOptions.Selection) throws {
    let curve = SimulatedCurve.clear(breaks: 0, noise: 0.05, seed: 4)
    var options = FitOptions()
    (options.breaks, options.selection) = (breaks, selection)
    let free = try BrokenPowerLaw.fit(curve.points(), options: options).model
    options.prior = true
    let drawn = try BrokenPowerLaw.fit(curve.points(), options: options).model
    #expect(drawn.quality.sumOfSquares > free.quality.sumOfSquares)
    let usual = ExponentPrior.usualFall
    #expect(abs(drawn.law.exponent - usual) < abs(free.law.exponent - usual))
  }

  @Test("a U of 8 exact points has a break, although the criterion is not defined")
  func exactU() throws {
    let x = (0..<8).map { 1e6 * pow(1.2e3, Double($0) / 7) }
    let y = x.map { 2.69 + 1606.4 * pow($0, -0.34) + 0.001063 * pow($0, 0.36) }
    let report = try BrokenPowerLaw.fit(Points(x: x, y: y))
    #expect(report.breaks.count == 1)
    #expect(report.model.quality.sumOfSquares < 1e-8)
  }

  @Test(
    "with known noise the criterion is chi-square + 2k, and breaks below the noise are not seen")
  func knownNoise() throws {
    let curve = SimulatedCurve.clear(breaks: 1, noise: 0.005, seed: 1)
    let coarse = try BrokenPowerLaw.fit(
      curve.points(noise: .standardErrors(curve.y.map { 0.6 * $0 })))
    #expect(coarse.breaks.isEmpty)
    let fine = try BrokenPowerLaw.fit(
      curve.points(noise: .standardErrors(curve.y.map { 0.005 * $0 })))
    #expect(fine.breaks.count == 1)
    let quality = fine.model.quality
    #expect(digits(quality.aicc ?? .nan, quality.sumOfSquares + 12) >= 10)
  }

  @Test(
    "noise that shrinks with the reducible part draws no break into a power law",
    arguments: [100, 1000])
  func shrinkingNoise(count: Int) throws {
    var options = FitOptions()
    options.forecast = .single
    options.intervals.method = .none
    let chosen = try (UInt64(0)..<12).map { seed in
      var generator = SeededGenerator(seed: seed)
      let x = (0..<count).map { pow(10, 4 * Double($0) / Double(count - 1)) }
      let y = x.map { 0.5 + 3 * pow($0, -0.4) * (1 + 0.02 * generator.normal()) }
      return try BrokenPowerLaw.fit(Points(x: x, y: y), options: options).breaks.count
    }
    #expect(chosen.count { $0 > 0 } <= 1, "\(chosen)")
  }

  @Test("the law and its candidate have one criterion")
  func oneCriterion() throws {
    let curve = SimulatedCurve.clear(breaks: 1, noise: 0.005, seed: 6)
    let report = try BrokenPowerLaw.fit(curve.points())
    let candidate = report.selection.candidates.first { $0.breaks == report.breaks.count }
    #expect(digits(report.model.quality.aicc ?? .nan, candidate?.aicc ?? .nan) >= 6)
  }

  @Test(
    "a break beyond the data is not reported where a law with breaks inside describes the points")
  func breaksInside() throws {
    let report = try BrokenPowerLaw.fit(
      Points(
        x: [
          0.015, 0.025, 0.035, 0.045, 0.055, 0.065, 0.075, 0.085, 0.095, 0.125, 0.175, 0.225, 0.275,
        ],
        y: [
          5.6284, 4.6241, 3.7367, 3.0668, 2.5752, 2.0815, 1.7153, 1.4686, 1.2502, 0.8018, 0.4337,
          0.2601, 0.194,
        ]))
    #expect(report.breaks.allSatisfy { ($0.x ?? .infinity) <= 0.275 })
  }
}
