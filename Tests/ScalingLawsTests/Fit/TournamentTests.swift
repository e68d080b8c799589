import Glibc
import Testing

@testable import ScalingLaws

@Suite("Descents from many starts")
struct TournamentTests {
  /// Two minima in the first parameter: of cost 1 at 1, and of cost near 2 at about -0.9. The others
  /// have no effect.
  private static let wells = ResidualFunctions(parameterCount: 4, residualCount: 3) { p in
    [
      (p[0] * p[0] - 1, [2 * p[0], 0, 0, 0]), (0.5 * (p[0] - 1), [0.5, 0, 0, 0]),
      (1, [0, 0, 0, 0]),
    ]
  }

  private func tournament(_ starts: [Double]) -> Tournament {
    Tournament(
      starts: starts.map { [$0, $0, 0, 0] }, box: { Box(count: $0.count) },
      isCancelled: { false })
  }

  @Test("descents that reach one optimum are merged, and the best optimum is first")
  func merged() {
    var tournament = tournament([-2, -1.5, 0.5, 2, 3])
    tournament.play(Self.wells, isNew: true, best: 5, steps: 100)
    let places = tournament.solutions.map { $0.parameters[0] }
    #expect(places.count == 2)
    #expect(abs(places[0] - 1) < 1e-6)
    #expect(places[1] < -0.5)
    #expect(tournament.solutions[0].cost < tournament.solutions[1].cost)
  }

  @Test("only the best go on")
  func entrants() {
    var tournament = tournament([-2, 2])
    tournament.play(Self.wells, isNew: true, best: 2, steps: 100)
    #expect(tournament.solutions.count == 2)
    tournament.play(Self.wells, isNew: true, best: 1, steps: 100)
    #expect(tournament.solutions.count == 1)
    #expect(abs(tournament.solutions[0].parameters[0] - 1) < 1e-6)
  }

  @Test("few steps leave a descent on its way, and the next round continues it")
  func continued() throws {
    var tournament = tournament([3])
    tournament.play(Self.wells, isNew: true, best: 1, steps: 1)
    let first = try #require(tournament.solutions.first)
    #expect(first.termination == .iterationLimit)
    #expect(first.cost > 1.1)
    tournament.play(Self.wells, isNew: false, best: 1, steps: 100)
    let last = try #require(tournament.solutions.first)
    #expect(last.cost < 1 + 1e-9)
    // What has ended is not begun again on the same problem, but is on another.
    let another = ResidualFunctions(parameterCount: 4, residualCount: 1) { p in
      [(p[0] - 7, [1, 0, 0, 0])]
    }
    tournament.play(another, isNew: false, best: 1, steps: 100)
    #expect(tournament.solutions.first?.parameters == last.parameters)
    tournament.play(another, isNew: true, best: 1, steps: 100)
    #expect(abs((tournament.solutions.first?.parameters[0] ?? .nan) - 7) < 1e-6)
  }

  @Test("a spike is kept only where there is nothing else")
  func spikes() {
    // Two breaks at one place with changes of 15 and -15, and a law without breaks that is worse.
    let spike = [0, 0, 1, 15, 0, -3, -15, 0, -3.0]
    let plain = [0, 0, 1, 0, 0, -3, 0, 0, -3.0]
    let fixed = { (theta: [Double]) -> Box in
      var box = Box(count: theta.count)
      (box.lower, box.upper) = (theta, theta)
      return box
    }
    let problem = ResidualFunctions(parameterCount: 9, residualCount: 1) { theta in
      [(theta[3] == 0 ? 2 : 1, Array(repeating: 0, count: 9))]
    }
    for (starts, kept) in [([spike, plain], plain), ([spike], spike)] {
      var tournament = Tournament(starts: starts, box: fixed, isCancelled: { false })
      tournament.play(problem, isNew: true, best: 2, steps: 10)
      #expect(tournament.solutions.map(\.parameters) == [kept])
    }
  }
}
