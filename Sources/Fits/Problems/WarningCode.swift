/// The kinds of warnings in answers. The codes are part of the service's interface.
public enum WarningCode: String, CaseIterable, Sendable {
  // The data.
  case tooFewPoints = "too_few_points"
  case fewScales = "few_scales"
  case repeatedXNoSigma = "repeated_x_no_sigma"
  case noiseAboveEffect = "noise_above_effect"
  case constantMetric = "constant_metric"
  case outlyingPoint = "outlying_point"
  case directionUnclear = "direction_unclear"
  // The breaks.
  case breakOutsideData = "break_outside_data"
  case breakAtEdge = "break_at_edge"
  case fewPointsAfterBreak = "few_points_after_break"
  case bendsOverlap = "bends_overlap"
  case selectionUnstable = "selection_unstable"
  // The constants.
  case parameterAtBound = "parameter_at_bound"
  case parameterUnidentified = "parameter_unidentified"
  case limitNotIdentified = "limit_not_identified"
  case illConditioned = "ill_conditioned"
  case covarianceUnavailable = "covariance_unavailable"
  // The fit.
  case lackOfFit = "lack_of_fit"
  case residualPattern = "residual_pattern"
  case optimizerStopped = "optimizer_stopped"
  // The extrapolation.
  case extrapolationFar = "extrapolation_far"
  case turningPointExtrapolated = "turning_point_extrapolated"
  case turningPointSinglePoint = "turning_point_single_point"
  case belowZeroPrediction = "below_zero_prediction"
  case ceilingNotGiven = "ceiling_not_given"
  case lawAndForecastDisagree = "law_and_forecast_disagree"
  // What was done.
  case cropped
  case objectiveChanged = "objective_changed"
  case columnsIgnored = "columns_ignored"
  case columnsGuessed = "columns_guessed"
  case columnsAmbiguous = "columns_ambiguous"
  case perhapsPerCent = "perhaps_per_cent"
  case rowsLeftOut = "rows_left_out"
  case severalSeriesMixed = "several_series_mixed"
  case sigmaUnknown = "sigma_unknown"
  case rankedByFit = "ranked_by_fit"
  case valueUnavailable = "value_unavailable"

  /// The path of the page that explains it.
  public var page: String { "/problems/\(rawValue)" }

  /// What it is, in a few words.
  public var title: String { entry.title }

  /// What to do about it.
  public var hint: String { entry.remedy }

