import Glibc

/// Chooses the reported law among laws of 0 to `max` breaks.
///
/// A combined forecast does not depend on this choice (see `WeightedLaws`).
struct Selection: Sendable {
  let chosen: LawFit
  let report: SelectionReport
  /// Free fits by number of breaks.
  let free: [Int: LawFit]

  /// A candidate within this many units of the best criterion is as good as the best.
  private static let tolerance = 4.0

  init(
    _ search: LawSearch, maximum: Int, method: FitOptions.Selection, endBehaviour: EndBehaviour,
    report progress: (Double) -> Void
  ) throws(FitError) {
    let n = search.observations.count
    var free: [Int: LawFit] = [:]
    // Repeated measurements tell of the noise, not of the course between them.
    let places = search.observations.placeCount
    let tried = (0...maximum).filter { $0 == 0 || places >= Self.fewestPlaces(breaks: $0) }
      .prefix { method != .aicc || search.observations.hasAbsoluteWeights || Self.canWin($0, n) }
    var grid = search.grid(mostBreaks: tried.last ?? 0)
    for breaks in tried {
      let known = free[breaks - 1].map { [$0] } ?? []
      if var fit = search.fit(breaks: breaks, known: known, startingFrom: &grid) {
        if fit.hasBreakOutside, let inside = Self.inside(search, fit, known, &grid) { fit = inside }
        free[breaks] = fit
      }
      if search.isCancelled() { throw .cancelled }
      progress(Double(breaks + 1) / Double(maximum + 1))
    }
    guard let simplest = free[0] else { throw .noFiniteFit }
    // Use the autocorrelation of the law with the most breaks for all, because the residuals of
    // oneFewer laws contain misfit too.
    let richest = free.max { $0.key < $1.key }?.value ?? simplest
    let effective =
      richest.hasKnownNoise ? Double(n) / Self.excess(of: richest) : richest.effectiveCount
    for (breaks, fit) in free {
      let surplus = free[breaks - 1].map { Self.surplus(of: fit, over: $0, search) } ?? 0
      free[breaks]?.criterion = Self.aicc(fit, effectiveCount: effective).map { $0 + 2 * surplus }
    }
    var candidates = free.sorted { $0.key < $1.key }.map { breaks, fit in
      SelectionReport.Candidate(
        breaks: breaks, sumOfSquares: fit.sumOfSquaresInUnits, aicc: fit.criterion,
        validationError: nil)
    }
    var chosen = simplest
    switch method {
    case .aicc:
      chosen = Self.choice(among: free) ?? simplest
    case .holdOut:
      chosen = try Self.holdOut(
        search, free: free, endBehaviour: endBehaviour, candidates: &candidates)
    }
    self.chosen = chosen
    self.free = free
    report = SelectionReport(
      method: method == .aicc ? .aicc : .holdOut, chosen: chosen.breaks, candidates: candidates,
      effectiveCount: effective)
  }

  /// From how many distinct x a law of so many breaks is tried: one more than it has constants.
  static func fewestPlaces(breaks: Int) -> Int { 3 * breaks + 4 }

  /// The smallest number of breaks with a criterion as good as the best; nil when no law has one.
  static func fewestBreaks(_ laws: [(breaks: Int, aicc: Double?)]) -> Int? {
    guard let best = laws.compactMap(\.aicc).min() else { return nil }
    return laws.filter { $0.aicc.map { $0 <= best + tolerance } ?? false }.map(\.breaks).min()
  }

  /// The law of the fewest breaks that is as good as the best by the criterion.
  ///
  /// A law with a break outside the data is replaced by the best of the others if that one leaves
  /// no pattern in its residuals and the break is not significant. When there are too few points
  /// for the criterion, breaks are added while they are significant.
  private static func choice(among free: [Int: LawFit]) -> LawFit? {
    func preferred(_ laws: [LawFit]) -> LawFit? {
      fewestBreaks(laws.map { ($0.breaks, $0.criterion) }).flatMap { free[$0] }
    }
    let laws = free.sorted { $0.key < $1.key }.map(\.value)
    var chosen = preferred(laws)
    if let outside = chosen, outside.hasBreakOutside,
      let other = preferred(laws.filter { !$0.hasBreakOutside }), !other.leavesPattern,
      !explainsMore(outside, than: other)
    {
      chosen = other
    }
    for richer in laws where richer.criterion == nil && !richer.hasBreakOutside {
      if let poorer = chosen, explainsMore(richer, than: poorer) { chosen = richer }
    }
    return chosen
  }

  /// Whether the further breaks are significant by an F test of nested laws.
  private static func explainsMore(_ richer: LawFit, than poorer: LawFit) -> Bool {
    guard richer.breaks > poorer.breaks, richer.residuals.count > richer.freeCount else {
      return false
    }
    let added = Double(max(richer.freeCount - poorer.freeCount, 1))
    let degrees = richer.degreesOfFreedom
    let gain = max(poorer.sumOfSquares - richer.sumOfSquares, 0) / added
    let f = gain / max(richer.sumOfSquares / degrees, .leastNormalMagnitude)
    return fisherSurvival(f, numerator: added, denominator: degrees) < chance
  }

