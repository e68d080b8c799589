import Glibc
import TestSupport
import Testing

@testable import ScalingLaws

@Suite("Recovery of known laws", .computesAside)
struct RecoveryTests {
  /// How many of the constants' digits come back from noiseless points, at worst.
  private func recoveredDigits(_ curve: SimulatedCurve) throws -> Double {
    var options = FitOptions()
    options.breaks = .exactly(curve.law.breaks.count)
    options.intervals.method = .none
    let law = try BrokenPowerLaw.fit(curve.points(), options: options).model.law
    func constants(_ law: BrokenPowerLaw) -> [Double] {
      [law.limit, exp(law.logCoefficient), law.exponent]
        + law.breaks.flatMap { [$0.exponentChange, $0.location, $0.width] }
    }
    return digits(constants(law), constants(curve.law))
  }

  @Test("power laws with a limit come back", arguments: 0..<10)
  func noBreak(seed: UInt64) throws {
    #expect(try recoveredDigits(.clear(breaks: 0, count: 20, noise: 0, seed: seed)) >= 6)
  }

  @Test("all of 40 one-break laws come back to 1e-4")
  func oneBreak() throws {
    let digits = try (0..<40).map {
      try recoveredDigits(.clear(breaks: 1, noise: 0, seed: $0))
    }
    #expect(digits.filter { $0 >= 4 }.count == 40, "\(digits)")
  }

  @Test("38 of 40 two-break laws come back to 1e-4")
  func twoBreaks() throws {
    let digits = try (0..<40).map {
      try recoveredDigits(.clear(breaks: 2, noise: 0, seed: $0))
    }
    #expect(digits.filter { $0 >= 4 }.count >= 38, "\(digits)")
  }

  @Test("without noise the break of 4-digit addition is foreseen from x = 1 to 330")
  func fourDigitAddition() throws {
    let k = FourDigitAddition.constants
    let law = BrokenPowerLaw(
      limit: k[0], logCoefficient: log(k[1]), exponent: k[2],
      breaks: [.init(exponentChange: k[3], logLocation: log(k[4]), width: k[5])])
    // The break begins at 538: what these points show of it is below 1e-5 of y.
    let x = (1...330).map(Double.init)
    var options = FitOptions()
    options.breaks = .exactly(1)
    let report = try BrokenPowerLaw.fit(
      Points(x: x, y: x.map { law.value(at: $0) }), options: options)
    #expect(digits(report[.d(1)], k[4]) >= 2.3)
    #expect(digits([report[.a], report[.c0], report[.f(1)]], [k[0], k[2], k[5]]) >= 6)
  }

  @Test("laws on other scales than log come back", arguments: [Objective.log1p, .linear], [0, 1])
  func otherObjectives(objective: Objective, breaks: Int) throws {
    let curve = SimulatedCurve.clear(breaks: breaks, noise: 0, seed: 3)
    var options = FitOptions()
    options.breaks = .exactly(breaks)
    options.objective = .given(objective)
    let report = try BrokenPowerLaw.fit(curve.points(), options: options)
    #expect(digits(report[.a], curve.law.limit) >= 5)
    #expect(digits(report[.c0], curve.law.exponent) >= 5)
  }
}
