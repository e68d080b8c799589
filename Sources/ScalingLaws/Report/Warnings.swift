import Glibc

extension Warning {
  init(_ code: String, _ severity: Severity, _ detail: String, hint: String) {
    self.init(code: code, severity: severity, detail: detail, hint: hint)
  }

  /// `count` points before x were left out.
  static func cropped(_ count: Int, from x: Double) -> Warning {
    Warning(
      "cropped", .info, "\(count) points before x = \(decimal(x)) take no part in the fit",
      hint: "compare with crop none; the candidates are in the answer")
  }
}

extension Outcome {
  /// Everything about an answer that its reader should know, the gravest first.
  func warnings(about report: FitReport, points: Points, options: FitOptions) -> [Warning] {
    var warnings: [Warning] = []
    if isConstant {
      warnings.append(
        Warning(
          "constant_metric", .warning, "all y are equal, so the law is that constant",
          hint: "check that the right column was sent; there is nothing to extrapolate"))
    }
    warnings += aboutData(points, options)
    if !isConstant { warnings += aboutConstants(report, points: points) }
    warnings += report.breaks.flatMap { about($0) }
    if !isConstant {
      warnings += aboutEvidence(report, points: points, options: options)
      warnings += aboutShape(report, points: points, options: options)
    }
    warnings += aboutForecast(report, points: points, options: options)
    let order: [Warning.Severity] = [.error, .warning, .info]
    return order.flatMap { severity in warnings.filter { $0.severity == severity } }
  }

  private func aboutData(_ points: Points, _ options: FitOptions) -> [Warning] {
    var warnings: [Warning] = []
    let needed = 3 * reported.fit.breaks + 5
    if points.count < needed || points.distinctCount < 5 {
      warnings.append(
        Warning(
          "too_few_points", .warning,
          "\(points.count) points at \(points.distinctCount) distinct x for a law with "
            + "\(3 * reported.fit.breaks + 3) constants",
          hint: "measure at more scales: at least \(max(needed, 5)) distinct x for this law"))
    }
    let decades = log10((points.x.last ?? 1) / (points.x.first ?? 1))
    if decades < 0.5 {
      warnings.append(
        Warning(
          "few_scales", .warning, "the data span \(decimal(decades)) decades of x",
          hint: "measure over at least half a decade: a slope needs a lever"))
    }
    if reported.fit.frame.objective != .log {
      let name = reported.fit.frame.objective == .log1p ? "log1p" : "linear"
      if options.objective == .automatic {
        warnings.append(
          Warning(
            "objective_changed", .info,
            "some values are not positive, so residuals are taken on the \(name) scale",
            hint: "remove or shift values at or below 0 if relative errors matter"))
      }
    }
    return warnings
  }

  private func aboutConstants(_ report: FitReport, points: Points) -> [Warning] {
    var warnings: [Warning] = []
    for constant in report.model.constants {
      let name = constant.constant.description
      if constant.isAtBound {
        let (severity, hint) = meaningOfBound(constant)
        warnings.append(
          Warning(
            "parameter_at_bound", severity, "\(name) lies at the end of its range", hint: hint))
      } else if isUnidentified(constant) {
        warnings.append(
          Warning(
            "parameter_unidentified", .warning, "the data hardly determine \(name)",
            hint: "fix or bound it, use fewer breaks, or measure where it matters"))
      }
    }
    switch report.model.covarianceFault {
    case .none, .notRequested, .constantMetric: break
    case .some(let fault):
      warnings.append(
        Warning(
          "covariance_unavailable", .warning, "no intervals of constants: \(fault.reason)",
          hint: "use fewer breaks, fix constants, or add points"))
    }
    if let condition = reported.covariance?.condition, condition > 1e12 {
      warnings.append(
        Warning(
          "ill_conditioned", .warning,
          "the constants are nearly interchangeable (condition \(decimal(condition)))",
          hint: "trust the forecast more than single constants; fix or bound some"))
    }
    if !report.model.quality.isConverged {
      warnings.append(
        Warning(
          "optimizer_stopped", .warning,
          "the polish ended early: \(report.model.quality.stoppedBecause)",
          hint: "the constants may miss their last digits; try fewer breaks"))
    }
    let range = (points.y.max() ?? 0) - (points.y.min() ?? 0)
    var isLimitKnown = false
    if case .finite = report.limit.value, let lower = report.limit.lower,
      let upper = report.limit.upper
    {
      isLimitKnown = upper - lower <= range
    }
    let isLimitAsked = report.model.covarianceFault != .notRequested
    let isLimitGiven = report.model.constants[0].isFixed
    if isLimitAsked && !isLimitKnown && !isLimitGiven {
      warnings.append(
        Warning(
          "limit_not_identified", .info, "the data do not show where the curve ends",
          hint: "do not read the limit a as an irreducible error; fix it if you know it"))
    }
    return warnings
  }

