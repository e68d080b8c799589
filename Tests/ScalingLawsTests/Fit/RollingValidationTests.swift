import TestSupport
import Testing

@testable import ScalingLaws

@Suite("Rolling validation")
struct RollingValidationTests {
  /// A noisy power law at 40 distinct x, three of which have two points.
  private func search(
    _ progress: Progress = .increasing, change: (inout [Double]) -> Void = { _ in }
  ) throws -> LawSearch {
    var random = SeededGenerator(seed: 5)
    let x = (1...40).flatMap { $0.isMultiple(of: 13) ? [Double($0), Double($0)] : [Double($0)] }
    var y = x.map { (1 + 2 / $0) * (1 + 0.01 * random.normal()) }
    change(&y)
    return LawSearch(
      try Points(x: x, y: y), objective: .given(.log), progress: progress, isCancelled: { false })
  }

  private func squares(
    _ search: LawSearch, validating count: Int? = nil
  ) throws -> [Double] {
    let validation = RollingValidation(search, validating: count)
    let fit = try #require(validation.training.fit(breaks: 0))
    return validation.squaredErrors(of: fit)
  }

  @Test("the last fifth of the distinct x is validated, and at least two")
  func usualCount() {
    #expect([3, 10, 12, 13, 40].map(RollingValidation.usualCount) == [2, 2, 2, 3, 8])
  }

  @Test(
    "every point at a validated x is forecast once, and the others are for training",
    arguments: [Progress.increasing, .decreasing])
  func counts(progress: Progress) throws {
    let search = try search(progress)
    let validation = RollingValidation(search)
    #expect(validation.count == 8)
    #expect(validation.trainingPlaces == 32)
    let squares = try squares(search)
    // Two points each at x = 39 of 33...40, and at none of 1...8.
    #expect(squares.count == (progress == .increasing ? 9 : 8))
    #expect(validation.training.observations.count + squares.count == 43)
  }

  @Test("a forecast uses all points before its block, and none of the block or after it")
  func onlyThePast() throws {
    let plain = try squares(try search(), validating: 5)
    let changed = try squares(try search { $0[38] *= 1.5 }, validating: 5)
    // $0[38] is the point at x = 37, the second of 36...40.
    // Other values change the frame's unit, and with it the last digits.
    #expect(abs(changed[0] - plain[0]) < 1e-9)
    #expect(changed[1] > 100 * plain[1])
    #expect(zip(changed, plain).dropFirst(2).allSatisfy { abs($0 - $1) > 1e-8 })
  }

  @Test("with more x than blocks, the points of a block are forecast from the same fit")
  func blocks() throws {
    // 24 x in 12 blocks of two: the first x of a block does not change the forecast of the second.
    let plain = try squares(try search(), validating: 24)
    let changed = try squares(try search { $0[17] *= 1.5 }, validating: 24)
    // $0[17] is the point at x = 17, the first validated x, in one block with x = 18.
    #expect(changed[0] > 100 * plain[0])
    #expect(abs(changed[1] - plain[1]) < 1e-9)
    #expect(abs(changed[2] - plain[2]) > 1e-8)
  }
}
