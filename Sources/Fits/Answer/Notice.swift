import ScalingLaws

/// A warning of an answer, in words.
struct Notice: JSONWritable, Equatable {
  /// How much the warning limits the use of the answer.
  enum Severity: String, CaseIterable {
    /// Do not use the answer.
    case error
    /// The answer is less reliable than it looks.
    case warning
    /// The answer can be used as it is.
    case info
  }

  var code: WarningCode
  var severity: Severity
  var detail: String
  /// What to do about it.
  var hint: String

  /// A notice with the hint of its code, unless another hint is given.
  init(_ code: WarningCode, _ severity: Severity, _ detail: String, hint: String? = nil) {
    self.code = code
    self.severity = severity
    self.detail = detail
    self.hint = hint ?? code.hint
  }

  func write(to json: inout JSONWriter) {
    json.object {
      $0.member("code", code.rawValue)
      $0.member("severity", severity.rawValue)
      $0.member("detail", detail)
      $0.member("hint", hint)
    }
  }
}

extension FitReport {
  /// The warnings of the fit in words, the most serious first.
  var notices: [Notice] {
    let notices = warnings.map { Notice($0, of: self) }
    return Notice.Severity.allCases.flatMap { severity in
      notices.filter { $0.severity == severity }
    }
  }
}

