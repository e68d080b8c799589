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
    for breaks in 0...maximum where breaks == 0 || n >= 3 * breaks + 4 {
      if let fit = search.fit(breaks: breaks) { free[breaks] = fit }
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
      let best = candidates.compactMap(\.aicc).min() ?? .infinity
      if let candidate = candidates.first(where: { ($0.aicc ?? .infinity) <= best + Self.tolerance }
      ) {
        chosen = free[candidate.breaks] ?? simplest
      }
    case .holdOut:
      chosen = try Self.holdOut(search, free: free, approach: approach, candidates: &candidates)
    }
    self.chosen = chosen
    self.free = free
    report = SelectionReport(
      method: method == .aicc ? .aicc : .holdOut, chosen: chosen.breaks, candidates: candidates,
      effectiveCount: effective)
  }

  /// n_eff ln(SSE/n) + 2k + 2k(k+1)/(n - k - 1), k counting the constants and the variance; nil
  /// where n - k - 1 is not positive.
  static func aicc(_ fit: LawFit, effectiveCount: Double) -> Double? {
    let n = Double(fit.residuals.count)
    let k = Double(fit.theta.count + 1)
    guard n - k - 1 > 0 else { return nil }
    // A perfect fit still has rounding errors.
    let variance = max(fit.sumOfSquares / n, 1e-30)
    return effectiveCount * log(variance) + 2 * k + 2 * k * (k + 1) / (n - k - 1)
  }

  /// The law that forecasts the last max(2, 20 %) distinct x best (paper A.6), fitted to all points;
  /// of those within one standard error of the best, the one with the fewest breaks.
  private static func holdOut(
    _ search: LawSearch, free: [Int: LawFit], approach: Approach,
    candidates: inout [SelectionReport.Candidate]
  ) throws(FitError) -> LawFit {
    let (training, validation) = search.holdingOutForValidation()
    let centre = approach.usualExponent
    var results: [(breaks: Int, hasPrior: Bool, mean: Double, error: Double)] = []
    var scored: [SelectionReport.Candidate] = []
    for candidate in candidates {
      let breaks = candidate.breaks
      guard training.observations.count >= 3 * breaks + 3,
        let fit = training.fit(breaks: breaks)
      else {
        scored.append(candidate)
        continue
      }
      let drawn = Ensemble.fit(training, breaks: breaks, centre: centre, noiseOf: fit)
      for (fit, hasPrior) in [(fit, false), (drawn, true)] {
        guard let fit else { continue }
        let squares = validation.describe(fit.theta).residuals.map { $0 * $0 }
        let n = Double(squares.count)
        let mean = squares.reduce(0, +) / n
        let variance = squares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
        var scoredCandidate = candidate
        scoredCandidate.hasPrior = hasPrior
        scoredCandidate.validationError = mean.squareRoot()
        if hasPrior { scoredCandidate.aicc = nil }
        scored.append(scoredCandidate)
        results.append((breaks, hasPrior, mean, (variance / n).squareRoot()))
      }
      if search.isCancelled() { throw .cancelled }
    }
    candidates = scored
    guard let best = results.min(by: { $0.mean < $1.mean }),
      let choice = results.filter({ $0.mean <= best.mean + best.error })
        .min(by: { ($0.breaks, $0.mean) < ($1.breaks, $1.mean) }),
      let fit = free[choice.breaks]
    else { throw .noFiniteFit }
    guard choice.hasPrior,
      let drawn = Ensemble.fit(search, breaks: choice.breaks, centre: centre, noiseOf: fit)
    else { return fit }
    if let index = candidates.firstIndex(where: { $0.breaks == choice.breaks && $0.hasPrior }) {
      candidates[index].sumOfSquares = drawn.sumOfSquares
    }
    return drawn
  }
}

extension LawSearch {
  /// The search without the last max(2, 20 %) distinct t in the direction of progress, and one on
  /// those alone.
  func holdingOutForValidation() -> (training: LawSearch, validation: LawSearch) {
    var distinct: [Double] = []
    for t in observations.t where t != distinct.last { distinct.append(t) }
    let count = min(max(2, Int((0.2 * Double(distinct.count)).rounded())), distinct.count - 1)
    let cut: Double
    let isKept: (Double) -> Bool
    switch progress {
    case .increasing:
      cut = distinct[distinct.count - count]
      isKept = { $0 < cut }
    case .decreasing:
      cut = distinct[count - 1]
      isKept = { $0 > cut }
    }
    func part(_ isIncluded: (Double) -> Bool) -> LawSearch {
      let t = observations.t
      return LawSearch(
        observations: observations.filtered { isIncluded(t[$0]) }, progress: progress,
        constraints: constraints, isCancelled: isCancelled, threshold: threshold)
    }
    return (part(isKept), part { !isKept($0) })
  }
}