  /// A limit of 0 is where metrics that cannot be negative usually end, and a sharpness at the end of
  /// its range means that the points do not show how sharp the bend is.
  private func meaningOfBound(_ estimate: ConstantEstimate) -> (Warning.Severity, hint: String) {
    switch estimate.constant {
    case .a where estimate.value == 0: (.info, "the data do not show a limit above 0")
    case .f: (.info, "measure more closely around the break to see how sharp it is")
    case .a, .b, .c0, .c, .d: (.warning, "bound it differently, or use fewer breaks")
    }
  }

  /// An interval over more than a factor of 100, or for a change of exponent widely on both sides
  /// of 0.
  private func isUnidentified(_ estimate: ConstantEstimate) -> Bool {
    guard let lower = estimate.lower, let upper = estimate.upper else { return false }
    switch estimate.constant {
    case .b, .d, .f: return lower * upper > 0 && max(upper / lower, lower / upper) > 100
    case .c:
      return lower < 0 && upper > 0 && min(-lower, upper) > 0.2 * abs(estimate.value ?? 0)
    case .a, .c0: return false
    }
  }

  private func about(_ b: BreakReport) -> [Warning] {
    let place = b.x.map(decimal) ?? "10^\(decimal(b.log10X))"
    guard b.place == .inData else {
      return [
        Warning(
          "break_outside_data", .error, "break \(b.index) at \(place) lies outside the data",
          hint: "do not use its constants: fit fewer breaks or measure beyond \(place)")
      ]
    }
    let fewest = min(b.pointsBefore, b.pointsAfter)
    if fewest < 2 {
      return [
        Warning(
          "break_at_edge", .warning,
          "only \(fewest) point lies beyond break \(b.index) at \(place)",
          hint: "measure at least four points on either side of it")
      ]
    }
    if b.pointsAfter < 4 {
      return [
        Warning(
          "few_points_after_break", .info,
          "\(b.pointsAfter) points lie beyond break \(b.index) at \(place)",
          hint: "a few more points beyond it would fix the slope that the forecast follows")
      ]
    }
    return []
  }

  private func aboutForecast(_ report: FitReport, points: Points, options: FitOptions) -> [Warning]
  {
    var warnings: [Warning] = []
    let decades = log10((points.x.last ?? 1) / (points.x.first ?? 1))
    if let farthest = report.predictions.max(by: { $0.decadesBeyond < $1.decadesBeyond }),
      farthest.decadesBeyond > min(decades, 2)
    {
      let isFar = farthest.decadesBeyond > min(1.5 * decades, 2)
      warnings.append(
        Warning(
          "extrapolation_far", isFar ? .warning : .info,
          "x = \(decimal(farthest.x)) lies \(decimal(farthest.decadesBeyond)) decades beyond data "
            + "that span \(decimal(decades))",
          hint: "no fit can rule out a further break there; measure closer to it"))
    }
    let smallest = points.y.min() ?? 0
    // Where there is no forecast, the law says why.
    let hasNegative = report.predictions.contains {
      min($0.y ?? $0.yLaw ?? 0, $0.lower ?? 0) < 0
    }
    var isAboveOne = false
    if case .trials = points.noise {
      isAboveOne = report.predictions.contains { max($0.y ?? 0, $0.upper ?? 0) > 1 }
    }
    if (smallest >= 0 && hasNegative) || isAboveOne {
      warnings.append(
        Warning(
          "below_zero_prediction", .warning,
          "a forecast or its interval leaves the range that the metric can have",
          hint: "use the log objective, a ceiling, or a nearer x"))
    }
    return warnings
  }
}

/// A number in words: four significant digits.
func decimal(_ value: Double) -> String {
  guard value.isFinite else { return "\(value)" }
  if value == 0 { return "0" }
  let exponent = Int(log10(abs(value)).rounded(.down))
  if exponent < -4 || exponent > 5 {
    let mantissa = (value / pow(10, Double(exponent)) * 1000).rounded() / 1000
    return "\(trimmed(mantissa))e\(exponent)"
  }
  let unit = pow(10, Double(3 - exponent))
  return trimmed((value * unit).rounded() / unit)
}

/// All digits of a number, without a fraction of 0.
func trimmed(_ value: Double) -> String {
  value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
}
