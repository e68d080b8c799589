import Glibc

/// Descents from many starts, of which only the most promising reach their end.
///
/// A few steps tell hopeless starts from promising ones, and descents that meet go on as one.
struct Tournament {
  /// Where parameters may go from where they are.
  private let box: ([Double]) -> Box
  /// A descent that falls by no larger share of its cost has ended.
  private let tolerance: Double
  private let isCancelled: @Sendable () -> Bool
  /// The best first.
  private(set) var solutions: [LevenbergMarquardt.Solution]

  /// Descents have met when the squares of what their residuals differ by are no larger a share of
  /// the cost than this: where constants hardly show, laws that differ in them are one all the same.
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

  /// Takes the best descents on by at most so many steps; on a problem that is new also those that
  /// have ended.
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
    // Where all descents lead to spikes one of these is the law.
    let remaining = played.contains { $0.cost.isFinite } ? played : spikes
    solutions = []
    for solution in remaining.sorted(by: { $0.cost < $1.cost }) where solution.cost.isFinite {
      if !solutions.contains(where: { haveMet($0, solution) }) { solutions.append(solution) }
    }
  }

  /// Whether two breaks at one place undo each other with all their might: a step or a spike between
  /// neighbouring points, and no law.
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

  private func haveMet(
    _ better: LevenbergMarquardt.Solution, _ worse: LevenbergMarquardt.Solution
  ) -> Bool {
    let squares = zip(better.residuals, worse.residuals).reduce(Lanes.zero) { sum, pair in
      let difference = pair.0 - pair.1
      return sum.addingProduct(difference, difference)
    }
    return squares.sum() <= Self.indistinguishable * worse.cost
  }
}