  /// The level of significance of breaks; small, because the search tries many breaks.
  private static let chance = 1e-3

  /// The best law with all breaks inside the data, if it is a local optimum or as good by the
  /// criterion as the one with a break outside; nil otherwise.
  private static func inside(
    _ search: LawSearch, _ outside: LawFit, _ known: [LawFit], _ grid: inout VariableProjection
  ) -> LawFit? {
    var confined = search
    confined.keepsBreaksInside = true
    guard
      let inside = confined.fit(breaks: outside.breaks, known: known, startingFrom: &grid),
      !inside.hasBreakOutside
    else { return nil }
    let optimum = search.polished(inside)
    if !optimum.hasBreakOutside { return optimum }
    let worse =
      inside.hasKnownNoise
      ? inside.sumOfSquares - outside.sumOfSquares
      : Double(inside.residuals.count) * log(inside.sumOfSquares / outside.sumOfSquares)
    return worse <= tolerance ? inside : nil
  }

  /// A correction of the number of constants for noise whose size varies (Takeuchi 1976): the sum
  /// of leverage times squared residual of the poorer law, less the number of constants.
  ///
  /// Where the noise is large at a few points only, a break there would fit the noise.
  private static func surplus(of richer: LawFit, over poorer: LawFit, _ search: LawSearch) -> Double
  {
    let observations = search.observations
    let box = search.bounds(hasPrior: false).box(breaks: richer.breaks)
    let mean = poorer.residuals.reduce(0) { $0 + $1 * $1 } / Double(poorer.residuals.count)
    guard !observations.hasAbsoluteWeights, mean > 0,
      let covariance = try? Covariance(richer, observations: observations, box: box),
      covariance.residualVariance > 0
    else { return 0 }
    let law = richer.lawInFrame
    let (objective, unit) = (observations.frame.objective, observations.frame.unit)
    let surplus = observations.t.indices.reduce(0.0) { sum, i in
      let value = law.value(atLogX: observations.t[i])
      let slope = objective.derivative(value, unit: unit) * observations.weights[i].squareRoot()
      let gradient = law.gradient(atLogX: observations.t[i]).map { $0 * slope }
      let leverage = covariance.variance(gradient) / covariance.residualVariance
      let residual = poorer.residuals[i]
      return sum + leverage * (residual * residual / mean - 1)
    }
    return surplus.isFinite ? max(surplus, 0) : 0
  }

  /// Whether a law with so many breaks could be chosen: with few points the penalty of three more
  /// constants exceeds the gain of a break that explains 99 % of the squares. The first break is
  /// always tried.
  private static func canWin(_ breaks: Int, _ count: Int) -> Bool {
    guard breaks > 1, let richer = penalty(constants: 3 * breaks + 4, count: count),
      let poorer = penalty(constants: 3 * breaks + 1, count: count)
    else { return breaks <= 1 }
    return richer - poorer < Double(count) * log(100)
  }

  /// 2k + 2k(k+1)/(n - k - 1), k counting the free constants and the variance; nil where n - k - 1
  /// is not positive.
  private static func penalty(constants k: Int, count n: Int) -> Double? {
    n - k - 1 > 0 ? Double(2 * k) + Double(2 * k * (k + 1)) / Double(n - k - 1) : nil
  }

  /// The variance of the residuals of the law with the most breaks in units of the known noise; 1
  /// unless it is significantly larger.
  private static func excess(of richest: LawFit) -> Double {
    let degrees = Double(richest.residuals.count - richest.freeCount)
    guard degrees > 0,
      chiSquareSurvival(richest.sumOfSquares, degreesOfFreedom: degrees) < 0.01
    else { return 1 }
    return max(richest.sumOfSquares / degrees, 1)
  }

  /// Where the noise is known, and the points agree with it, chi-square + 2k. Else the quasi-AICc
  /// of Burnham and Anderson (2002, section 2.5): the likelihood n ln(SSE/n) counts by n_eff/n,
  /// since neighbours that err together tell less than their number; k also counts the variance,
  /// and the correction for few points is that of n points. Nil where these are no more than k + 1.
  static func aicc(_ fit: LawFit, effectiveCount: Double) -> Double? {
    let n = fit.residuals.count
    if fit.hasKnownNoise {
      return penalty(constants: fit.freeCount + 1, count: n).map {
        effectiveCount >= Double(n)
          ? fit.sumOfSquares + 2 * Double(fit.freeCount)
          : fit.sumOfSquares * effectiveCount / Double(n) + $0
      }
    }
    // A perfect fit still has rounding errors.
    let variance = max(fit.sumOfSquares / Double(n), 1e-30)
    return penalty(constants: fit.freeCount + 1, count: n).map {
      effectiveCount * log(variance) + $0
    }
  }

