import Glibc

extension FittedCurve {
  /// All warnings about a report.
  func warnings(about report: FitReport, points: Points, options: FitOptions) -> [Warning] {
    var warnings: [Warning] = isConstant ? [.constantMetric] : []
    warnings += aboutData(points, options)
    if !isConstant { warnings += aboutConstants(report, points: points, options: options) }
    warnings += report.breaks.compactMap(about)
    if !isConstant {
      warnings += aboutEvidence(report, points: points, options: options)
      warnings += aboutShape(report)
    }
    if let far = farExtrapolation(report, points: points) { warnings.append(far) }
    return warnings + aboutMetric(report, points: points, options: options)
  }

  private func aboutData(_ points: Points, _ options: FitOptions) -> [Warning] {
    var warnings: [Warning] = []
    let constants = 3 * reported.fit.breaks + 3
    let distinctX = points.distinctCount
    var wanted = 5
    if case .automatic(1...) = options.breaks { wanted = Selection.fewestPlaces(breaks: 1) }
    let needed = max(constants + 2, wanted)
    if points.count < constants + 2 || distinctX < 5 {
      warnings.append(
        .tooFewPoints(
          count: points.count, distinctX: distinctX, constants: constants, needed: needed))
    } else if distinctX < wanted {
      warnings.append(.tooFewForBreak(distinctX: distinctX, needed: needed))
    }
    let decades = span(of: points)
    if decades < 0.5 { warnings.append(.fewScales(decades: decades)) }
    let frame = reported.fit.frame
    if frame.objective != .log, options.objective == .automatic {
      warnings.append(
        .objectiveChanged(frame.objective, isAtCeiling: frame.orientation != .direct))
    }
    return warnings
  }

  private func span(of points: Points) -> Double {
    log10((points.x.last ?? 1) / (points.x.first ?? 1))
  }

  private func aboutConstants(
    _ report: FitReport, points: Points, options: FitOptions
  ) -> [Warning] {
    var warnings: [Warning] = []
    for estimate in report.model.constants {
      if estimate.isAtBound {
        let ceiling = report.model.quality.reflectedAt
        warnings.append(
          .parameterAtBound(
            estimate.constant, rangeEnd(of: estimate, ceiling: ceiling, options: options)))
      } else if isUnidentified(estimate) {
        warnings.append(.parameterUnidentified(estimate.constant))
      }
    }
    switch report.model.covarianceFault {
    case .none, .notRequested, .constantMetric: break
    case .some(let fault): warnings.append(.covarianceUnavailable(fault))
    }
    if let condition = reported.covariance?.condition, condition > 1e12 {
      warnings.append(.illConditioned(condition: condition))
    }
    if !report.model.quality.isConverged {
      warnings.append(.optimizerStopped(report.model.quality.stoppedBecause))
    }
    let isLimitAsked = report.model.covarianceFault != .notRequested
    let isLimitGiven = report.model.constants[0].isFixed
    if isLimitAsked && !isLimitGiven && !isLimitIdentified(report, points) {
      warnings.append(.limitNotIdentified)
    }
    return warnings
  }

  /// Whether the interval of the limit is no wider than the range of the measured values, and
  /// excludes the bound of the metric: the ceiling, or 0 when no value is below it.
  private func isLimitIdentified(_ report: FitReport, _ points: Points) -> Bool {
    let (least, most) = (points.y.min() ?? 0, points.y.max() ?? 0)
    guard case .finite = report.limit.value, let lower = report.limit.lower,
      let upper = report.limit.upper, upper - lower <= most - least
    else { return false }
    if let ceiling = report.model.quality.reflectedAt { return upper < ceiling }
    return least < 0 || lower > 0
  }

  private func rangeEnd(
    of estimate: ConstantEstimate, ceiling: Double?, options: FitOptions
  ) -> Warning.RangeEnd {
    func isAt(_ level: Double?) -> Bool {
      guard let level, let value = estimate.value else { return false }
      return abs(value - level) <= 1e-8 * reported.fit.frame.scale
    }
    if case .a = estimate.constant {
      if isAt(0) { return .zero }
      if isAt(ceiling) { return .ceiling }
    }
    return options.bounds[estimate.constant] == nil ? .searched : .given
  }

  /// Whether an interval spans more than a factor of 100, or for a change of exponent both sides of
  /// 0 widely.
  private func isUnidentified(_ estimate: ConstantEstimate) -> Bool {
    guard let lower = estimate.lower, let upper = estimate.upper else { return false }
    switch estimate.constant {
    case .d, .f: return lower * upper > 0 && max(upper / lower, lower / upper) > 100
    // b is the excess at x = 1, which may be far from the data, so use the excess in their middle.
    case .b: return reported.excessHalfWidth.map { 2 * $0 > log(100) } ?? false
    case .c:
      return lower < 0 && upper > 0 && min(-lower, upper) > 0.2 * abs(estimate.value ?? 0)
    case .a, .c0: return false
    }
  }

