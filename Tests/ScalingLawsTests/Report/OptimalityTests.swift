import TestSupport
import Testing

@testable import ScalingLaws

@Suite("How near a fit is to a minimum")
struct OptimalityTests {
  private func search() throws -> LawSearch {
    LawSearch(
      try SimulatedCurve.clear(breaks: 1, count: 40, noise: 0.01, seed: 8).points(),
      orientation: .direct, objective: .automatic, progress: .increasing,
      constraints: Constraints(FitOptions()), isCancelled: { false })
  }

  @Test("a polished law is at a minimum, also where a constant presses against its bound")
  func polished() throws {
    let search = try search()
    for breaks in 0...1 {
      let fit = search.polished(try #require(search.fit(breaks: breaks)))
      let report = LawReport(fit, search: search, intervals: .init())
      #expect(try #require(report.optimality.largestCosine) < 1e-6)
      #expect(report.optimality.isMinimum)
    }
  }

  @Test("a law with a constant that a step would move is not, whatever ended the polish")
  func moved() throws {
    let search = try search()
    var fit = search.polished(try #require(search.fit(breaks: 1)))
    fit.theta[2] += 0.01
    let report = LawReport(fit, search: search, intervals: .init())
    #expect(!report.optimality.isMinimum)
  }
}
