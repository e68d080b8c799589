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
    let frame = reported.fit.frame
    if frame.objective != .log, options.objective == .automatic {
      let name = frame.objective == .log1p ? "log1p" : "linear"
      let isReflected = frame.orientation != .direct
      warnings.append(
        Warning(
          "objective_changed", .info,
          (isReflected ? "some values lie at the ceiling" : "some values are not positive")
            + ", so residuals are taken on the \(name) scale",
          hint: isReflected
            ? "give a ceiling above all values if errors relative to the distance from it matter"
            : "remove or shift values at or below 0 if relative errors matter"))
    }
    return warnings
  }

  private func aboutConstants(_ report: FitReport, points: Points) -> [Warning] {
    var warnings: [Warning] = []
    for constant in report.model.constants {
      let name = constant.constant.description
      if constant.isAtBound {
        let (severity, hint) = meaningOfBound(
          constant, ceiling: report.model.quality.reflectedAt)
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
    let isLimitAsked = report.model.covarianceFault != .notRequested
    let isLimitGiven = report.model.constants[0].isFixed
    if isLimitAsked && !isLimitGiven && !isLimitIdentified(report, points) {
      warnings.append(
        Warning(
          "limit_not_identified", .info, "the data do not show where the curve ends",
          hint: "do not read the limit a as an irreducible error; fix it if you know it"))
    }
    return warnings
  }

  /// Whether the interval of the limit is no wider than the values measured and excludes the level that
  /// they do not pass: 0 where none is below it, or the ceiling.
  private func isLimitIdentified(_ report: FitReport, _ points: Points) -> Bool {
    let (least, most) = (points.y.min() ?? 0, points.y.max() ?? 0)
    guard case .finite = report.limit.value, let lower = report.limit.lower,
      let upper = report.limit.upper, upper - lower <= most - least
    else { return false }
    if let ceiling = report.model.quality.reflectedAt { return upper < ceiling }
    return least < 0 || lower > 0
  }

  /// A limit of 0 is where metrics that cannot be negative usually end, as is the ceiling of those that
  /// have one, and a sharpness at the end of its range means that the points do not show how sharp the
  /// bend is.
  private func meaningOfBound(
    _ estimate: ConstantEstimate, ceiling: Double?
  ) -> (Warning.Severity, hint: String) {
    func isAt(_ level: Double?) -> Bool {
      guard let level, let value = estimate.value else { return false }
      return abs(value - level) <= 1e-8 * reported.fit.frame.scale
    }
    return switch estimate.constant {
    case .a where isAt(0): (.info, "the data do not show a limit above 0")
    case .a where isAt(ceiling):
      (.info, "the data do not show a limit below the ceiling")
    case .f: (.info, "measure more closely around the break to see how sharp it is")
    case .a, .b, .c0, .c, .d: (.warning, "bound it differently, or use fewer breaks")
    }
  }

  /// An interval over more than a factor of 100, or for a change of exponent widely on both sides
  /// of 0.
  private func isUnidentified(_ estimate: ConstantEstimate) -> Bool {
    guard let lower = estimate.lower, let upper = estimate.upper else { return false }
    switch estimate.constant {
    case .d, .f: return lower * upper > 0 && max(upper / lower, lower / upper) > 100
    // b is the excess at x = 1, which may be far from the data: they determine it in their middle.
    case .b: return reported.excessHalfWidth.map { 2 * $0 > log(100) } ?? false
    case .c:
      return lower < 0 && upper > 0 && min(-lower, upper) > 0.2 * abs(estimate.value ?? 0)
    case .a, .c0: return false
    }
  }

  private func about(_ b: BreakReport) -> [Warning] {
    let place = b.x.map(decimal) ?? "10^\(decimal(b.log10X))"
    guard b.place == .inData else {
      let side = b.place == .beforeData ? "below" : "above"
      return [
        Warning(
          "break_outside_data", .error, "break \(b.index) at \(place) lies outside the data",
          hint: "do not use its constants: fit fewer breaks or measure \(side) x = \(place)")
      ]
    }
    if min(b.pointsBefore, b.pointsAfter) < 2 {
      let side = b.pointsBefore < b.pointsAfter ? "below" : "above"
      return [
        Warning(
          "break_at_edge", .warning,
          "only 1 point lies \(side) break \(b.index) at x = \(place)",
          hint: "measure at least four points \(side) it")
      ]
    }
    let further = search.progress == .increasing ? b.pointsAfter : b.pointsBefore
    if further < 4 {
      return [
        Warning(
          "few_points_after_break", .info,
          "\(further) points lie beyond break \(b.index) at x = \(place)",
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
    return warnings + aboutMetric(report, points: points, options: options)
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
