import Glibc

/// Local minimization from many starts by successive halving: after a few steps only the best
/// descents continue, and near-duplicates are merged.
struct Tournament {
  /// The box for a descent from some parameters.
  private let box: ([Double]) -> Box
  /// A descent ends when its cost falls by a smaller share than this.
  private let tolerance: Double
  private let isCancelled: @Sendable () -> Bool
  /// The best first.
  private(set) var solutions: [LevenbergMarquardt.Solution]

  /// Descents are duplicates when the sum of squared differences of their residuals is at most this
  /// share of the cost, even if some constants differ.
  private static let indistinguishable = 1e-6

  init(
    starts: [[Double]], box: @escaping ([Double]) -> Box,
    tolerance: Double = LevenbergMarquardt.slightDecrease,
    isCancelled: @escaping @Sendable () -> Bool
  ) {
    self.box = box
    self.tolerance = tolerance
    self.isCancelled = isCancelled
    solutions = starts.map {
      .init(parameters: $0, cost: .infinity, iterations: 0, termination: .iterationLimit)
    }
  }

  /// Continues the best descents by a number of steps; on a new problem also those that have ended.
  mutating func play<Problem: LeastSquaresProblem>(
    _ problem: Problem, isNew: Bool, best entrants: Int, steps: Int
  ) {
    let solver = LevenbergMarquardt(
      maximumIterations: steps, costTolerance: tolerance, smallDecreases: 2,
      isCancelled: isCancelled)
    var played: [LevenbergMarquardt.Solution] = []
    var spikes: [LevenbergMarquardt.Solution] = []
    for solution in solutions where played.count < entrants {
      let end =
        isNew || solution.termination == .iterationLimit
        ? solver.minimize(problem, from: solution.parameters, in: box(solution.parameters))
        : solution
      if Self.hasSpike(end.parameters) { spikes.append(end) } else { played.append(end) }
    }
    // If all descents end in spikes, keep these.
    let remaining = played.contains { $0.cost.isFinite } ? played : spikes
    solutions = []
    for solution in remaining.sorted(by: { $0.cost < $1.cost }) where solution.cost.isFinite {
      if !solutions.contains(where: { areDuplicates($0, solution) }) { solutions.append(solution) }
    }
  }

  /// Whether two breaks at one place have large opposite changes: a step or a spike between
  /// neighbouring points, not a law.
  private static func hasSpike(_ theta: [Double]) -> Bool {
    let breaks = stride(from: 3, to: theta.count, by: 3)
    return breaks.contains { i in
      abs(theta[i]) >= 0.5 * LawBounds.largestExponentChange
        && breaks.contains { j in
          theta[j] * theta[i] < -0.25 * theta[i] * theta[i]
            && abs(theta[i + 1] - theta[j + 1]) < exp(max(theta[i + 2], theta[j + 2]))
        }
    }
  }

  private func areDuplicates(
    _ better: LevenbergMarquardt.Solution, _ worse: LevenbergMarquardt.Solution
  ) -> Bool {
    let squares = zip(better.residuals, worse.residuals).reduce(Lanes.zero) { sum, pair in
      let difference = pair.0 - pair.1
      return sum.addingProduct(difference, difference)
    }
    return squares.sum() <= Self.indistinguishable * worse.cost
  }
}
