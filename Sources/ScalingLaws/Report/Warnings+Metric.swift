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
