/// Something that the reader of a report should know: what was found, without words for it.
public enum Warning: Sendable {
  // The data.

  /// All y are equal.
  case constantMetric
  /// The law has more constants than the points, so many at so many distinct x, can tell.
  case tooFewPoints(count: Int, distinctX: Int, needed: Int)
  /// The data span so many decades of x.
  case fewScales(decades: Double)
  /// Points at equal x scatter so many times as much as the residuals.
  case repeatedX(scatter: Double)
  /// The point at x lies so many times as far from the law as points usually do.
  case outlyingPoint(x: Double, times: Double)
  /// The data do not rule out that nothing changes at all.
  case noiseAboveEffect(p: Double)
  /// y gets worse all along by the direction that was given.
  case directionDoubtful(given: FitOptions.Direction)

  // The breaks.

  case breakOutsideData(BreakReport)
  /// Fewer than two points lie on one side of the break.
  case breakAtEdge(BreakReport)
  /// So few points lie beyond the break.
  case fewPointsAfterBreak(BreakReport, count: Int)
  /// Between two breaks the slope comes to `reached` and not to the exponent.
  case bendsOverlap(first: Int, reached: Double, exponent: Double)
  /// Without the last point another number of breaks would be reported.
  case selectionUnstable

  // The constants.

  /// Where the range ends that a constant lies at the end of.
  public enum RangeEnd: Sendable {
    /// The limit 0, which metrics that cannot be negative usually tend to.
    case zero
    /// The limit at the ceiling of a metric that rises.
    case ceiling
    /// A bound that was asked for.
    case given
    /// The end of what is searched.
    case searched
  }

  case parameterAtBound(Constant, RangeEnd)
  /// The data hardly determine the constant.
  case parameterUnidentified(Constant)
  /// The data do not show where the curve ends.
  case limitNotIdentified
  /// The constants are nearly interchangeable.
  case illConditioned(condition: Double)
  case covarianceUnavailable(CovarianceFault)

  // The fit.

  /// The law misses the points by more than their noise allows.
  case lackOfFit(p: Double)
  /// Neighbouring residuals have the same sign too often.
  case residualPattern(p: Double)
  /// The descent to the minimum ended early, with the reason.
  case optimizerStopped(String)

  // The extrapolation.

  /// A prediction lies so many decades beyond data that span `span` of them; far beyond, or only
  /// farther than the data reach.
  case extrapolationFar(x: Double, decades: Double, span: Double, isFar: Bool)
  /// The forecast turns where no point shows it.
  case turningPointExtrapolated(inData: ShapeReport.Label, withForecast: ShapeReport.Label)
  /// Without the last point the curve would not turn.
  case turningPointSinglePoint(without: ShapeReport.Label)

  /// Which end of the range of a metric is passed.
  public enum Excess: Sendable {
    /// Below 0; the objective `log`, whose forecasts are above 0, may be open to choose.
    case belowZero(admitsLog: Bool)
    case aboveCeiling
  }

  /// A forecast or its interval leaves the range that the metric can have.
  case outOfRange(Excess)
  /// A share has no ceiling, and the forecast or only its interval goes beyond 1.
  case ceilingNotGiven(isForecastBeyond: Bool)
  /// At x the reported law lies far outside the interval of the forecast.
  case lawAndForecastDisagree(x: Double, law: Double, forecast: Double)
  /// The forecast passes the limit that the reported law tends to.
  case forecastPassesLimit

  // What was done.

  /// So many points before x were left out.
  case cropped(count: Int, from: Double)
  /// Residuals are taken on this scale, since values lie at the ceiling or are not positive.
  case objectiveChanged(Objective, isAtCeiling: Bool)
}
