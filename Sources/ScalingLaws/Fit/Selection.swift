import Glibc

/// The reported law, chosen among laws of 0 to `max` breaks.
///
/// The forecast does not hang on this choice (see `Ensemble`); the report does, because people ask
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
    let tried = (0...maximum).filter { $0 == 0 || n >= 3 * $0 + 4 }
      .prefix { method != .aicc || Self.canWin(breaks: $0, count: n) }
    var grid = search.grid(mostBreaks: tried.last ?? 0)
    for breaks in tried {
      let known = free[breaks - 1].map { [$0] } ?? []
      if let fit = search.fit(breaks: breaks, known: known, startingFrom: &grid) {
        free[breaks] = fit
      }
      if search.isCancelled() { throw .cancelled }
      progress(Double(breaks + 1) / Double(maximum + 1))
    }
    guard let simplest = free[0] else { throw .noFiniteFit }
    // One measure of autocorrelation for all: that of the richest law, since what a poor law leaves
    // in its residuals is misfit, not noise.
    let richest = free.max { $0.key < $1.key }?.value ?? simplest
    let effective = richest.effectiveCount
    var candidates = free.sorted { $0.key < $1.key }.map { breaks, fit in
      SelectionReport.Candidate(
        breaks: breaks, hasPrior: false, sumOfSquares: fit.sumOfSquares,
        aicc: Self.aicc(fit, effectiveCount: effective), validationError: nil)
    }
    var chosen = simplest
    switch method {
    case .aicc:
      let breaks = Self.fewestBreaks(candidates.map { ($0.breaks, $0.aicc) })
      chosen = breaks.flatMap { free[$0] } ?? simplest
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

  /// Whether a law could be chosen if its last break left a hundredth of the squares: with few points
  /// the criterion's price of three more constants exceeds all that they can explain.
  private static func canWin(breaks: Int, count: Int) -> Bool {
    guard breaks > 0, let richer = penalty(constants: 3 * breaks + 4, count: count),
      let poorer = penalty(constants: 3 * breaks + 1, count: count)
    else { return breaks == 0 }
    return richer - poorer < Double(count) * log(100)
  }

  /// 2k + 2k(k+1)/(n - k - 1), k counting the constants and the variance; nil where n - k - 1 is not
  /// positive.
  private static func penalty(constants k: Int, count n: Int) -> Double? {
    n - k - 1 > 0 ? Double(2 * k) + Double(2 * k * (k + 1)) / Double(n - k - 1) : nil
  }

  /// n_eff ln(SSE/n) + 2k + 2k(k+1)/(n - k - 1), k counting the constants and the variance; nil
  /// where n - k - 1 is not positive.
  static func aicc(_ fit: LawFit, effectiveCount: Double) -> Double? {
    let n = fit.residuals.count
    // A perfect fit still has rounding errors.
    let variance = max(fit.sumOfSquares / Double(n), 1e-30)
    return penalty(constants: fit.theta.count + 1, count: n).map {
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
    let training = validation.training
    var scored: [(candidate: SelectionReport.Candidate, squares: [Double])] = []
    var simpler: LawFit?
    for candidate in candidates {
      // A search for three breaks or more begins with one for a break fewer.
      let known = candidate.breaks > 2 ? simpler : nil
      guard training.observations.count >= 3 * candidate.breaks + 3,
        let fit = training.fit(breaks: candidate.breaks, known: known.map { [$0] } ?? [])
      else {
        scored.append((candidate, []))
        continue
      }
      simpler = fit
      let drawn = Ensemble.fit(
        training, breaks: candidate.breaks, centre: approach.usualExponent, noiseOf: fit,
        simpler: known)
      for fit in [fit, drawn].compactMap({ $0 }) {
        var entry = candidate
        entry.hasPrior = fit.prior != nil
        if entry.hasPrior { entry.aicc = nil }
        let squares = validation.squaredErrors(of: fit)
        entry.validationError = (squares.reduce(0, +) / Double(squares.count)).squareRoot()
        scored.append((entry, squares))
      }
      if search.isCancelled() { throw .cancelled }
    }
    let comparable = scored.filter { !$0.squares.isEmpty }
    guard
      let best = comparable.min(by: {
        ($0.candidate.validationError ?? .infinity) < ($1.candidate.validationError ?? .infinity)
      })
    else { throw .noFiniteFit }
    let choices = comparable.filter {
      !isWorse($0.squares, than: best.squares, byStandardErrors: 3)
    }.map(\.candidate)
    let numbers = choices.map(\.breaks)
    let rated = candidates.filter { numbers.contains($0.breaks) }.map { ($0.breaks, $0.aicc) }
    guard let breaks = fewestBreaks(rated) ?? numbers.min(), let fit = free[breaks],
      let choice = choices.first(where: { $0.breaks == breaks })
    else { throw .noFiniteFit }
    var chosen = fit
    if choice.hasPrior,
      let drawn = Ensemble.fit(
        search, breaks: choice.breaks, centre: approach.usualExponent, noiseOf: fit)
    {
      chosen = drawn
    }
    candidates = scored.map(\.candidate)
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
