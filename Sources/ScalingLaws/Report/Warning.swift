/// A warning of a report, as data; another module puts it into words.
public enum Warning: Sendable {
  // The data.

  /// All y are equal.
  case constantMetric
  /// There are too few points or distinct x for the law; at least `needed` would do.
  case tooFewPoints(count: Int, distinctX: Int, constants: Int, needed: Int)
  /// There are enough points for the law, but too few distinct x to show a break.
  case tooFewForBreak(distinctX: Int, needed: Int)
  /// The data span few decades of x.
  case fewScales(decades: Double)
  /// The scatter of points at equal x is `scatter` times that of the residuals.
  case repeatedX(scatter: Double)
  /// The point at x is `times` as far from the law as the points usually are.
  case outlyingPoint(x: Double, times: Double)
  /// The data do not rule out that nothing changes at all.
  case noiseAboveEffect(p: Double)
  /// y gets worse all along by the direction that was given.
  case directionDoubtful(given: FitOptions.Direction)

  // The breaks.

  case breakOutsideData(BreakReport)
  /// Fewer than two points lie on one side of the break.
  case breakAtEdge(BreakReport)
  /// Only `count` points lie beyond the break.
  case fewPointsAfterBreak(BreakReport, count: Int)
  /// Between two breaks the slope reaches only `reached`, not the exponent.
  case bendsOverlap(first: Int, reached: Double, exponent: Double)
  /// Without the last point another number of breaks would be reported.
  case selectionUnstable

  // The constants.

  /// The kind of end of a range that a constant is at.
  public enum RangeEnd: Sendable {
    /// The limit 0, the usual limit of metrics that cannot be negative.
    case zero
    /// The limit at the ceiling of a metric that rises.
    case ceiling
    /// A bound of the user.
    case given
    /// The end of the range of the search.
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

  /// A prediction lies `decades` beyond data that span `span` decades; `isFar` if it lies far
  /// beyond, not only farther than the data reach.
  case extrapolationFar(x: Double, decades: Double, span: Double, isFar: Bool)
  /// The forecast turns where no point shows it.
  case turningPointExtrapolated(inData: ShapeReport.Label, withForecast: ShapeReport.Label)
  /// Without the last point the curve would not turn.
  case turningPointSinglePoint(without: ShapeReport.Label)

  /// Which end of the range of a metric is passed.
  public enum Excess: Sendable {
    /// Below 0; `admitsLog`: the objective `log`, whose forecasts are above 0, could be used.
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

  /// `count` points before `from` were left out.
  case cropped(count: Int, from: Double)
  /// Residuals are taken on this scale, since values lie at the ceiling or are not positive.
  case objectiveChanged(Objective, isAtCeiling: Bool)
}