  private func about(_ b: BreakReport) -> Warning? {
    guard b.place == .inData else { return .breakOutsideData(b) }
    if min(b.pointsBefore, b.pointsAfter) < 2 { return .breakAtEdge(b) }
    let further = search.progress == .increasing ? b.pointsAfter : b.pointsBefore
    return further < 4 ? .fewPointsAfterBreak(b, count: further) : nil
  }

  private func farExtrapolation(_ report: FitReport, points: Points) -> Warning? {
    let span = span(of: points)
    guard
      let farthest = report.predictions.max(by: { $0.decadesBeyond < $1.decadesBeyond }),
      farthest.decadesBeyond > min(span, 2)
    else { return nil }
    return .extrapolationFar(
      x: farthest.x, decades: farthest.decadesBeyond, span: span,
      isFar: farthest.decadesBeyond > min(1.5 * span, 2))
  }
}

extension FittedCurve {
  /// Warnings about the range, the ceiling and the direction of the metric, and about differences
  /// between the law and the forecast.
  func aboutMetric(_ report: FitReport, points: Points, options: FitOptions) -> [Warning] {
    [
      outOfRange(report, points: points, options: options),
      missingCeiling(report, points: points, options: options),
      doubtfulDirection(report, options: options), disagreement(report),
    ].compactMap { $0 }
  }

  private func outOfRange(_ report: FitReport, points: Points, options: FitOptions) -> Warning? {
    let isNonNegative = points.y.allSatisfy { $0 >= 0 }
    // Without a forecast use the law.
    let isNegative = report.predictions.contains {
      min($0.y ?? $0.yLaw ?? 0, $0.lower ?? 0) < 0
    }
    let ceiling = options.ceiling ?? .infinity
    let isAbove = report.predictions.contains {
      max($0.y ?? ceiling, $0.upper ?? ceiling) > ceiling
    }
    if isAbove { return .outOfRange(.aboveCeiling) }
    guard isNonNegative && isNegative else { return nil }
    let quality = report.model.quality
    return .outOfRange(
      .belowZero(
        admitsLog: quality.objective != .log && quality.reflectedAt == nil
          && points.y.allSatisfy(Objective.log.admits)))
  }

  /// A metric for which higher is better, with measurements inside [0, 1] and forecasts beyond 1,
  /// is most likely a share.
  private func missingCeiling(_ report: FitReport, points: Points, options: FitOptions) -> Warning?
  {
    var isShare = options.direction == .higherIsBetter && points.y.allSatisfy((0...1).contains)
    if case .trials = points.noise { isShare = true }
    guard isShare, options.ceiling == nil else { return nil }
    var isBeyond = report.predictions.contains { $0.y.map { $0 > 1 } ?? false }
    if case .finite(let limit) = report.limit.value, limit > 1 { isBeyond = true }
    guard isBeyond || report.predictions.contains(where: { $0.upper.map { $0 > 1 } ?? false })
    else { return nil }
    return .ceilingNotGiven(isForecastBeyond: isBeyond)
  }

  /// A metric that gets worse all along, or whose course noise hides while the line through its points
  /// gets worse.
  private func doubtfulDirection(_ report: FitReport, options: FitOptions) -> Warning? {
    let trend = report.shape.trend
    let rise = trend.slopePerDecade * options.progress.sign
    let declines =
      (options.direction == .higherIsBetter ? rise < 0 : rise > 0)
      && trend.p ?? 1 < LawReport.noChangeLevel
    let isWorse =
      report.shape.inData == .inverse || report.shape.inData == .plateau && declines
    return isWorse ? .directionDoubtful(given: options.direction) : nil
  }

  private func disagreement(_ report: FitReport) -> Warning? {
    guard report.forecast.kind == .combined else { return nil }
    for p in report.predictions {
      guard let y = p.y, let yLaw = p.yLaw, let lower = p.lower, let upper = p.upper,
        // By more than half the interval's width: one law in ten is outside, but hardly that far.
        max(lower - yLaw, yLaw - upper) > 0.5 * (upper - lower)
      else { continue }
      return .lawAndForecastDisagree(x: p.x, law: yLaw, forecast: y)
    }
    guard case .finite = report.limit.value, let least = report.limit.lower,
      let most = report.limit.upper,
      report.predictions.contains(where: { p in
        reported.law.sign == .positive
          ? p.upper.map { $0 < least } ?? false : p.lower.map { $0 > most } ?? false
      })
    else { return nil }
    return .forecastPassesLimit
  }
}

extension FittedCurve {
  /// Warnings about the residuals and the noise.
  func aboutEvidence(_ report: FitReport, points: Points, options: FitOptions) -> [Warning] {
    var warnings: [Warning] = []
    let fit = reported.fit
    let replicates = Replicates(points, residuals: fit.residuals)
    if let p = lackOfFit(replicates), p < 0.001 { warnings.append(.lackOfFit(p: p)) }
    if !search.observations.hasAbsoluteWeights,
      let ratio = replicates.deviationRatio(residual: reported.residualDeviation), ratio < 1 / 3
    {
      warnings.append(.repeatedX(scatter: ratio))
    }
    if let outlier = outlyingPoint {
      warnings.append(.outlyingPoint(x: points.x[outlier.index], times: outlier.deviations))
    }
    if let p = residualPattern, p < 0.001 { warnings.append(.residualPattern(p: p)) }
    if let p = reported.noChange(report.shape.trend), p > LawReport.noChangeLevel {
      warnings.append(.noiseAboveEffect(p: p))
    }
    if isSelectionUnstable { warnings.append(.selectionUnstable) }
    return warnings
  }

