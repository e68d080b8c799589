import Glibc

/// A law fitted to observations, in the coordinates of their frame.
struct LawFit: Sendable {
  let frame: Frame
  /// (a, beta, c0, then c, delta, ln f of each break).
  var theta: [Double]
  let prior: ExponentPrior?
  /// The weighted sum of squares and the prior's terms.
  var cost: Double
  /// The weighted residuals on the objective's scale, in order of t.
  var residuals: [Double]
  var termination: LevenbergMarquardt.Termination

  /// Where Huber's loss turns linear; nil: squared residuals.
  let threshold: Double?
  /// Parameters of other laws that the search met: local optima, then starts, both best first.
  var alternatives: [[Double]] = []

  var breaks: Int { theta.count / 3 - 1 }
  var law: BrokenPowerLaw { frame.law(theta) }
  /// The loss of the residuals: their sum of squares, or Huber's.
  var sumOfSquares: Double {
    guard let k = threshold else { return residuals.reduce(0) { $0 + $1 * $1 } }
    return residuals.reduce(0) { sum, r in
      sum + (abs(r) <= k ? r * r : 2 * k * abs(r) - k * k)
    }
  }
  var rootMeanSquare: Double {
    (sumOfSquares / Double(max(residuals.count, 1))).squareRoot()
  }

  /// The lag-1 autocorrelation of the residuals, from 0 to 0.95.
  var autocorrelation: Double {
    let sum = residuals.reduce(0) { $0 + $1 * $1 }
    guard sum > 0, sum.isFinite else { return 0 }
    let products = zip(residuals, residuals.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
    return min(max(products / sum, 0), 0.95)
  }

  /// n (1 - rho)/(1 + rho): how many independent points the residuals are worth.
  var effectiveCount: Double {
    let rho = autocorrelation
    return Double(residuals.count) * (1 - rho) / (1 + rho)
  }

  /// (1 + rho)/(1 - rho): how many residuals are worth one that is independent.
  var dependence: Double {
    let rho = autocorrelation
    return (1 + rho) / (1 - rho)
  }

  /// Points beyond the number of constants, at least 1.
  var degreesOfFreedom: Double { Double(max(residuals.count - theta.count, 1)) }

  /// The law of v as a function of t.
  var lawInFrame: BrokenPowerLaw { Frame.lawInFrame(theta) }
}

/// The best law for observations: many starts, of which the most promising are polished.
struct LawSearch: Sendable {
  var observations: Observations
  let progress: Progress
  let constraints: Constraints
  let isCancelled: @Sendable () -> Bool
  /// Where Huber's loss turns linear; nil: squared residuals.
  var threshold: Double?

  /// How many starts a law hands on to laws that build on it.
  private static let seeds = 10

  /// Residuals below this share of y are no noise of a measurement.
  private static let exactness = 1e-4

  /// Descents go on in rounds, on as many bins as their number allows: many not far, few to the end.
  ///
  /// Most of the best starts lie in one valley: on few bins they soon meet, and those that remain are
  /// the optima that only many bins tell apart. On exact values it takes many bins and long descents
  /// to tell any two laws apart.
  private static func rounds(breaks: Int, onExactValues: Bool = false)
    -> [(bins: Int, entrants: Int, steps: Int)]
  {
    switch (breaks, onExactValues) {
    case (0...1, false): [(64, .max, 6), (64, 4, 12), (256, 2, 200)]
    case (_, false): [(32, .max, 20), (64, 12, 30), (64, 5, 100), (256, 3, 200)]
    case (0...1, true): [(64, .max, 6), (256, 6, 200)]
    case (_, true): [(256, .max, 60), (256, 16, 200)]
    }
  }

  /// The best law with `breaks` breaks; nil when no start leads to finite residuals.
  ///
  /// Laws that are already known of the same observations save work: those with as many breaks and
  /// what their searches met are starts, and so are those with one fewer and another break.
  func fit(breaks: Int, prior: ExponentPrior? = nil, known: [LawFit] = []) -> LawFit? {
    var grid = grid(mostBreaks: breaks, prior: prior)
    return fit(breaks: breaks, prior: prior, known: known, startingFrom: &grid)
  }

