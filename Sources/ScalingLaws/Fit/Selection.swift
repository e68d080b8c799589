import Glibc

/// The reported law, chosen among laws of 0 to `max` breaks.
///
/// The forecast does not hang on this choice (see `WeightedLaws`); the report does, because people ask
/// how many breaks there are.
struct Selection: Sendable {
  let chosen: LawFit
  let report: SelectionReport
  /// Free fits by number of breaks.
  let free: [Int: LawFit]

  /// A candidate within this many units of the best criterion is as good as the best.
  private static let tolerance = 4.0

  init(
    _ search: LawSearch, maximum: Int, method: FitOptions.Selection, approach: Approach,
    report progress: (Double) -> Void
  ) throws(FitError) {
    let n = search.observations.count
    var free: [Int: LawFit] = [:]
    // Repeated measurements tell of the noise, not of the course between them.
    let places = search.observations.placeCount
    let tried = (0...maximum).filter { $0 == 0 || places >= 3 * $0 + 4 }
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
    // One measure of autocorrelation for all: that of the richest law, since what a poor law leaves
    // in its residuals is misfit, not noise.
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
      chosen = try Self.holdOut(search, free: free, approach: approach, candidates: &candidates)
    }
    self.chosen = chosen
    self.free = free
    report = SelectionReport(
      method: method == .aicc ? .aicc : .holdOut, chosen: chosen.breaks, candidates: candidates,
      effectiveCount: effective)
  }

  /// The fewest breaks whose criterion is as good as the best; nil when none has one.
  static func fewestBreaks(_ laws: [(breaks: Int, aicc: Double?)]) -> Int? {
    guard let best = laws.compactMap(\.aicc).min() else { return nil }
    return laws.filter { $0.aicc.map { $0 <= best + tolerance } ?? false }.map(\.breaks).min()
  }

  /// The law of the fewest breaks that is as good as the best by the criterion.
  ///
  /// A law with a break outside the data gives way to the best of the others, where that one leaves no
  /// pattern in its residuals and the break explains no more than chance. Where points are too few for
  /// the criterion, breaks are added that explain more.
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

  /// Whether an F test of nested laws does not put down to chance what more breaks explain.
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

  /// What happens by chance less often than this is none: breaks are found by a search, which tries
  /// many.
  private static let chance = 1e-3

  /// The best law with all breaks inside the data, where it is an optimum of its own or as good by the
  /// criterion as the one with a break outside; nil where its breaks lean against the ends in vain.
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

  /// By how much the noise that a richer law can follow exceeds what its constants would follow if the
  /// noise were everywhere the same: the sum of leverage times squared residual of the poorer law, less
  /// the number of constants (Takeuchi 1976).
  ///
  /// Noise that shrinks along the curve leaves its large part to a few points, and a break there
  /// follows it.
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

  /// Whether it is worth while to look for a law: with few points the criterion's price of three more
  /// constants exceeds all that a second or third break can explain by leaving a hundredth of the
  /// squares. A first break costs little.
  private static func canWin(_ breaks: Int, _ count: Int) -> Bool {
    guard breaks > 1, let richer = penalty(constants: 3 * breaks + 4, count: count),
      let poorer = penalty(constants: 3 * breaks + 1, count: count)
    else { return breaks <= 1 }
    return richer - poorer < Double(count) * log(100)
  }

  /// 2k + 2k(k+1)/(n - k - 1), k counting the free constants and the variance; nil where n - k - 1 is
  /// not positive.
  private static func penalty(constants k: Int, count n: Int) -> Double? {
    n - k - 1 > 0 ? Double(2 * k) + Double(2 * k * (k + 1)) / Double(n - k - 1) : nil
  }

  /// By how much the points scatter more about the richest law than the known noise says, as a factor of
  /// its variance; 1 where chance may have done it.
  private static func excess(of richest: LawFit) -> Double {
    let degrees = Double(richest.residuals.count - richest.freeCount)
    guard degrees > 0,
      chiSquareSurvival(richest.sumOfSquares, degreesOfFreedom: degrees) < 0.01
    else { return 1 }
    return max(richest.sumOfSquares / degrees, 1)
  }

  /// Where the noise is known, and the points agree with it, chi-square + 2k. Else the quasi-AICc of Burnham and Anderson (2002,
  /// section 2.5): the likelihood n ln(SSE/n) counts by n_eff/n, since neighbours that err together
  /// tell less than their number; k also counts the variance, and the correction for few points is
  /// that of n points. Nil where these are no more than k + 1.
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

  /// The law that forecasts the last max(2, 20 %) distinct x best (paper A.6), fitted to all points;
  /// between those that are not worse by more than three standard errors AICc decides.
  ///
  /// Each block of validation points is forecast from all points before it. A single forecast of all
  /// would have errors that share their sign, and would choose by luck.
  private static func holdOut(
    _ search: LawSearch, free: [Int: LawFit], approach: Approach,
    candidates: inout [SelectionReport.Candidate]
  ) throws(FitError) -> LawFit {
    let validation = RollingValidation(search)
    var squares: [Int: [Double]] = [:]
    var simpler: LawFit?
    for i in candidates.indices {
      let breaks = candidates[i].breaks
      // A search for three breaks or more begins with one for a break fewer.
      let known = breaks > 2 ? simpler : nil
      guard validation.trainingPlaces >= 3 * breaks + 3,
        let fit = validation.training.fit(breaks: breaks, known: known.map { [$0] } ?? [])
      else { continue }
      simpler = fit
      // A free law of few points may forecast anything; drawn to usual exponents it shows what a law of
      // so many breaks can do.
      let drawn = validation.training.fitWithPrior(centre: approach.usualExponent, noiseOf: fit)
      for law in [fit, drawn].compactMap({ $0 }) {
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

  /// Whether squared errors exceed others, point by point, by more than so many standard errors on
  /// average.
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