extension Notice {
  /// A warning of a fit, in words. Its hint suggests only what is possible for this report.
  init(_ warning: Warning, of report: FitReport) {
    let hasBreaks = !report.breaks.isEmpty
    let mayHaveMoreBreaks = report.breaks.count < FitOptions.mostBreaks
    switch warning {
    // The data.
    case .constantMetric:
      self.init(.constantMetric, .warning, "all y are equal, so the law is that constant")
    case .tooFewPoints(let count, let distinctX, let constants, let needed):
      self.init(
        .tooFewPoints, .warning,
        "\(count) points at \(distinctX) distinct x for a law with \(constants) constants",
        hint: "Measure at more scales: at least \(needed) distinct x"
          + (hasBreaks ? ", or ask for fewer breaks." : "."))
    case .tooFewForBreak(let distinctX, let needed):
      self.init(
        .tooFewPoints, .warning, "\(distinctX) distinct x are too few to show a break",
        hint: "Measure at more scales: at least \(needed) distinct x.")
    case .fewScales(let decades):
      self.init(.fewScales, .warning, "the data span \(inDecades(decades)) of x")
    case .repeatedX(let scatter):
      self.init(
        .repeatedXNoSigma, .info,
        "points at equal x scatter \(decimal(scatter)) times as much as the residuals",
        hint: mayHaveMoreBreaks ? nil : "Give sigma, so that every point counts by its own noise.")
    case .outlyingPoint(let x, let times):
      self.init(
        .outlyingPoint, .info,
        "the point at x = \(decimal(x)) lies \(decimal(times)) times as far from the law as points "
          + "usually do")
    case .noiseAboveEffect(let p):
      self.init(
        .noiseAboveEffect, .warning,
        "the data do not rule out that nothing changes at all (p = \(decimal(p)))")
    case .directionDoubtful(let given):
      let (course, other): (String, FitOptions.Direction) =
        given == .lowerIsBetter ? ("rises", .higherIsBetter) : ("falls", .lowerIsBetter)
      self.init(
        .directionUnclear, .info,
        "y \(course) with progress, which \(given.rawValue) counts as worse",
        hint: "If that is good, say direction = \(other.rawValue).")

    // The breaks.
    case .breakOutsideData(let b):
      let side = b.place == .beforeData ? "below" : "above"
      self.init(
        .breakOutsideData, .error, "break \(b.index) at \(b.placeInWords) lies outside the data",
        hint: "Do not use its constants: fit fewer breaks, or measure \(side) x = "
          + "\(b.placeInWords).")
    case .breakAtEdge(let b):
      let side = b.pointsBefore < b.pointsAfter ? "below" : "above"
      self.init(
        .breakAtEdge, .warning,
        "only 1 point lies \(side) break \(b.index) at x = \(b.placeInWords)",
        hint: "Measure at least four points \(side) it.")
    case .fewPointsAfterBreak(let b, let count):
      self.init(
        .fewPointsAfterBreak, .info,
        "\(count) points lie beyond break \(b.index) at x = \(b.placeInWords)")
    case .bendsOverlap(let first, let reached, let exponent):
      self.init(
        .bendsOverlap, .warning,
        "the bends of breaks \(first) and \(first + 1) overlap: between them the slope comes to "
          + "\(decimal(reached)) and not to \(decimal(exponent))")
    case .selectionUnstable:
      self.init(
        .selectionUnstable, .info,
        "without the last point another number of breaks would be reported",
        hint: report.forecast.kind == .combined
          ? nil : "Look at the candidates in the answer: the last point decides among them.")

    // The constants.
    case .parameterAtBound(let constant, let end):
      let (severity, hint) = Self.meaning(of: end, of: constant, hasBreaks: hasBreaks)
      self.init(
        .parameterAtBound, severity, "\(constant) lies at the end of its range", hint: hint)
    case .parameterUnidentified(let constant):
      self.init(.parameterUnidentified, .warning, "the data hardly determine \(constant)")
    case .limitNotIdentified:
      self.init(.limitNotIdentified, .info, "the data do not show where the curve ends")
    case .illConditioned(let condition):
      self.init(
        .illConditioned, .warning,
        "the constants are nearly interchangeable (condition \(decimal(condition)))",
        hint: hasBreaks ? nil : "Use the predictions and their intervals and not the constants.")
    case .covarianceUnavailable(let fault):
      self.init(
        .covarianceUnavailable, .warning, "no intervals of constants: \(fault.reason)",
        hint: hasBreaks ? nil : "Add points, or fix constants.")

    // The fit.
    case .lackOfFit(let p):
      self.init(
        .lackOfFit, .warning,
        "the law misses the points by more than their noise allows (p = \(decimal(p)))",
        hint: mayHaveMoreBreaks ? nil : "Check whether the noise is larger than stated.")
    case .residualPattern(let p):
      self.init(
        .residualPattern, .info,
        "neighbouring residuals have the same sign too often (p = \(decimal(p)))",
        hint: mayHaveMoreBreaks ? nil : "Rely on the intervals, which allow for it.")
    case .optimizerStopped(let reason):
      self.init(
        .optimizerStopped, .warning, "the polish ended early: \(reason)",
        hint: hasBreaks ? nil : "The digits shown may not all be final. Bounds help.")

    // The extrapolation.
    case .extrapolationFar(let x, let decades, let span, let isFar):
      self.init(
        .extrapolationFar, isFar ? .warning : .info,
        "x = \(decimal(x)) lies \(inDecades(decades)) beyond data that span \(decimal(span))")
    case .turningPointExtrapolated(let inData, let withForecast):
      self.init(
        .turningPointExtrapolated, .error,
        "the forecast turns where no point shows it: the curve is \(inData.rawValue) in the data, "
          + "and \(withForecast.rawValue) with the forecast")
    case .turningPointSinglePoint(let without):
      self.init(
        .turningPointSinglePoint, .warning,
        "the turn rests on the last point alone: without it the curve is \(without.rawValue)")
    case .outOfRange(let excess):
      let hint =
        switch excess {
        case .aboveCeiling: "Cut the interval at the ceiling."
        case .belowZero(true):
          "Choose the objective log, whose forecasts are above 0, or ask for a nearer x."
        case .belowZero(false): "Cut the interval at 0, or ask for a nearer x."
        }
      self.init(
        .belowZeroPrediction, .warning,
        "a forecast or its interval leaves the range that the metric can have", hint: hint)
    case .ceilingNotGiven(let isForecastBeyond):
      self.init(
        .ceilingNotGiven, isForecastBeyond ? .warning : .info,
        "all y lie between 0 and 1, and the "
          + "\(isForecastBeyond ? "law or the forecast" : "interval") goes beyond 1")
    case .lawAndForecastDisagree(let x, let law, let forecast):
      self.init(
        .lawAndForecastDisagree, .warning,
        "at x = \(decimal(x)) the reported law alone gives \(decimal(law)), far outside the interval "
          + "of the forecast \(decimal(forecast))")
    case .forecastPassesLimit:
      self.init(
        .lawAndForecastDisagree, .warning,
        "the forecast passes the limit that the reported law tends to",
        hint: "Do not read the limit of the law as one of the curve.")

    // What was done.
    case .cropped(let count, let from):
      let hasCandidates = report.crop?.candidates.isEmpty == false
      self.init(
        .cropped, .info, "\(count) points before x = \(decimal(from)) take no part in the fit",
        hint: hasCandidates
          ? "Compare with crop none; the candidates are in the answer." : nil)
    case .objectiveChanged(let objective, let isAtCeiling):
      self.init(
        .objectiveChanged, .info,
        (isAtCeiling ? "some values lie at the ceiling" : "some values are not positive")
          + ", so residuals are taken on the \(objective.rawValue) scale",
        hint: isAtCeiling
          ? "Give a ceiling above all values if errors relative to the distance from it matter."
          : "Remove or shift values at or below 0 if relative errors matter.")
    }
  }

  /// The severity and the hint for a constant at an end of its range.
  ///
  /// Only for information are a limit at 0 or at the ceiling, where metrics often end, and a width
  /// at the end of its range, which means that the points do not show how sharp the bend is.
  private static func meaning(
    of end: Warning.RangeEnd, of constant: Constant, hasBreaks: Bool
  ) -> (Severity, hint: String) {
    if case .f = constant {
      return (.info, "Measure more closely around the break to see how sharp it is.")
    }
    return switch end {
    case .zero: (.info, "The data do not show a limit above 0.")
    case .ceiling: (.info, "The data do not show a limit below the ceiling.")
    case .given: (.warning, "Widen the bound that you gave.")
    case .searched where hasBreaks: (.warning, "Ask for fewer breaks: the data want another law.")
    case .searched: (.warning, "Do not interpret it: the data want another form of law.")
    }
  }
}

/// "1 decade", "1.5 decades".
private func inDecades(_ count: Double) -> String {
  let number = decimal(count)
  return "\(number) \(number == "1" ? "decade" : "decades")"
}

extension BreakReport {
  fileprivate var placeInWords: String { x.map(decimal) ?? "10^\(decimal(log10X))" }
}
