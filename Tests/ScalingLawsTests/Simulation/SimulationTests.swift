import Foundation
import Testing

@testable import ScalingLaws

@Suite("How far a known curve must be measured", .computesAside)
struct SimulationTests {
  private let powerLaw = BrokenPowerLaw(limit: 0.5, logCoefficient: log(3), exponent: 0.5)

  private static let fourDigitAddition = BrokenPowerLaw(
    limit: 0.413884465683, logCoefficient: log(2.27727230483), exponent: 0.0550773425874,
    breaks: [
      .init(
        exponentChange: 5.66290339565, logLocation: log(612.583616651),
        width: 0.0591930386862)
    ])

  private func simulation(_ law: BrokenPowerLaw, upTo end: Int) -> Simulation {
    let x = (1...end).map(Double.init)
    return Simulation(
      law: law, x: x, evaluation: (1...(2 * end)).map(Double.init), breaks: law.breaks.count)
  }

  @Test("a power law without noise is foreseen from the fewest points that determine it")
  func atOnce() throws {
    let outcome = try simulation(powerLaw, upTo: 40).run()
    #expect(try #require(outcome.sufficientX) <= 6)
    #expect(outcome.curve.map(\.xMax) == outcome.curve.map(\.xMax).sorted())
    #expect(outcome.curve.last?.xMax == 40)
  }

  @Test("a prefix with nothing beyond it to foresee does not count as one that failed")
  func nothingBeyond() throws {
    var simulation = simulation(powerLaw, upTo: 40)
    simulation.evaluation = (1...40).map(Double.init)
    let outcome = try simulation.run()
    #expect(try #require(outcome.sufficientX) <= 6)
    #expect(outcome.curve.last?.xMax == 39)
    simulation.prefixes = [10, 40]
    #expect(try simulation.run().curve.map(\.xMax) == [10])
    simulation.evaluation = [2]
    #expect(try simulation.run() == .init(sufficientX: nil, curve: []))
  }

  @Test("the break of 4-digit addition at 613 is foreseen without noise before 300")
  func fourDigitAddition() throws {
    var simulation = simulation(Self.fourDigitAddition, upTo: 1000)
    simulation.evaluation = (1...4095).map(Double.init)
    // The paper's optimizer, section 6, needs 415.
    #expect(try #require(try simulation.run().sufficientX) <= 275)
  }

  @Test(
    "the break at 613 is foreseen from every prefix from 340 on", arguments: [340, 380, 400, 600])
  func everyPrefix(prefix: Double) throws {
    // Its f of .0592 is less than a hundredth of ln 400, the least among points even in ln x.
    var simulation = simulation(Self.fourDigitAddition, upTo: 1000)
    simulation.evaluation = (1...4095).map(Double.init)
    simulation.prefixes = [prefix]
    #expect(try #require(try simulation.run().curve[0].rmsle) < 1e-6)
  }

  @Test("a break that no point shows is not foreseen")
  func unforeseeable() throws {
    let law = BrokenPowerLaw(
      limit: 0.5, logCoefficient: log(3), exponent: 0.5,
      breaks: [.init(exponentChange: 4, logLocation: log(1e4), width: 0.02)])
    var simulation = simulation(law, upTo: 60)
    simulation.evaluation = [1e4, 1e5]
    #expect(try simulation.run().sufficientX == nil)
  }

  @Test("noise is drawn from the seed alone, however the fits are run")
  func noise() throws {
    var simulation = simulation(powerLaw, upTo: 60)
    simulation.noise = 0.02
    simulation.repeats = 3
    let outcome = try simulation.run()
    #expect(try simulation.run(.backwards) == outcome)
  }

  @Test("what cannot be simulated is refused")
  func refused() {
    #expect(throws: FitError.tooFewDistinctX(got: 2, needed: 3)) {
      try simulation(powerLaw, upTo: 2).run()
    }
    var negative = powerLaw
    negative.limit = -2
    #expect(throws: FitError.self) { try simulation(negative, upTo: 40).run() }
    let cancelled = Execution(isCancelled: { true })
    #expect(throws: FitError.cancelled) { try simulation(powerLaw, upTo: 40).run(cancelled) }
  }
}
