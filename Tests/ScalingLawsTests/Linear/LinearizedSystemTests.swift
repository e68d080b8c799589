import Glibc
import TestSupport
import Testing

@testable import ScalingLaws

@Suite("The linearized system")
struct LinearizedSystemTests {
  /// Observations, a limit, and six cells whose columns are psi = -f sp(-(tau - delta)/f).
  private struct Case {
    let observations: Observations
    let limit = 0.3
    let prior: ExponentPrior?
    var cells = [(-1.5, 0.2), (-1.5, 1), (0, 0.2), (0, 1), (1.5, 0.2), (1.5, 1)].map {
      BreakShape(location: $0.0, width: $0.1)
    }

    init(seed: UInt64, objective: Objective, prior: ExponentPrior?) throws {
      var generator = SeededGenerator(seed: seed)
      let x = (0..<23).map { exp(6 * Double($0) / 22) }
      let y = x.map { 0.4 + pow($0, -0.4) * exp(0.1 * generator.normal()) }
      let points = try Points(
        x: x, y: y, noise: .weights(x.map { _ in generator.uniform(0.5...2) }))
      let frame = Frame(points: points, orientation: .direct, objective: .given(objective))
      observations = Observations(points, in: frame)
      self.prior = prior
    }

    func psi(_ cell: Int, _ tau: Double) -> Double {
      -cells[cell].width * softplus((cells[cell].location - tau) / cells[cell].width)
    }

    var points: LinearizedPoints { LinearizedPoints(observations, progress: .increasing) }

    func system(_ shapes: [BreakShape]) -> LinearizedSystem {
      LinearizedSystem(
        points, limit: limit, basis: BreakBasis(shapes, at: points.tau), prior: prior)
    }

    /// The same least squares row by row: weighted points, then the prior's terms as further rows,
    /// solved from the normal equations.
    func dense(_ set: [Int]) -> (cost: Double, solution: [Double]) {
      var rows: [[Double]] = []
      var targets: [Double] = []
      let unit = observations.frame.unit
      for (i, tau) in observations.t.enumerated() {
        let v = observations.values[i]
        // dz = dv/(v - a), and a residual on the objective's scale is h'(v) dv.
        let root =
          observations.weights[i].squareRoot() * (v - limit)
          * observations.frame.objective.derivative(v, unit: unit)
        rows.append(([1, -tau] + set.map { psi($0, tau) }).map { root * $0 })
        targets.append(root * log(v - limit))
      }
      if let prior {
        let root = prior.strength.squareRoot()
        rows.append([0, root / ExponentPrior.width] + set.map { _ in 0 })
        targets.append(root / ExponentPrior.width * prior.centre)
        for k in set.indices {
          rows.append([0, 0] + set.indices.map { $0 == k ? root : 0 })
          targets.append(0)
        }
      }
      let size = 2 + set.count
      let normal = (0..<(size * size)).map { k in
        rows.reduce(0) { $0 + $1[k / size] * $1[k % size] }
      }
      let moments = (0..<size).map { k in zip(rows, targets).reduce(0) { $0 + $1.0[k] * $1.1 } }
      let solution = Cholesky(normal, size: size)!.solve(moments)
      let cost = zip(rows, targets).reduce(0) { sum, row in
        let error = zip(row.0, solution).reduce(-row.1) { $0 + $1.0 * $1.1 }
        return sum + error * error
      }
      return (cost, solution)
    }
  }

  static let priors: [ExponentPrior?] = [
    nil, ExponentPrior(centre: 0.7, strength: 0.01, progress: .increasing),
    ExponentPrior(centre: -0.3, strength: 3, progress: .increasing),
  ]

  @Test(
    "costs and solutions are those of dense weighted least squares",
    arguments: [Objective.log, .log1p, .linear], priors)
  func agreesWithDense(objective: Objective, prior: ExponentPrior?) throws {
    let example = try Case(seed: 7, objective: objective, prior: prior)
    let system = example.system(example.cells)
    func check(_ set: [Int], cost: Double) throws {
      let dense = example.dense(set)
      // Both go through sums of squares: a cost of 1e-4 of its terms keeps 11 digits.
      #expect(digits(cost, dense.cost) >= 9, "cells \(set)")
      let solution = try #require(system.solution(set))
      let linear = [solution.beta, solution.endExponent] + solution.changes
      #expect(digits(linear, dense.solution) >= 7, "cells \(set)")
    }
    try check([], cost: system.costWithoutBreaks)
    for cell in example.cells.indices { try check([cell], cost: system.costsOfOneBreak[cell]) }
    for cell in 0..<5 {
      let costs = system.costs(extending: [cell], byFirst: 6)
      for other in (cell + 1)..<6 { try check([cell, other], cost: costs[other]) }
    }
    let costs = system.costs(extending: [1, 2], byFirst: 6)
    for cell in [0, 3, 4, 5] { try check([1, 2, cell], cost: costs[cell]) }
    #expect(costs[1] == .infinity && costs[2] == .infinity)
  }

  @Test(
    "of all sets of breaks at different places the best is found",
    arguments: [Objective.log, .log1p, .linear], 1...3)
  func sets(objective: Objective, size: Int) throws {
    var example = try Case(seed: 9, objective: objective, prior: nil)
    // Four breaks at each of four places, two of them in every half of the range.
    let shapes = [-2.5, -1, 1, 2].flatMap { location in
      [0.1, 0.2, 0.4, 0.8].map { BreakShape(location: location, width: $0) }
    }
    example.cells = shapes
    let system = example.system(shapes)
    func sets(of size: Int, after last: Double) -> [[Int]] {
      guard size > 0 else { return [[]] }
      return shapes.indices.filter { shapes[$0].location > last }.flatMap { first in
        sets(of: size - 1, after: shapes[first].location).map { [first] + $0 }
      }
    }
    let dense = sets(of: size, after: -.infinity).map { ($0, example.dense($0).cost) }
    let least = try #require(dense.min { $0.1 < $1.1 })
    let found = BreakSets(system, size: size, places: 4).best()
    let best = try #require(found.min { $0.cost < $1.cost })
    #expect(best.cells == least.0)
    #expect(digits(best.cost, least.1) >= 8)
    // Each one's cost is that of its set.
    for set in found { #expect(digits(set.cost, example.dense(set.cells).cost) >= 7) }
  }

  @Test("a break that no point can tell from a power law has no finite cost")
  func collinear() throws {
    let example = try Case(seed: 8, objective: .log, prior: nil)
    // Far to the right psi is a straight line in tau; far to the left it vanishes.
    for delta in [60.0, -60] {
      let system = example.system([BreakShape(location: delta, width: 0.2)])
      #expect(system.costsOfOneBreak[0] == .infinity)
      #expect(system.solution([0]) == nil)
    }
  }

  @Test("a point below the limit costs its distance to it, and has no other weight")
  func belowLimit() throws {
    let x: [Double] = [1, 2, 3, 4, 5]
    let all = try Points(x: x, y: [3, 2.5, 0.1, 2, 1.9])
    let frame = Frame(points: all, orientation: .direct, objective: .given(.linear))
    let observations = Observations(all, in: frame)
    func cost(_ observations: Observations) -> Double {
      let points = LinearizedPoints(observations, progress: .increasing)
      return LinearizedSystem(
        points, limit: 0.2, basis: BreakBasis([], at: points.tau), prior: nil
      ).costWithoutBreaks
    }
    let distance = 0.2 - observations.values[2]
    #expect(
      digits(
        cost(observations), cost(observations.filtered { $0 != 2 }) + distance * distance) >= 12)
  }
}
