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
    let cells = [(-1.5, 0.2), (-1.5, 1), (0, 0.2), (0, 1), (1.5, 0.2), (1.5, 1)]

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
      let (delta, f) = cells[cell]
      return -f * softplus((delta - tau) / f)
    }

    var system: LinearizedSystem {
      LinearizedSystem(
        tau: observations.t, observations: observations, limit: limit,
        basis: cells.indices.flatMap { cell in observations.t.map { psi(cell, $0) } },
        prior: prior, cells: cells.count, needsGram: true)
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
    let system = example.system
    func check(_ set: [Int], cost: Double) throws {
      let dense = example.dense(set)
      // Both go through sums of squares: a cost of 1e-4 of its terms keeps 11 digits.
      #expect(digits(cost, dense.cost) >= 9, "cells \(set)")
      let solution = try #require(system.solution(cells: set))
      let linear = [solution.beta, solution.endExponent] + solution.changes
      #expect(digits(linear, dense.solution) >= 7, "cells \(set)")
    }
    try check([], cost: system.costWithoutBreaks)
    for cell in example.cells.indices { try check([cell], cost: system.cost(ofCell: cell)) }
    for i in 0..<6 {
      for j in (i + 1)..<6 { try check([i, j], cost: system.cost(ofPair: i, j)) }
    }
    for (cell, cost) in system.costs(extending: [1, 2]) { try check([1, 2, cell], cost: cost) }
    #expect(Set(system.costs(extending: [1, 2]).map(\.cell)) == [0, 3, 4, 5])
  }

  @Test("a break that no point can tell from a power law has no finite cost")
  func collinear() throws {
    let example = try Case(seed: 8, objective: .log, prior: nil)
    // Far to the right psi is a straight line in tau; far to the left it vanishes.
    for delta in [60.0, -60] {
      let basis = example.observations.t.map { -0.2 * softplus((delta - $0) / 0.2) }
      let system = LinearizedSystem(
        tau: example.observations.t, observations: example.observations, limit: example.limit,
        basis: basis, prior: nil, cells: 1, needsGram: false)
      #expect(system.cost(ofCell: 0) == .infinity)
      #expect(system.solution(cells: [0]) == nil)
    }
  }

  @Test("a point at or below the limit has no weight")
  func belowLimit() throws {
    let x: [Double] = [1, 2, 3, 4, 5]
    let all = try Points(x: x, y: [3, 2.5, 0.1, 2, 1.9])
    let frame = Frame(points: all, orientation: .direct, objective: .given(.linear))
    let observations = Observations(all, in: frame)
    func cost(_ observations: Observations) -> Double {
      LinearizedSystem(
        tau: observations.t, observations: observations, limit: 0.2, basis: [], prior: nil,
        cells: 0, needsGram: false
      ).costWithoutBreaks
    }
    #expect(digits(cost(observations), cost(observations.filtered { $0 != 2 })) >= 12)
  }
}