  /// The same with starts from a grid that is there already.
  func fit(
    breaks: Int, prior: ExponentPrior? = nil, known: [LawFit],
    startingFrom grid: inout VariableProjection
  ) -> LawFit? {
    var best = fit(
      from: starts(breaks: breaks, prior: prior, known: known, grid: &grid), breaks: breaks,
      prior: prior)
    for _ in 0..<3 where breaks > 0 {
      guard let current = best else { return nil }
      var starts = [current.theta]
      for i in 0..<breaks {
        var theta = current.theta
        theta.removeSubrange((3 + 3 * i)..<(6 + 3 * i))
        starts += grid.starts(extending: theta, most: 4)
      }
      guard let next = fit(from: starts, breaks: breaks, prior: prior) else { return best }
      if !(next.cost < current.cost * (1 - 1e-3)) {
        if next.cost < current.cost { best = next }; break
      }
      best = next
    }
    return best
  }

  /// The grid of starts for laws with at most so many breaks.
  func grid(mostBreaks: Int, prior: ExponentPrior? = nil) -> VariableProjection {
    VariableProjection(
      guide, mostBreaks: mostBreaks, bounds: bounds(hasPrior: prior != nil), prior: prior,
      progress: progress)
  }

  /// The best law with `breaks` breaks that descents from some starts lead to, as good as evidence
  /// can tell; nil when none leads to finite residuals.
  func fit(from starts: [[Double]], breaks: Int, prior: ExponentPrior?) -> LawFit? {
    let usual = fit(
      from: starts, breaks: breaks, prior: prior, rounds: Self.rounds(breaks: breaks),
      tolerance: LevenbergMarquardt.slightDecrease)
    guard let usual, observations.count > 64, threshold == nil,
      usual.rootMeanSquare < Self.exactness * observations.meanWeight.squareRoot()
    else { return usual }
    let exact = fit(
      from: starts, breaks: breaks, prior: prior,
      rounds: Self.rounds(breaks: breaks, onExactValues: true), tolerance: 1e-7)
    return [usual, exact].compactMap { $0 }.min { $0.cost < $1.cost }
  }

  private func fit(
    from starts: [[Double]], breaks: Int, prior: ExponentPrior?,
    rounds: [(bins: Int, entrants: Int, steps: Int)], tolerance: Double
  ) -> LawFit? {
    let box = bounds(hasPrior: prior != nil).box(breaks: breaks)
    var tournament = Tournament(
      starts: starts, box: box, tolerance: tolerance, isCancelled: isCancelled)
    var bins = 0
    var problem: LawResiduals?
    for round in rounds {
      let known = problem
      if round.bins != bins {
        // Bins would hide outliers from the robust loss.
        let binned = threshold == nil ? observations.binned(to: round.bins) : observations
        problem = LawResiduals(binned, breaks: breaks, prior: prior, threshold: threshold)
        bins = round.bins
      }
      guard let problem else { continue }
      tournament.play(
        problem, isNew: known?.count != problem.count, best: round.entrants, steps: round.steps)
    }
    let solutions = tournament.solutions
    guard var best = solutions.first else { return nil }
    if let problem, problem.count < observations.count {
      best = LevenbergMarquardt(
        maximumIterations: 60, costTolerance: tolerance, smallDecreases: 1,
        isCancelled: isCancelled
      ).minimize(
        LawResiduals(observations, breaks: breaks, prior: prior), from: best.parameters, in: box)
    }
    var fit = describe(best, prior: prior)
    fit.alternatives = solutions.dropFirst().map(\.parameters) + starts.prefix(Self.seeds)
    return fit
  }

  private func starts(
    breaks: Int, prior: ExponentPrior?, known: [LawFit], grid: inout VariableProjection
  ) -> [[Double]] {
    let same = known.filter { $0.breaks == breaks }
    var starts = same.flatMap { [$0.theta] + $0.alternatives }
    if breaks < 2 || (breaks <= 3 && same.isEmpty) { starts += grid.starts(breaks: breaks) }
    guard breaks >= 2 else { return starts }
    var simpler = known.filter { $0.breaks == breaks - 1 }
    if breaks >= 2, simpler.isEmpty, let fit = fit(breaks: breaks - 1) { simpler = [fit] }
    for fit in simpler {
      // The best two laws by several breaks each; of the others, which an exhaustive search of pairs
      // has met, one break each.
      let laws = [fit.theta] + fit.alternatives.prefix(breaks == 2 ? 1 : Self.seeds + 1)
      for (rank, theta) in laws.enumerated() {
        starts += grid.starts(extending: theta, most: rank < 2 ? 4 : 1)
      }
      if starts.isEmpty { starts = [fit.theta + bounds(hasPrior: prior != nil).idleBreak] }
    }
    return starts
  }

