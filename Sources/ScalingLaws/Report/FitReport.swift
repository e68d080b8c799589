import Glibc

/// The results of a fit, in units of the given x and y.
public struct FitReport: Sendable {
  /// The fitted points.
  public struct DataSummary: Sendable {
    public var count: Int
    public var distinctCount: Int
    public var xMin: Double
    public var xMax: Double
    /// Points that entered the fit (after hold-out).
    public var used: Int
  }

  public var data: DataSummary
  /// The reported law with its constants and quality.
  public var model: FittedLaw
  public var forecast: Forecast
  /// In the order asked for.
  public var predictions: [Prediction]
  /// The law and the forecast along the whole curve, in ascending order of x; empty unless
  /// `FitOptions.curveSamples` asks for it. Among the points a combined forecast is nil.
  public var curve: [Prediction] = []
  public var heldOut: HeldOutScore?
  /// One entry a break of the reported law, in ascending order of location.
  public var breaks: [BreakReport]
  /// One more than there are breaks (paper A.2).
  public var segments: [Segment]
  public var limit: LimitReport
  public var shape: ShapeReport
  public var predictability: Predictability
  public var selection: SelectionReport
  /// The points left out at the start; nil when no crop was asked for.
  public var crop: CropReport?
  /// In the order of `FitOptions.solveFor`.
  public var solved: [SolvedTarget]
  public var measureNext: MeasureNext?
  /// Nil when no forms were asked for.
  public var comparison: Comparison?
  public var warnings: [Warning]
  /// What the forecasts were made from; nil for a report that is not from a fit.
  var source: Source?
}

/// A law, the uncertainty of its constants, and the quality of its fit.
public struct FittedLaw: Sendable {
  public var law: BrokenPowerLaw
  /// In the order of `Constant.all(breaks:)`.
  public var constants: [ConstantEstimate]
  /// Correlations of the constants that are free, in the order of `constants`; nil when the
  /// covariance does not exist, with the reason in `covarianceFault`.
  public var correlation: Correlation?
  public var covarianceFault: CovarianceFault?
  public var quality: Quality

  public struct Correlation: Sendable {
    public var order: [Constant]
    /// The rows of the symmetric matrix.
    public var matrix: [[Double]]
  }
}

/// Why there is no covariance.
public enum CovarianceFault: Sendable, Hashable {
  /// There are no more points than free constants.
  case noDegreesOfFreedom(points: Int, constants: Int)
  /// The Jacobian's columns are dependent up to rounding.
  case singular
  /// All y are equal.
  case constantMetric
  /// Intervals were not asked for.
  case notRequested

  public var reason: String {
    switch self {
    case .noDegreesOfFreedom(let points, let constants):
      "\(points) points leave no degrees of freedom for \(constants) constants"
    case .singular: "the points do not determine all constants separately"
    case .constantMetric: "all y are equal"
    case .notRequested: "intervals were not requested"
    }
  }
}

/// One constant of a fitted law.
public struct ConstantEstimate: Sendable {
  public var constant: Constant
  /// The value in the paper's units; nil when a double cannot hold it.
  public var value: Double?
  /// log10 of the magnitude of b and d, which may overflow a double.
  public var log10: Double?
  /// The standard error for independent residuals, as in SciPy's `curve_fit`. Nil for a constant
  /// that is fixed or at a bound, and without a covariance; also for b, d and f when twice the
  /// error exceeds the value, because then only the interval on the logarithm is useful.
  public var standardError: Double?
  /// Intervals of b, d and f are made on the logarithm, so they are asymmetric. All intervals are
  /// wider than the standard errors by ((1 + rho)/(1 - rho))^0.5, where rho is the autocorrelation
  /// of the residuals, because correlated residuals count as fewer points.
  public var lower: Double?
  public var upper: Double?
  public var isFixed: Bool
  public var isAtBound: Bool
}

/// The quality of a fit at the fitted points.
public struct Quality: Sendable {
  public var objective: Objective
  /// The ceiling from which y was subtracted before the fit; nil when it was not.
  public var reflectedAt: Double?
  /// Sum of squared weighted residuals on the objective's scale; under the linear objective in
  /// units of y squared, infinite on overflow.
  public var sumOfSquares: Double
  /// Mean of (ln(1+y) - ln(1+yhat))^2 (paper A.6); nil when some y <= -1.
  public var msle: Double?
  /// Root mean square of ln yhat - ln y, with its root standard log error; nil when some y <= 0.
  public var rmsle: LogError?
  /// 1 - residual / total sum of squares of y; nil when y is constant.
  public var r2: Double?
  /// Corrected Akaike criterion; nil when there are too few points for it.
  public var aicc: Double?
  /// Standard deviation of the residuals on the objective's scale.
  public var residualDeviation: Double
  /// Lag-1 autocorrelation of the residuals in order of x.
  public var residualAutocorrelation: Double
  public var isConverged: Bool
  /// The stopping test that ended the last descent, in words.
  public var stoppedBecause: String
}

/// The law or laws of the forecast.
public struct Forecast: Sendable {
  public struct Member: Sendable {
    public var law: BrokenPowerLaw
    /// Whether the law has a prior for usual exponents.
    public var hasPrior: Bool
    /// The weight; the weights of all laws sum to 1.
    public var weight: Double
    public var breakCount: Int { law.breaks.count }
  }

