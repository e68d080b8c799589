import Glibc
import Testing

@testable import ScalingLaws

@Suite("The prior of the shapes of laws")
struct LawPriorTests {
  private func prior(
    _ y: [Double] = [3, 2.2, 1.7, 1.4, 1.2, 1.05], limits: ClosedRange<Double>? = nil
  ) throws -> LawPrior {
    let points = try Points(x: y.indices.map { pow(3, Double($0)) }, y: y)
    // In the units of y: the frame divides by the geometric mean.
    let frame = Frame(points: points, orientation: .direct, objective: .automatic)
    let curve = try #require(Curve(Observations(points, in: frame), progress: .increasing))
    return LawPrior(
      curve, pilot: Pilot(curve),
      limits: limits.map { Bounds(frame.value($0.lowerBound), frame.value($0.upperBound)) },
      side: nil)
  }

  @Test("the density of every bet sums to its share", arguments: 0..<3)
  func normalised(bet: Int) throws {
    let prior = try prior()
    let side = try #require(prior.sides.first)
    let range = try #require(side.logFolds)
    let steps = 20_000
    var sum = exp(prior.logDensity(LawShape(), bet: bet))
    let width = range.width / Double(steps)
    for i in 0..<steps {
      let shape = LawShape(logFolds: range.lower + (Double(i) + 0.5) * width)
      sum += exp(prior.logDensity(shape, bet: bet)) * width
    }
    let share = ForecastSettings.breakProbabilities[0] * Bet.all[bet].weight
    // Limits nearer than the nearest have the rest: half of what levels off.
    #expect(sum <= share * 1.0001)
    #expect(sum >= share * (bet == 1 ? 0.4 : 0.9))
  }

  @Test("limits stay where the user wants them")
  func limits() throws {
    for range in [0.2...0.7, 0.5...0.5, -2.0...(-1), 0...0.3] {
      let prior = try prior(limits: range)
      let points = try Points(x: [1, 3, 9, 27, 81, 243], y: [3, 2.2, 1.7, 1.4, 1.2, 1.05])
      let scale = Frame(points: points, orientation: .direct, objective: .automatic).scale
      for side in prior.sides {
        var limits = side.farthest.map { [$0] } ?? []
        if let folds = side.logFolds {
          limits += [folds.lower, folds.upper].map(side.limit)
        }
        #expect(!limits.isEmpty)
        for limit in limits {
          #expect(limit * scale >= range.lowerBound - 1e-9)
          #expect(limit * scale <= range.upperBound + 1e-9)
        }
      }
    }
  }

  @Test("a rising curve may have a ceiling or none, a falling one has its limit below")
  func sides() throws {
    #expect(try prior().sides.map(\.side) == [1])
    #expect(try prior([1, 1.3, 1.7, 2, 2.3, 2.5]).sides.map(\.side) == [1, -1])
    #expect(try prior([-1, -1.3, -1.7, -2, -2.3, -2.5]).sides.map(\.side) == [1, -1])
  }
}
