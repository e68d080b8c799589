/// The best law for observations: many starts, of which the most promising are polished.
struct LawSearch: Sendable {
  var observations: Observations
  let progress: Progress
  let constraints: Constraints
  let isCancelled: @Sendable () -> Bool
  /// Where Huber's loss turns linear; nil: squared residuals.
  var threshold: Double?
  /// Whether breaks beyond the data are out of the question.
  var keepsBreaksInside = false

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
    case (_, false): [(32, .max, 10), (32, 32, 20), (128, 12, 30), (256, 6, 200)]
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
    // As long as it helps, each break of several is taken out in turn and put in again where it helps
    // most; of a single one the grid has tried every place.
    for _ in 0..<Self.exchanges where breaks > 1 {
      guard let current = best, !isCancelled(),
        let next = fit(from: exchanges(of: current, grid: &grid), breaks: breaks, prior: prior),
        next.cost < current.cost
      else { break }
      best = next
      if next.cost > current.cost * (1 - Self.worthwhile) { break }
    }
    if let found = best, isExact(found), found.hasBreakOutside, constraints.isEmpty,
      progress == .increasing
    {
      return foreseen(found)
    }
    return best
  }

  /// At most so many times, and while each lowers the cost by this share.
  private static let exchanges = 2
  private static let worthwhile = 1e-3

  /// The law, and starts from it with one of its breaks elsewhere: where the linearized cost is least,
  /// and on exact values also beyond the data.
  private func exchanges(of fit: LawFit, grid: inout VariableProjection) -> [[Double]] {
    var starts = [fit.theta]
    for first in stride(from: 3, to: fit.theta.count, by: 3) {
      var theta = fit.theta
      theta.removeSubrange(first..<(first + 3))
      starts += grid.starts(extending: theta, most: 4)
      if isExact(fit), !keepsBreaksInside {
        starts += bounds(hasPrior: false).breaksBeyond.map { theta + $0 }
      }
    }
    return starts
  }

  /// Whether the residuals are smaller than the noise of any measurement.
  func isExact(_ fit: LawFit) -> Bool {
    threshold == nil && fit.prior == nil
      && fit.rootMeanSquare < Self.exactness * observations.meanWeight.squareRoot()
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
    guard let usual, observations.count > 64, isExact(usual) else { return usual }
    let exact = fit(
      from: starts, breaks: breaks, prior: prior,
      rounds: Self.rounds(breaks: breaks, onExactValues: true), tolerance: 1e-7)
    return [usual, exact].compactMap { $0 }.min { $0.cost < $1.cost }
  }

  private func fit(
    from starts: [[Double]], breaks: Int, prior: ExponentPrior?,
    rounds: [(bins: Int, entrants: Int, steps: Int)], tolerance: Double
  ) -> LawFit? {
    let bounds = bounds(hasPrior: prior != nil)
    var tournament = Tournament(
      starts: starts, box: bounds.box(about:), tolerance: tolerance, isCancelled: isCancelled)
    var bins = 0
    var binnedT: [Double] = []
    var problem: LawResiduals?
    for round in rounds {
      let known = problem
      if round.bins != bins {
        // Bins would hide outliers from the robust loss.
        let binned = threshold == nil ? observations.binned(to: round.bins) : observations
        if known == nil || binned.t != binnedT {
          problem = LawResiduals(binned, breaks: breaks, prior: prior, threshold: threshold)
          binnedT = binned.t
        }
        bins = round.bins
      }
      guard let problem else { continue }
      tournament.play(
        problem, isNew: known !== problem, best: round.entrants, steps: round.steps)
    }
    let solutions = tournament.solutions
    guard var best = solutions.first else { return nil }
    if let problem, problem.count < observations.count {
      best = LevenbergMarquardt(
        maximumIterations: 60, costTolerance: tolerance, smallDecreases: 1,
        isCancelled: isCancelled
      ).minimize(
        LawResiduals(observations, breaks: breaks, prior: prior), from: best.parameters,
        in: bounds.box(about: best.parameters))
    }
    guard best.cost.isFinite else { return nil }
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
    LawBounds(
      guide, hasPrior: hasPrior, keepsBreaksInside: keepsBreaksInside, progress: progress,
      constraints: constraints)
  }

  /// A last descent to the optimum's own digits, whatever the search's stop was.
  func polished(_ fit: LawFit) -> LawFit {
    let solution = descend(from: fit, with: polisher)
    // Refinement may end a rounding error above the least cost.
    guard solution.cost <= fit.cost * (1 + 1e-11) else { return fit }
    var polished = describe(solution, prior: fit.prior)
    polished.alternatives = fit.alternatives
    polished.criterion = fit.criterion
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
      from: fit.theta, in: bounds(hasPrior: fit.prior != nil).box(about: fit.theta))
  }

  func describe(_ solution: LevenbergMarquardt.Solution, prior: ExponentPrior?) -> LawFit {
    // Breaks that are bound by their number have kept their order.
    let theta =
      constraints.bindBreaks ? solution.parameters : Self.sorted(solution.parameters)
    var fit = describe(theta, prior: prior)
    fit.cost = solution.cost
    fit.termination = solution.termination
    return fit
  }

  /// Parameters with their residuals at these observations.
  func describe(_ theta: [Double], prior: ExponentPrior? = nil) -> LawFit {
    let frame = observations.frame
    var fit = LawFit(
      frame: frame, theta: theta, prior: prior, cost: .nan, residuals: [],
      termination: .stationary, freeCount: bounds(hasPrior: prior != nil).freeCount(of: theta),
      hasKnownNoise: observations.hasAbsoluteWeights, places: observations.t, threshold: threshold)
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
    inAllDigits: Bool = false,
    isCancelled: @escaping @Sendable () -> Bool
  ) {
    let frame = Frame(
      points: points, orientation: orientation, objective: objective,
      centred: !constraints.constrainsCoefficient)
    self.init(
      observations: Observations(points, in: frame, inAllDigits: inAllDigits), progress: progress,
      constraints: constraints, isCancelled: isCancelled)
  }
}