  /// The law that forecasts the last max(2, 20 %) distinct x best (paper A.6), fitted to all
  /// points. Between laws that are not worse by more than three standard errors AICc decides.
  ///
  /// Each block of validation points is forecast from all points before it, because the errors of a
  /// single forecast of all would be correlated.
  private static func holdOut(
    _ search: LawSearch, free: [Int: LawFit], endBehaviour: EndBehaviour,
    candidates: inout [SelectionReport.Candidate]
  ) throws(FitError) -> LawFit {
    let validation = RollingValidation(search)
    var squares: [Int: [Double]] = [:]
    var oneFewer: LawFit?
    for i in candidates.indices {
      let breaks = candidates[i].breaks
      // A search for three or more breaks starts from the fit with one break fewer.
      let known = breaks > 2 ? oneFewer : nil
      guard validation.trainingPlaces >= 3 * breaks + 3,
        let fit = validation.training.fit(breaks: breaks, known: known.map { [$0] } ?? [])
      else { continue }
      oneFewer = fit
      // A law fitted freely to few points may forecast badly, so it is tried with the prior too.
      let withPrior = validation.training.fitWithPrior(
        centre: endBehaviour.usualExponent, noiseOf: fit)
      for law in [fit, withPrior].compactMap({ $0 }) {
        let errors = validation.squaredErrors(of: law)
        let error = (errors.reduce(0, +) / Double(errors.count)).squareRoot()
        if error < candidates[i].validationError ?? .infinity {
          candidates[i].validationError = error
          squares[breaks] = errors
        }
      }
      if search.isCancelled() { throw .cancelled }
    }
    let validated = candidates.filter { $0.validationError != nil }
    guard
      let best = validated.min(by: {
        ($0.validationError ?? .infinity) < ($1.validationError ?? .infinity)
      })
    else { throw .noFiniteFit }
    let choices = validated.filter {
      guard let own = squares[$0.breaks], let others = squares[best.breaks] else { return false }
      return !isWorse(own, than: others, byStandardErrors: 3)
    }
    guard
      let breaks = fewestBreaks(choices.map { ($0.breaks, $0.aicc) })
        ?? choices.map(\.breaks).min(), let chosen = free[breaks]
    else { throw .noFiniteFit }
    return chosen
  }

  /// Whether squared errors exceed others, compared point by point, by more than a number of
  /// standard errors on average.
  static func isWorse(
    _ squares: [Double], than others: [Double], byStandardErrors factor: Double
  ) -> Bool {
    let differences = zip(squares, others).map { $0 - $1 }
    let n = Double(differences.count)
    let mean = differences.reduce(0, +) / n
    let variance = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
    return mean > factor * (variance / n).squareRoot()
  }
}

/// Validation by forecasts of the last points, in blocks, each from all points before it.
struct RollingValidation: Sendable {
  /// The search on the points before the first block.
  let training: LawSearch
  /// Distinct x before the first block, and in all blocks.
  let trainingPlaces: Int
  let count: Int
  /// The searches on the points before each block, and on the block itself.
  private let blocks: [(before: LawSearch, block: LawSearch)]

  /// The largest number of blocks.
  private static let mostBlocks = 12

  /// The last `validating` distinct x in the direction of progress are validated, or the last
  /// max(2, 20 %).
  init(_ search: LawSearch, validating asked: Int? = nil) {
    let observations = search.observations
    let places = observations.places(along: search.progress)
    let count = min(asked ?? Self.usualCount(of: places.count), places.count - 1)
    let first = places.count - count
    func restricted(_ places: ArraySlice<Double>) -> LawSearch {
      let ends = [places.first ?? 0, places.last ?? 0].sorted()
      var part = search
      part.observations = observations.filtered {
        ends[0] <= observations.t[$0] && observations.t[$0] <= ends[1]
      }
      return part
    }
    training = restricted(places[..<first])
    trainingPlaces = first
    self.count = count
    let blockCount = min(Self.mostBlocks, count)
    blocks = (0..<blockCount).map { k in
      let from = first + k * count / blockCount
      let to = first + (k + 1) * count / blockCount
      return (restricted(places[..<from]), restricted(places[from..<to]))
    }
  }

  /// The usual number of validated distinct x (paper A.6).
  static func usualCount(of distinctCount: Int) -> Int {
    max(2, Int((0.2 * Double(distinctCount)).rounded()))
  }

  /// The squared errors at all validation points, in order of progress. The law is fitted to
  /// `training` and refined before each block.
  func squaredErrors(of fit: LawFit) -> [Double] {
    var fit = fit
    var squares: [Double] = []
    for (before, block) in blocks {
      fit = before.refitted(fit)
      squares += block.describe(fit.theta).residuals.map { $0 * $0 }
    }
    return squares
  }
}
