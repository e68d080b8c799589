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
