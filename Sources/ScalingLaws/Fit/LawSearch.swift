import Glibc

/// Searches the best law for observations, by local minimization from many starts.
struct LawSearch: Sendable {
  var observations: Observations
  let progress: Progress
  let constraints: Constraints
  let isCancelled: @Sendable () -> Bool
  /// Where Huber's loss turns linear; nil: squared residuals.
  var threshold: Double?
  /// Whether breaks must lie inside the data.
  var keepsBreaksInside = false

  /// The number of starts that are kept for laws with more breaks.
  private static let seeds = 10

  /// Residuals below this share of the range of the values, and below this relative to the values,
  /// are too small for the noise of a measurement.
  private static let exactness = 1e-4

  /// The rounds of successive halving: many descents with few steps on few bins, then fewer
  /// descents with more steps on more bins.
  ///
  /// Most of the best starts lead to the same optimum and are merged early, on few bins. Exact
  /// values need more bins and longer descents to distinguish laws.
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
  /// Laws `known` for the same observations save work: those with as many breaks and their
  /// alternatives are starts, and so are those with one break fewer, extended by a break.
  func fit(breaks: Int, prior: ExponentPrior? = nil, known: [LawFit] = []) -> LawFit? {
    var grid = grid(mostBreaks: breaks, prior: prior)
    return fit(breaks: breaks, prior: prior, known: known, startingFrom: &grid)
  }

  /// The same with starts from a given grid.
  func fit(
    breaks: Int, prior: ExponentPrior? = nil, known: [LawFit],
    startingFrom grid: inout VariableProjection
  ) -> LawFit? {
    var best = fit(
      from: starts(breaks: breaks, prior: prior, known: known, grid: &grid), breaks: breaks,
      prior: prior)
    // While it helps, remove each break in turn and insert it at the best place. Not for a single
    // break, whose places the grid has all tried.
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

  /// The largest number of such rounds, and the share of the cost that each must save.
  private static let exchanges = 2
  private static let worthwhile = 1e-3

  /// The law, and starts with one of its breaks moved to where the linearized cost is least; on
  /// exact values also beyond the data.
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

  /// Whether the residuals are too small for the noise of a measurement.
  func isExact(_ fit: LawFit) -> Bool {
    guard threshold == nil, fit.prior == nil else { return false }
    let squares = zip(fit.residuals, observations.weights).reduce(0) { $0 + $1.0 * $1.0 / $1.1 }
    let deviation = (squares / Double(observations.count)).squareRoot()
    return deviation < Self.exactness * min(observations.targetRange, 1)
  }

  /// The grid of starts for laws with at most so many breaks.
  func grid(mostBreaks: Int, prior: ExponentPrior? = nil) -> VariableProjection {
    VariableProjection(
      smoothedObservations, mostBreaks: mostBreaks, bounds: bounds(hasPrior: prior != nil),
      prior: prior,
      progress: progress)
  }

  /// The best law with `breaks` breaks that descents from some starts reach; nil when none has
  /// finite residuals.
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
        // The robust loss needs all points, because bins hide outliers.
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
    var oneFewer = known.filter { $0.breaks == breaks - 1 }
    if breaks >= 2, oneFewer.isEmpty, let fit = fit(breaks: breaks - 1) { oneFewer = [fit] }
    for fit in oneFewer {
      // Extend the best two laws in several ways; the others, which the exhaustive search of pairs
      // has found, in one way.
      let laws = [fit.theta] + fit.alternatives.prefix(breaks == 2 ? 1 : Self.seeds + 1)
      for (rank, theta) in laws.enumerated() {
        starts += grid.starts(extending: theta, most: rank < 2 ? 4 : 1)
      }
      if starts.isEmpty { starts = [fit.theta + bounds(hasPrior: prior != nil).idleBreak] }
    }
    return starts
  }

  /// The observations for starts and ranges of constants; with a robust loss smoothed, because
  /// outliers would distort the starts, and one low point would bound the limit.
  private var smoothedObservations: Observations {
    threshold == nil ? observations : observations.mediansOfThree
  }

  /// The ranges of the constants.
  func bounds(hasPrior: Bool) -> LawBounds {
    LawBounds(
      smoothedObservations, hasPrior: hasPrior, keepsBreaksInside: keepsBreaksInside,
      progress: progress,
      constraints: constraints)
  }

  /// The law after a last descent, to the precision of doubles.
  func polished(_ fit: LawFit) -> LawFit {
    let solution = descend(from: fit, with: polisher)
    // Allow for a rounding error above the least cost.
    guard solution.cost <= fit.cost * (1 + 1e-11) else { return fit }
    var polished = describe(solution, prior: fit.prior)
    polished.alternatives = fit.alternatives
    polished.criterion = fit.criterion
    return polished
  }

  /// A minimizer that continues to the precision of doubles.
  var polisher: LevenbergMarquardt {
    LevenbergMarquardt(
      maximumIterations: 500, costTolerance: 1e-13, initialDamping: 1e-6, minimumDamping: 1e-16,
      refinements: 20, isCancelled: isCancelled)
  }

