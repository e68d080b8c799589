import Glibc
import TestSupport
import Testing

@testable import ScalingLaws

@Suite("Scales of residuals")
struct ObjectiveTests {
  static let choices: [(values: [Double], objective: Objective)] = [
    ([1, 2, 1e-300], .log), ([1, 0], .log1p), ([1, -0.999], .log1p), ([1, -1], .linear),
    ([-5, 3], .linear), ([], .log),
  ]

  @Test("the automatic choice takes the most relative scale that all y allow", arguments: choices)
  func automatic(values: [Double], objective: Objective) {
    #expect(Objective.Choice.automatic.resolved(for: values) == objective)
  }

  @Test("a given scale is kept", arguments: [Objective.log, .log1p, .linear])
  func given(objective: Objective) {
    #expect(Objective.Choice.given(objective).resolved(for: [-5]) == objective)
  }

  static let transforms: [(objective: Objective, value: Double, unit: Double, expected: Double)] = [
    (.log, 2, 1, log(2)), (.log, 2, 1000, log(2)), (.log1p, 2, 1, log(3)),
    (.log1p, 2, 1000, log(2001)), (.log1p, 1e-12, 1, 1e-12 - 0.5e-24), (.log1p, -0.5, 1, -log(2)),
    (.linear, -7, 3, -7),
  ]

  @Test("each scale is its closed form", arguments: transforms)
  func transform(objective: Objective, value: Double, unit: Double, expected: Double) {
    #expect(digits(objective.transform(value, unit: unit), expected) >= 15)
    #expect(digits(objective.inverse(expected, unit: unit), value) >= 14)
    let h = 1e-6 * abs(value)
    let difference =
      (objective.transform(value + h, unit: unit) - objective.transform(value - h, unit: unit))
      / (2 * h)
    #expect(digits(objective.derivative(value, unit: unit), difference) >= 8)
  }

  static let domains: [(objective: Objective, value: Double, isAdmitted: Bool)] = [
    (.log, 1e-308, true), (.log, 0, false), (.log, -1, false), (.log1p, 0, true),
    (.log1p, -0.999, true), (.log1p, -1, false), (.linear, -1e300, true),
  ]

  @Test("each scale admits exactly the values that it can take", arguments: domains)
  func domain(objective: Objective, value: Double, isAdmitted: Bool) {
    #expect(objective.admits(value) == isAdmitted)
  }
}
