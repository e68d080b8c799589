import TestSupport
import Testing

@testable import ScalingLaws

@Suite("Choosing the number of breaks")
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

  @Test("clean curves draw no warning above info", arguments: 0...2)
  func cleanCurves(breaks: Int) throws {
    for seed in UInt64(0)..<5 {
      let curve = SimulatedCurve.clear(breaks: breaks, noise: 0.005, seed: seed)
      let report = try BrokenPowerLaw.fit(curve.points())
      guard report.breaks.count == breaks else { continue }
      let grave = report.warnings.filter { $0.severity != .info }
      #expect(grave.isEmpty, "seed \(seed): \(grave.map(\.code))")
    }
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
}