  /// The local optimum at these observations that a law fitted to other ones leads to.
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
    // Breaks with constraints have kept their order.
    let theta =
      constraints.bindBreaks ? solution.parameters : Self.sorted(solution.parameters)
    var fit = describe(theta, prior: prior)
    fit.cost = solution.cost
    fit.termination = solution.termination
    return fit
  }

  /// The law with these parameters, and its residuals.
  func describe(_ theta: [Double], prior: ExponentPrior? = nil) -> LawFit {
    let frame = observations.frame
    var fit = LawFit(
      frame: frame, theta: theta, prior: prior, cost: .nan, residuals: [],
      termination: .stationary, freeCount: bounds(hasPrior: prior != nil).freeCount(of: theta),
      hasKnownNoise: observations.hasAbsoluteWeights, places: observations.t, threshold: threshold)
    fit.residuals = LawResiduals(observations, breaks: fit.breaks).values(at: theta)
    return fit
  }

  /// The search on the points in the last `share` of the range of t, in the direction of progress,
  /// or on all points when these are fewer than `minimum`.
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
  /// The search on points, in a frame for them and the constraints.
  ///
  /// Do not use it when the frame does not admit some y.
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

extension LawSearch {
  /// The best free law with `breaks` breaks, one of which may lie beyond the data; nil when no
  /// start leads to finite residuals.
  ///
  /// Such a break changes the data by less than any noise of a measurement: by (x/d)^(1/f), 6e-6 of
  /// its change at half of d for f = 0.06. On exact values it can still be found, by starts from
  /// the best law without it and a search over the place of the break.
  func foreseeing(breaks: Int) -> LawFit? {
    guard let usual = fit(breaks: breaks).map(polished) else { return nil }
    guard breaks > 0, let without = fit(breaks: breaks - 1).map(polished) else { return usual }
    let bounds = bounds(hasPrior: false)
    var box = bounds.box(breaks: breaks)
    // Only the last points show it, so its width is limited by their distances only.
    let lastPlaces = observations.places(along: progress).suffix(5)
    if let first = lastPlaces.first, let last = lastPlaces.last, constraints.isEmpty, first != last
    {
      box.lower[box.lower.count - 1] = min(box.lower[box.lower.count - 1], log(abs(last - first)))
    }
    var tournament = Tournament(
      starts: bounds.breaksBeyond.map { without.theta + $0 }, box: { _ in box },
      isCancelled: isCancelled)
    let residuals = LawResiduals(observations, breaks: breaks, prior: nil)
    tournament.play(residuals, isNew: true, best: .max, steps: 8)
    tournament.play(residuals, isNew: false, best: 6, steps: 200)
    guard let best = tournament.solutions.first else { return usual }
    let foreseen = describe(profiled(best, residuals, box), prior: nil)
    return foreseen.cost < usual.cost ? foreseen : usual
  }

  /// A law of exact values whose last break lies beyond them, with the best place of this break.
  func foreseen(_ fit: LawFit) -> LawFit {
    let start = LevenbergMarquardt.Solution(
      parameters: fit.theta, cost: fit.cost, iterations: 0, termination: fit.termination)
    let solution = profiled(
      start, LawResiduals(observations, breaks: fit.breaks, prior: nil),
      bounds(hasPrior: false).box(about: fit.theta))
    guard solution.cost < fit.cost else { return fit }
    var foreseen = describe(solution, prior: nil)
    foreseen.alternatives = fit.alternatives
    return foreseen
  }

  /// The least cost over the place of the last break, all else being fitted at each place.
  ///
  /// The points determine c exp(-delta/f) well and delta badly, so a descent in all constants would
  /// follow a narrow curved valley in very small steps.
  private func profiled(
    _ solution: LevenbergMarquardt.Solution, _ residuals: LawResiduals, _ box: Box
  ) -> LevenbergMarquardt.Solution {
    let last = solution.parameters.count - 3
    var best = polisher.minimize(residuals, from: solution.parameters, in: box)
    func tryBreak(at place: Double) {
      var start = best.parameters
      // Keep c exp(-delta/f) constant.
      start[last] *= exp((place - start[last + 1]) * progress.sign / exp(start[last + 2]))
      start[last + 1] = place
      var held = box
      held.lower[last + 1] = place
      held.upper[last + 1] = place
      let minimum = polisher.minimize(residuals, from: start, in: held)
      if minimum.cost < best.cost { best = minimum }
    }
    var step = 0.5 * exp(best.parameters[last + 2])
    // Growing steps while they lower the cost, then shorter and shorter ones to either side.
    for _ in 0..<60 where !isCancelled() {
      let (place, cost) = (best.parameters[last + 1], best.cost)
      for end in [place + step, place - step] where best.cost == cost {
        tryBreak(at: box.clamping(end, at: last + 1))
      }
      if best.cost == cost { step *= 0.4 }
    }
    return best
  }
}