  public var kind: FitOptions.ForecastKind
  public var members: [Member]
}

/// The forecast at one x.
public struct Prediction: Sendable {
  public var x: Double
  /// The forecast; nil on overflow.
  public var y: Double?
  /// The reported law at x.
  public var yLaw: Double?
  /// The interval of a new measurement.
  public var lower: Double?
  public var upper: Double?
  /// The interval of the mean.
  public var meanLower: Double?
  public var meanUpper: Double?
  /// Whether x lies beyond the points, on either side.
  public var isExtrapolated: Bool
  /// How many decades x lies beyond the points; 0 inside.
  public var decadesBeyond: Double
}

/// The error of the forecast on held-out points.
public struct HeldOutScore: Sendable {
  public var count: Int
  /// Nil when some y or forecast is not above 0.
  public var rmsle: LogError?
  /// How many points lie inside their interval; nil without intervals.
  public var insideInterval: Int?
  /// The forecast at each held-out point, in ascending order of x.
  public var predictions: [Prediction]
  public var y: [Double]
}

/// One break of the reported law.
public struct BreakReport: Sendable {
  public enum Place: Sendable { case inData, beforeData, beyondData }
  public enum Sharpness: String, Sendable { case sharp, moderate, gradual }

  /// Counted from 1.
  public var index: Int
  /// d; nil when a double cannot hold it.
  public var x: Double?
  public var log10X: Double
  public var lower: Double?
  public var upper: Double?
  /// The law at d.
  public var y: Double?
  /// Where 10 % and 90 % of the change of slope are done.
  public var starts: Double?
  public var ends: Double?
  public var slopeBefore: Double
  public var slopeAfter: Double
  /// A word for the width f ln 81 of the bend in ln x: below ln 2 sharp, below ln 10 moderate.
  public var sharpness: Sharpness
  /// Fitted points on either side of d.
  public var pointsBefore: Int
  public var pointsAfter: Int
  public var place: Place
  /// The smallest x up to which points show the break: there and with more points, the law with the
  /// break is better by more than 10 in AICc. Nil when all points together do not show it.
  public var detectableFrom: Double?
}

/// The power law between two breaks, which the law follows outside of the bends (paper A.2).
public struct Segment: Sendable {
  /// Counted from 1.
  public var index: Int
  /// Nil: from x to 0.
  public var from: Double?
  /// Nil: to infinity.
  public var to: Double?
  /// The log-log slope of y - a.
  public var exponent: Double
  /// The slope inside the segment that is nearest to the exponent; between overlapping bends the
  /// law does not reach the exponent.
  public var slopeReached: Double
  public var coefficient: Double?
  public var log10Coefficient: Double
  /// The largest |law / segment - 1| of y - a inside the segment, within the data's range of x.
  public var largestGap: Double?
}

/// The limit of y for x to infinity, or to 0 when progress is towards smaller x.
public struct LimitReport: Sendable {
  public enum Value: Sendable, Hashable {
    case finite(Double)
    /// The last exponent is not positive: y grows or falls without bound.
    case unbounded(above: Bool)
  }

  public var value: Value
  public var lower: Double?
  public var upper: Double?
}

/// How the number of breaks was chosen.
public struct SelectionReport: Sendable {
  public enum Method: Sendable { case aicc, holdOut, given }

  public struct Candidate: Sendable {
    public var breaks: Int
    public var sumOfSquares: Double
    public var aicc: Double?
    /// The root mean squared residual on the validation points: the smaller of those with and
    /// without the prior; nil without validation.
    public var validationError: Double?
  }

  public var method: Method
  public var chosen: Int
  public var candidates: [Candidate]
  /// The effective number of independent points, n (1 - rho)/(1 + rho).
  public var effectiveCount: Double
}

/// The points left out at the start of progress, and the candidates.
public struct CropReport: Sendable {
  public struct Candidate: Sendable {
    /// The first x kept; nil: all.
    public var from: Double?
    /// Points kept.
    public var count: Int
    /// Breaks of the law that was validated.
    public var breaks: Int
    /// Root mean square of the residuals at the validation points (paper A.6).
    public var validationError: Double
  }

  /// The first x kept; nil: all.
  public var from: Double?
  /// All points, then each crop that was tried; empty when the crop was given.
  public var candidates: [Candidate]
}

/// Root mean squared log error with its root standard log error.
///
/// With SLE = (ln yhat - ln y)^2 over N points: RMSLE = sqrt(mean SLE), and RSLE =
/// sqrt(mean SLE + sd(SLE)/sqrt(N)) - sqrt(mean SLE), sd with divisor N (paper A.6).
public struct LogError: Sendable, Hashable {
  public let rmsle: Double
  public let rsle: Double

  /// Nil without points, or when a value is not above 0 or a forecast is infinite.
  public init?(forecast: [Double], measured: [Double]) {
    precondition(forecast.count == measured.count, "one forecast a measurement")
    guard !forecast.isEmpty, zip(forecast, measured).allSatisfy({ $0 > 0 && $0.isFinite && $1 > 0 })
    else { return nil }
    let squares = zip(forecast, measured).map { f, m in
      let error = log(f) - log(m)
      return error * error
    }
    let n = Double(squares.count)
    let mean = squares.reduce(0, +) / n
    let variance = squares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
    rmsle = mean.squareRoot()
    rsle = (mean + (variance / n).squareRoot()).squareRoot() - rmsle
  }
}
