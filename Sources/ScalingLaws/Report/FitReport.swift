/// Everything that a fit says, in units of the given x and y.
public struct FitReport: Sendable {
  /// What was fitted.
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
  /// What was left out at the start; nil when nothing was asked for.
  public var crop: CropReport?
  /// In the order of `FitOptions.solveFor`.
  public var solved: [SolvedTarget]
  public var measureNext: MeasureNext?
  /// Nil when no forms were asked for.
  public var comparison: Comparison?
  public var warnings: [Warning]
}

/// A law with what is known of its constants and of its agreement with the points.
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
    /// Rows of the symmetric matrix.
    public var matrix: [[Double]]
  }
}

/// Why there is no covariance.
public enum CovarianceFault: Sendable, Hashable {
  /// There are not more points than free constants.
  case noDegreesOfFreedom(points: Int, constants: Int)
  /// The Jacobian's columns are dependent to rounding.
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
  /// The value in the paper's units, nil where no double can hold it.
  public var value: Double?
  /// log10 of the magnitude of b and d, which may exceed any double.
  public var log10: Double?
  /// By the scatter of the residuals as if they were independent, as SciPy's `curve_fit` has it. Nil
  /// when fixed, at a bound, or without a covariance; and for b, d and f, whose logarithms scatter
  /// evenly, where two of it would reach 0.
  public var standardError: Double?
  /// Intervals of b, d and f are made on the logarithm, so they are asymmetric. They are also
  /// ((1 + rho)/(1 - rho))^0.5 times as wide as standard errors say, rho being the autocorrelation of
  /// the residuals: neighbours that err together tell less than their number.
  public var lower: Double?
  public var upper: Double?
  public var isFixed: Bool
  public var isAtBound: Bool
}

/// How well a law agrees with the points it was fitted to.
public struct Quality: Sendable {
  public var objective: Objective
  /// The level that y was subtracted from before the fit, for metrics fitted from above.
  public var reflectedAt: Double?
  /// Sum of squared residuals on the objective's scale, weighted as asked; under the linear objective in
  /// units of y squared, infinite where no double holds it.
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
  /// The test that ended the polish, in words.
  public var stoppedBecause: String
}

/// The law or laws that the forecast is made of.
public struct Forecast: Sendable {
  public struct Member: Sendable {
    public var law: BrokenPowerLaw
    /// Whether the law was drawn to usual exponents.
    public var hasPrior: Bool
    /// Normalised: the weights of all members add to 1.
    public var weight: Double
    public var breakCount: Int { law.breaks.count }
  }

  public var kind: FitOptions.ForecastKind
  public var members: [Member]
}

/// The forecast at one x.
public struct Prediction: Sendable {
  public var x: Double
  /// The forecast; nil where it overflows.
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

/// The forecast's error on points that were set aside.
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
  /// d; nil where no double can hold it.
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
  /// In words, by the width f ln 81 of the bend in ln x: below ln 2 sharp, below ln 10 moderate.
  public var sharpness: Sharpness
  /// Fitted points on either side of d.
  public var pointsBefore: Int
  public var pointsAfter: Int
  public var place: Place
  /// The smallest x up to which the data show the break: with it the law beats the law without it by
  /// more than 10 in AICc, there and at every larger x. Nil when even all points do not.
  public var detectableFrom: Double?
}

/// The power law that the law follows between two breaks, once the bends are small (paper A.2).
public struct Segment: Sendable {
  /// Counted from 1.
  public var index: Int
  /// Nil: from x to 0.
  public var from: Double?
  /// Nil: to infinity.
  public var to: Double?
  /// The log-log slope of y - a.
  public var exponent: Double
  /// The slope that comes nearest to it inside the segment: bends that overlap keep the law from the
  /// exponent between them.
  public var slopeReached: Double
  public var coefficient: Double?
  public var log10Coefficient: Double
  /// The largest |law / segment - 1| of y - a inside the segment, within the data's range of x.
  public var largestGap: Double?
}

/// What y tends to as x grows without bound, or falls to 0 where progress runs to smaller x.
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
    /// Root mean squared residual on the validation points, when that was asked for: of the free law or of
    /// the law drawn to usual exponents, whichever forecasts better.
    public var validationError: Double?
  }

  public var method: Method
  public var chosen: Int
  public var candidates: [Candidate]
  /// Points that count as independent: n (1 - rho)/(1 + rho).
  public var effectiveCount: Double
}

/// Which points at the start of progress were left out, and the alternatives.
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
