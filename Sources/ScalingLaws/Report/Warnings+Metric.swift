extension Outcome {
  /// What the forecasts say of the metric: its range, its ceiling, which way is better; and whether law
  /// and forecast say the same.
  func aboutMetric(_ report: FitReport, points: Points, options: FitOptions) -> [Warning] {
    [
      outOfRange(report, points: points, options: options),
      missingCeiling(report, points: points, options: options),
      doubtfulDirection(report, options: options), disagreement(report),
    ].compactMap { $0 }
  }

  private func outOfRange(_ report: FitReport, points: Points, options: FitOptions) -> Warning? {
    let isNonNegative = points.y.allSatisfy { $0 >= 0 }
    // Where there is no forecast, the law says why.
    let isNegative = report.predictions.contains {
      min($0.y ?? $0.yLaw ?? 0, $0.lower ?? 0) < 0
    }
    let ceiling = options.ceiling ?? .infinity
    let isAbove = report.predictions.contains {
      max($0.y ?? ceiling, $0.upper ?? ceiling) > ceiling
    }
    guard (isNonNegative && isNegative) || isAbove else { return nil }
    let hint: String
    if isAbove {
      hint = "cut the interval at the ceiling"
    } else if report.model.quality.reflectedAt != nil {
      hint = "cut the interval at 0, or ask for a nearer x"
    } else if report.model.quality.objective != .log {
      hint = "choose the objective log, whose forecasts are above 0, or ask for a nearer x"
    } else {
      hint = "allow a limit of 0 or more, or ask for a nearer x"
    }
    return Warning(
      "below_zero_prediction", .warning,
      "a forecast or its interval leaves the range that the metric can have", hint: hint)
  }

  /// A metric that is better the larger it is, inside [0, 1] where measured and beyond 1 where forecast,
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
    return Warning(
      "ceiling_not_given", isBeyond ? .warning : .info,
      "all y lie between 0 and 1, and the \(isBeyond ? "law or the forecast" : "interval") goes "
        + "beyond 1",
      hint: "if y is a share such as an accuracy, give ceiling = 1")
  }

  private func doubtfulDirection(_ report: FitReport, options: FitOptions) -> Warning? {
    guard report.shape.inData == .inverse else { return nil }
    let (course, given, other) =
      options.direction == .lowerIsBetter
      ? ("rises", "lower_is_better", "higher_is_better")
      : ("falls", "higher_is_better", "lower_is_better")
    return Warning(
      "direction_doubtful", .info, "y \(course) all along, which \(given) counts as worse",
      hint: "if that is good, say direction = \(other)")
  }

  private func disagreement(_ report: FitReport) -> Warning? {
    guard report.forecast.kind == .combined else { return nil }
    for p in report.predictions {
      guard let y = p.y, let yLaw = p.yLaw, let lower = p.lower, let upper = p.upper,
        // By half its width: the interval holds one law in ten outside, though hardly that far.
        max(lower - yLaw, yLaw - upper) > 0.5 * (upper - lower)
      else { continue }
      return Warning(
        "law_and_forecast_disagree", .warning,
        "at x = \(decimal(p.x)) the reported law alone gives \(decimal(yLaw)), far outside the "
          + "interval of the forecast \(decimal(y))",
        hint: "trust the forecast; the constants describe the law, which is one of several")
    }
    guard case .finite = report.limit.value, let least = report.limit.lower,
      let most = report.limit.upper,
      report.predictions.contains(where: { p in
        reported.law.sign == .positive
          ? p.upper.map { $0 < least } ?? false : p.lower.map { $0 > most } ?? false
      })
    else { return nil }
    return Warning(
      "law_and_forecast_disagree", .warning,
      "the forecast passes the limit that the reported law tends to",
      hint: "do not read the limit of the law as one of the curve")
  }
}