  /// What it means and what to do about it.
  var entry: CatalogueEntry {
    switch self {
    case .tooFewPoints:
      CatalogueEntry(
        "Few points for this law",
        "A law with n breaks has 3n + 3 constants. There are fewer than 3n + 5 points, or fewer "
          + "than 5 distinct x, so the points hardly contradict any law; or there are fewer than 7 "
          + "distinct x, which cannot show a break.",
        "Measure more points, or ask for fewer breaks.")
    case .fewScales:
      CatalogueEntry(
        "The data span little",
        "The largest x is less than half a decade (a factor of 3.2) above the smallest. Over so "
          + "short a range many laws look alike that differ widely beyond it.",
        "Measure at smaller or larger x; smaller is cheaper and helps as well.")
    case .repeatedXNoSigma:
      CatalogueEntry(
        "Repeated measurements scatter less than the residuals",
        "Points with the same x differ three times less from one another than from the law.",
        "Give sigma, or allow more breaks: the law misses something.")
    case .outlyingPoint:
      CatalogueEntry(
        "A point lies apart",
        "One point is more than six times as far from the law as points usually are, by their "
          + "median.",
        "Check how it was measured. The loss huber gives such points less weight.")
    case .directionUnclear:
      CatalogueEntry(
        "The metric gets worse",
        "By the direction given, or lower_is_better by default, the curve gets worse all along; or noise "
          + "hides its course, and the line through its points gets worse (p < 0.05).",
        "If it gets better, give the other direction: it changes the words of the answer, and how an "
          + "unknown limit of the curve is searched.")
    case .noiseAboveEffect:
      CatalogueEntry(
        "The noise hides the trend",
        "Points without any trend would look like these more often than once in twenty times.",
        "Take the forecast as a range and not as a number. Repeat measurements, or widen the range "
          + "of x.")
    case .constantMetric:
      CatalogueEntry(
        "All y are equal",
        "The law is that constant. Nothing changes with x, so there is nothing to extrapolate.",
        "Check that the right column was sent.")
    case .breakOutsideData:
      CatalogueEntry(
        "A break lies outside the data",
        "The centre of a break is below the first x or above the last, so its constants are "
          + "extrapolations themselves.",
        "Do not use this break's constants. Ask for fewer breaks, or measure around the break.")
    case .breakAtEdge:
      CatalogueEntry(
        "A break lies at the edge of the data",
        "Fewer than 2 points lie on one side of the centre of a break, so its slope on that side is "
          + "uncertain.",
        "Measure on that side before you rely on it.")
    case .fewPointsAfterBreak:
      CatalogueEntry(
        "Few points after a break",
        "Fewer than 4 points lie beyond the centre of the last break.",
        "More points beyond the break narrow the forecast more than any others.")
    case .bendsOverlap:
      CatalogueEntry(
        "Two bends overlap",
        "The bend of a break has not ended where that of the next begins, so the law never has the "
          + "slope that its exponents give between the two.",
        "Read segments[].slope_reached instead, and do not interpret c of either break.")
    case .selectionUnstable:
      CatalogueEntry(
        "The number of breaks depends on one point",
        "Without the largest point another number of breaks would be selected.",
        "Look at the candidates in the answer; the combined forecast averages over them.")
    case .parameterAtBound:
      CatalogueEntry(
        "A constant lies at its bound",
        "The best value of a constant is the end of the range that it may have.",
        "Widen the bound if you gave it. Otherwise another form of law would fit better.")
    case .parameterUnidentified:
      CatalogueEntry(
        "A constant is not determined",
        "The interval of a constant spans more than a factor of 100, or both signs: the data fit "
          + "about as well with very different values.",
        "Do not interpret this constant. Predictions may be good all the same: see their intervals."
      )
    case .limitNotIdentified:
      CatalogueEntry(
        "The limit is not determined",
        "The interval of the limit a is wider than the range of y in the data, or holds 0 or the "
          + "ceiling, which the metric does not pass, or the last slope does not fall: the data do "
          + "not show where the curve will end.",
        "Do not quote the limit. Points at larger x, where the curve bends towards it, would help.")
    case .illConditioned:
      CatalogueEntry(
        "The constants depend on one another",
        "The condition number of the fit exceeds 1e12: some combination of constants changes the law "
          + "very little. Their standard errors mean little.",
        "Use the predictions and their intervals and not the constants. Fewer breaks help.")
    case .covarianceUnavailable:
      CatalogueEntry(
        "There are no standard errors",
        "The covariance of the constants could not be computed, so errors and correlations are "
          + "null.",
        "Add points, fix constants, or ask for fewer breaks.")
    case .lackOfFit:
      CatalogueEntry(
        "The law does not fit within the given errors",
        "The residuals are larger than sigma, trials or the repeats allow (chi-square p < 0.001).",
        "Check whether the noise is larger than stated. If it is not, allow more breaks.")
    case .residualPattern:
      CatalogueEntry(
        "The residuals have a pattern",
        "Neighbouring residuals have the same sign more often than chance explains (p < 0.001). This "
          + "is usual for points of one training run; the intervals allow for it.",
        "Allow more breaks if the pattern is a bend that the law misses.")
    case .optimizerStopped:
      CatalogueEntry(
        "The optimizer stopped early",
        "The last optimization of the constants reached its limit of iterations before it converged.",
        "The digits shown may not all be final. Fewer breaks, or bounds, help.")
    case .extrapolationFar:
      CatalogueEntry(
        "A prediction lies far beyond the data",
        "It is more than one and a half times the data's own logarithmic range beyond them, or "
          + "more than two decades. Intervals cover errors within the laws tried, but no law can "
          + "foresee a break beyond the data.",
        "See predictability in the answer, and measure nearer to that x if you can.")
    case .turningPointExtrapolated:
      CatalogueEntry(
        "The curve turns beyond the data",
        "The forecast has a minimum or maximum that the measured points do not show.",
        "Measure beyond the last point before you rely on it.")
    case .turningPointSinglePoint:
      CatalogueEntry(
        "A turn depends on one point",
        "Without the largest point the law does not turn.",
        "Measure that point again, and one beyond it.")
    case .belowZeroPrediction:
      CatalogueEntry(
        "A prediction leaves the possible range",
        "A forecast or its interval goes below 0 though all y are above 0, or above the ceiling.",
        "Cut the interval at the bound, choose the objective log, or ask for a nearer x.")
    case .ceilingNotGiven:
      CatalogueEntry(
        "A share is forecast beyond 1",
        "All y lie between 0 and 1, higher is better or trials are given, and the law, the forecast or "
          + "its interval goes beyond 1. The fit knows a ceiling only if it is given.",
        "If y is a share such as an accuracy, give ceiling = 1.")
    case .lawAndForecastDisagree:
      CatalogueEntry(
        "The reported law and the forecast disagree",
        "The forecast averages several laws. The reported one, whose constants the answer gives, lies "
          + "far outside the interval of their average, or tends to a limit that the forecast passes.",
        "Prefer the forecast. The constants are those of one law among several.")
    case .cropped:
      CatalogueEntry(
        "Points at the start were left out",
        "As crop asks, points before a certain x do not take part in the fit.",
        "Compare with crop none.")
    case .objectiveChanged:
      CatalogueEntry(
        "Another objective was used",
        "Some y are 0 or negative, or lie at the ceiling, so the objective is not the logarithmic "
          + "one.",
        "Nothing, if y may be 0. Set objective to avoid this warning.")
    case .valueUnavailable:
      CatalogueEntry(
        "A number is not available",
        "JSON has neither NaN nor infinity. A number that a double cannot hold, or that these data do "
          + "not define, is null in the answer.",
        "Use log10 where it is given. Otherwise these data have no such number.")
    case .columnsIgnored:
      CatalogueEntry(
        "Columns were ignored",
        "The table has columns that the fit does not use; the detail names them.",
        "Nothing, unless one of them was meant: see x_column, y_column and the column names.")
    case .columnsGuessed:
      CatalogueEntry(
        "Columns were guessed",
        "The names of the columns do not tell which are x, y and the curve, and other columns could "
          + "have been meant; the detail names them.",
        "Name the columns to use by x_column, y_column and curve_column.")
    case .columnsAmbiguous:
      CatalogueEntry(
        "Other columns look more like x and y",
        "The table has columns named `x` and `y`, which were read, and others with names of a scale "
          + "and a metric.",
        "Name the columns that are meant by x_column and y_column.")
    case .perhapsPerCent:
      CatalogueEntry(
        "A share goes beyond 1",
        "The name of the column of y is that of a share, such as an accuracy, whose best value is 1, "
          + "but some y are greater.",
        "If y is in per cent, give ceiling = 100.")
    case .rowsLeftOut:
      CatalogueEntry(
        "Most of the table was left out",
        "A row without a number for x or y, or with x = 0, holds no point that can be fitted. Most "
          + "rows are such rows.",
        "Look at `read` in the answer, and name the columns that were meant.")
    case .severalSeriesMixed:
      CatalogueEntry(
        "Several curves may be mixed",
        "Values of x repeat, and a column of the table that was not used may tell apart what lies at "
          + "the same x: there y scatters more than twice as much as a point of one curve so told apart "
          + "lies from the mean of its two neighbours, each by the median.",
        "Name the column by curve_column, or by run_column if its rows are repetitions.")
    case .sigmaUnknown:
      CatalogueEntry(
        "Some standard errors are not known",
        "A standard error of 0, or a missing one, is taken as unknown: a single measurement has no "
          + "deviation. The median of the others was used in its place.",
        "Give the standard error of every point, or of none.")
    case .rankedByFit:
      CatalogueEntry(
        "Forms are ranked on the points they were fitted to",
        "No points were held out, so the forms are compared by the error of their fit. This favours "
          + "forms with many constants and says little about extrapolation.",
        "Hold the last points out by held_out.")
    }
  }
}