  /// What the starts and the ranges of constants are taken from: under a robust loss outliers would
  /// draw every start to themselves, and one low point would bound the limit.
  private var guide: Observations {
    threshold == nil ? observations : observations.mediansOfThree
  }

  /// What the constants of a law may be.
  func bounds(hasPrior: Bool) -> LawBounds {
    LawBounds(guide, hasPrior: hasPrior, progress: progress, constraints: constraints)
  }

  /// A last descent to the optimum's own digits, whatever the search's stop was.
  func polished(_ fit: LawFit) -> LawFit {
    let solution = descend(from: fit, with: polisher)
    // Refinement may end a rounding error above the least cost.
    guard solution.cost <= fit.cost * (1 + 1e-11) else { return fit }
    var polished = describe(solution, prior: fit.prior)
    polished.alternatives = fit.alternatives
    return polished
  }

  /// A descent that ends only where the digits do.
  var polisher: LevenbergMarquardt {
    LevenbergMarquardt(
      maximumIterations: 500, costTolerance: 1e-13, initialDamping: 1e-6, minimumDamping: 1e-16,
      refinements: 20, isCancelled: isCancelled)
  }

  /// The law nearby that fits these observations, for a law fitted to others.
  func refitted(_ fit: LawFit) -> LawFit {
    describe(
      descend(
        from: fit,
        with: LevenbergMarquardt(
          maximumIterations: 30, costTolerance: LevenbergMarquardt.slightDecrease,
          smallDecreases: 2, isCancelled: isCancelled)),
      prior: fit.prior)
  }

  private func descend(from fit: LawFit, with solver: LevenbergMarquardt)
    -> LevenbergMarquardt.Solution
  {
    return solver.minimize(
      LawResiduals(observations, breaks: fit.breaks, prior: fit.prior, threshold: threshold),
      from: fit.theta, in: bounds(hasPrior: fit.prior != nil).box(breaks: fit.breaks))
  }

  func describe(_ solution: LevenbergMarquardt.Solution, prior: ExponentPrior?) -> LawFit {
    var fit = describe(Self.sorted(solution.parameters), prior: prior)
    fit.cost = solution.cost
    fit.termination = solution.termination
    return fit
  }

  /// Parameters with their residuals at these observations.
  func describe(_ theta: [Double], prior: ExponentPrior? = nil) -> LawFit {
    let frame = observations.frame
    var fit = LawFit(
      frame: frame, theta: theta, prior: prior, cost: .nan, residuals: [],
      termination: .stationary, threshold: threshold)
    fit.residuals = LawResiduals(observations, breaks: fit.breaks).values(at: theta)
    return fit
  }

  /// The search on the last `share` of the range of t in the direction of progress, or on all points
  /// when fewer than `minimum` lie there.
  func restricted(toUpper share: Double, atLeast minimum: Int) -> LawSearch {
    let range = observations.range
    let skipped = (1 - share) * (range.width)
    let t = observations.t
    let window = observations.filtered { i in
      switch progress {
      case .increasing: t[i] >= range.lower + skipped
      case .decreasing: t[i] <= range.upper - skipped
      }
    }
    guard window.count >= minimum else { return self }
    return LawSearch(
      observations: window, progress: progress, constraints: constraints,
      isCancelled: isCancelled, threshold: threshold)
  }

  /// The same law with its breaks in ascending order.
  private static func sorted(_ theta: [Double]) -> [Double] {
    let breaks = stride(from: 3, to: theta.count, by: 3).map { Array(theta[$0..<($0 + 3)]) }
    return Array(theta.prefix(3)) + breaks.sorted { $0[1] < $1[1] }.joined()
  }
}

extension LawSearch {
  /// The search on points in the frame that suits them and the constraints.
  ///
  /// The frame says which y it admits: where it refuses one, the search is not to be used.
  init(
    _ points: Points, orientation: Frame.Orientation = .direct, objective: Objective.Choice,
    progress: Progress = .increasing, constraints: Constraints = Constraints(FitOptions()),
    isCancelled: @escaping @Sendable () -> Bool
  ) {
    let frame = Frame(
      points: points, orientation: orientation, objective: objective,
      centred: !constraints.constrainsCoefficient)
    self.init(
      observations: Observations(points, in: frame), progress: progress, constraints: constraints,
      isCancelled: isCancelled)
  }
}
