import Foundation
import TestSupport
import Testing

@testable import ScalingLaws

/// Laws drawn at random are found again: how often tells how good the search is.
///
/// `BNSL_LAWS=200 swift test -c release -Xswiftc -enable-testing --filter SearchRecovery` draws as
/// many of each kind; the seed of the draws is `BNSL_SEED`.
@Suite("Recovery of laws drawn at random", .computesAside)
struct SearchRecoveryTests {
  private static func setting(_ name: String, _ usual: Int) -> Int {
    ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? usual
  }

  /// Bends at least 1.2 decades apart on 80 points over 8 decades, f between 0.25 and 0.7.
  private static func law(_ breaks: Int, _ random: inout SeededGenerator) -> BrokenPowerLaw {
    let (edge, apart) = (0.8, 1.2)
    let room = 8 - 2 * edge - apart * Double(breaks - 1)
    let places = (0..<breaks).map { _ in random.uniform(0...room) }.sorted()
    return BrokenPowerLaw(
      limit: exp(random.uniform(log(0.01)...0)), logCoefficient: log(8),
      exponent: random.uniform(0.05...0.4),
      breaks: places.enumerated().map { index, place in
        let sign: Double = random.next() & 1 == 0 ? 1 : -1
        return .init(
          exponentChange: sign * random.uniform(0.2...1),
          logLocation: log(10) * (edge + place + apart * Double(index)),
          width: random.uniform(0.25...0.7))
      })
  }

  /// The costs of the law found and of a descent from the truth, with the number of points.
  private static func costs(
    breaks: Int, noise: Double, count: Int
  ) throws -> [(found: Double, truth: Double, hasTwins: Bool)] {
    var random = SeededGenerator(seed: UInt64(setting("BNSL_SEED", 1) * 1000 + breaks))
    return try (0..<count).map { _ in
      let law = law(breaks, &random)
      let x = (0..<80).map { pow(10, 8 * Double($0) / 79) }
      let points = try Points(
        x: x, y: x.map { law.value(at: $0) * exp(noise * random.normal()) })
      let search = LawSearch(points, objective: .given(.log), isCancelled: { false })
      let frame = search.observations.frame
      var theta = [
        law.limit / frame.scale,
        law.logCoefficient - law.exponent * frame.origin - log(frame.scale), law.exponent,
      ]
      for b in law.breaks {
        theta += [b.exponentChange, b.logLocation - frame.origin, log(b.width)]
      }
      let truth = search.polisher.minimize(
        LawResiduals(search.observations, breaks: breaks), from: theta,
        in: search.bounds(hasPrior: false).box(about: theta))
      let found = try #require(search.fit(breaks: breaks))
      let bends = found.lawInFrame.breaks
      let hasTwins = zip(bends, bends.dropFirst()).contains {
        abs($0.logLocation - $1.logLocation) < 0.05 && $0.exponentChange * $1.exponentChange < 0
          && abs($0.exponentChange) > 19 && abs($1.exponentChange) > 19
      }
      return (search.polished(found).cost, truth.cost, hasTwins)
    }
  }

  @Test("without noise the residuals vanish", arguments: 1...3)
  func exact(breaks: Int) throws {
    let count = Self.setting("BNSL_LAWS", 12)
    let errors = try Self.costs(breaks: breaks, noise: 0, count: count).map {
      ($0.found / 80).squareRoot()
    }
    let missed = errors.filter { !($0 < 1e-6) }
    #expect(missed.isEmpty, "\(missed.count) of \(count): \(missed)")
  }

  @Test(
    "with half a percent of noise the squares are those of a descent from the truth",
    arguments: 1...3)
  func noisy(breaks: Int) throws {
    let count = Self.setting("BNSL_LAWS", 12)
    let costs = try Self.costs(breaks: breaks, noise: 0.005, count: count)
    let missed = costs.filter { !($0.found <= 1.02 * $0.truth) }.map { $0.found / $0.truth }
    #expect(missed.count * 100 <= count, "\(missed.count) of \(count): \(missed)")
    #expect(!costs.contains { $0.hasTwins })
  }
}