  /// The p-value of the residuals under the stated noise, or under that of the replicates.
  private func lackOfFit(_ replicates: Replicates) -> Double? {
    if let p = reported.knownNoiseSurvival { return p }
    let fit = reported.fit
    // The degrees of freedom between places are those of the points less those of the replicates.
    let degrees = fit.degreesOfFreedom - replicates.degrees
    guard let pure = replicates.variance, pure > 0, degrees > 0 else { return nil }
    let misfit = max(fit.sumOfSquares - pure * replicates.degrees, 0) / degrees
    return fisherSurvival(misfit / pure, numerator: degrees, denominator: replicates.degrees)
  }

  /// The p-value of the lag-1 autocorrelation, which scatters by 1/sqrt(n) about 0.
  private var residualPattern: Double? {
    let n = Double(reported.fit.residuals.count)
    guard n >= 8 else { return nil }
    return Normal.cumulative(-reported.fit.autocorrelation * n.squareRoot())
  }

  /// The point farthest from the law, if it is more than six robust deviations away. Normal noise
  /// is never that large; but an outlier among twenty points attracts the law until it is only
  /// about eight away.
  private var outlyingPoint: (index: Int, deviations: Double)? {
    let fit = reported.fit
    let magnitudes = fit.residuals.map { abs($0) }
    guard fit.degreesOfFreedom >= 6, magnitudes.count >= 8,
      let index = magnitudes.indices.max(by: { magnitudes[$0] < magnitudes[$1] })
    else { return nil }
    let deviation = 1.4826 * magnitudes.sorted()[magnitudes.count / 2]
    // With exact values the residuals are rounding errors.
    guard deviation > 1e-9 else { return nil }
    let deviations = magnitudes[index] / deviation
    return deviations > 6 ? (index, deviations) : nil
  }

  /// Whether the criterion prefers another number of breaks without the last point. The laws are
  /// refined, not searched. Not checked for hundreds of points, where one point decides nothing.
  private var isSelectionUnstable: Bool {
    guard selection.method == .aicc, free.count > 1, search.observations.count <= 256 else {
      return false
    }
    var smaller = search
    let count = search.observations.count
    smaller.observations = search.observations.filtered {
      search.progress == .increasing ? $0 < count - 1 : $0 > 0
    }
    func preferred(_ fits: [(Int, LawFit)]) -> Int? {
      Selection.fewestBreaks(
        fits.map { ($0, Selection.aicc($1, effectiveCount: selection.effectiveCount)) })
    }
    let all = free.sorted { $0.key < $1.key }
    return preferred(all.map { ($0.key, $0.value) })
      != preferred(all.map { ($0.key, smaller.refitted($0.value)) })
  }

  /// Warnings about turning points and about bends that overlap.
  func aboutShape(_ report: FitReport) -> [Warning] {
    var warnings: [Warning] = []
    if report.shape.label.turns > report.shape.inData.turns {
      warnings.append(
        .turningPointExtrapolated(
          inData: report.shape.inData, withForecast: report.shape.label))
    }
    if let without = report.shape.withoutLargestPoint, without != report.shape.inData,
      report.shape.turningPoints.contains(where: { $0.isInData && $0.pointsBeyond <= 1 })
    {
      warnings.append(.turningPointSinglePoint(without: without))
    }
    for (index, segment) in report.segments.enumerated().dropFirst().dropLast() {
      let changes = [index - 1, index].map { abs(reported.law.breaks[$0].exponentChange) }
      // Smaller differences are the tail of a bend elsewhere.
      guard abs(segment.slopeReached - segment.exponent) > 0.25 * (changes.max() ?? 0) else {
        continue
      }
      warnings.append(
        .bendsOverlap(first: index, reached: segment.slopeReached, exponent: segment.exponent))
    }
    return warnings
  }
}

/// The noise estimated from points at equal x.
private struct Replicates {
  /// Points beyond the first at each x.
  let degrees: Double
  /// The variance of residuals about their mean at each x; nil without replicates.
  let variance: Double?

  init(_ points: Points, residuals: [Double]) {
    var sum = 0.0
    var start = 0
    while start < points.count {
      var end = start + 1
      while end < points.count && points.x[end] == points.x[start] { end += 1 }
      let group = residuals[start..<end]
      let mean = group.reduce(0, +) / Double(group.count)
      sum += group.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      start = end
    }
    degrees = Double(points.count - points.distinctCount)
    variance = degrees > 0 ? sum / degrees : nil
  }

  /// The replicates' standard deviation in units of the residuals'; nil with fewer than 4 degrees
  /// of freedom, which are too few.
  func deviationRatio(residual: Double) -> Double? {
    guard let variance, degrees >= 4, residual > 0 else { return nil }
    return variance.squareRoot() / residual
  }
}
