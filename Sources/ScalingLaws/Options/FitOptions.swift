/// How a law is fitted and what is asked of it. Every default is the service's own.
public struct FitOptions: Sendable, Hashable {
  /// How many breaks the reported law has.
  public enum BreakCount: Sendable, Hashable {
    /// Chosen by `selection` among 0 to `max`.
    case automatic(max: Int)
    /// Given.
    case exactly(Int)

    var maximum: Int {
      switch self {
      case .automatic(let max): max
      case .exactly(let count): count
      }
    }
  }

  // The raw values of choices are their names in requests and answers.

  /// How the number of breaks of the reported law is chosen.
  public enum Selection: String, Sendable, CaseIterable {
    /// The fewest breaks within 4 of the best corrected Akaike criterion.
    case aicc
    /// The least validation error on the last max(2, 20 %) distinct x (paper A.6).
    case holdOut = "holdout"
  }

  /// Where the forecast comes from.
  public enum ForecastKind: String, Sendable, CaseIterable {
    /// The average over laws of up to two breaks and of every limit. Where constants of single breaks
    /// are fixed or bounded, the reported law forecasts alone.
    case combined
    /// The reported law alone.
    case single
  }

  /// Which direction of y is better.
  public enum Direction: String, Sendable, CaseIterable {
    case lowerIsBetter = "lower_is_better"
    case higherIsBetter = "higher_is_better"
  }

  /// How residuals enter the cost.
  public enum Loss: String, Sendable, CaseIterable {
    case squared
    /// Quadratic up to 1.5 robust standard deviations, linear beyond.
    case huber
  }

  /// Points set aside to score the extrapolation.
  public enum HeldOut: Sendable, Hashable {
    case none
    /// Given points, besides those that are fitted.
    case points(Points)
    /// The points at the last distinct x, in the direction of progress.
    case last(Int)
  }

  /// Which points at the start of progress are left out of the fit.
  public enum Crop: Sendable, Hashable {
    case none
    /// Those before an old sharp break, when validation says that it helps.
    case automatic
    /// Those before this x in the direction of progress.
    case from(Double)
  }

  /// How intervals of constants and of a single law are made. A combined forecast has those of its laws,
  /// but with `none`.
  public struct Intervals: Sendable, Hashable {
    public enum Method: String, Sendable, CaseIterable {
      /// As `delta`.
      case automatic = "auto"
      /// Linear propagation of the covariance of the constants.
      case delta
      /// From laws refitted to resampled points.
      case bootstrap
      /// No intervals.
      case none
    }

    public var method: Method
    /// The probability inside: above 0, at most `highestLevel`.
    public var level: Double
    /// How many resamples the bootstrap refits, at least; its tails need 20/(1 - level) of them.
    public var samples: Int

    public init(method: Method = .automatic, level: Double = 0.9, samples: Int = 200) {
      self.method = method
      self.level = level
      self.samples = samples
    }

    /// Beyond it the tails of all distributions here are rounding errors.
    public static let highestLevel = 1 - 1e-9

    /// The resamples that are refitted.
    public var resampleCount: Int { max(samples, Self.fewestSamples(level: level)) }

    /// 20/(1 - level), so that ten resamples lie beyond either end.
    public static func fewestSamples(level: Double) -> Int {
      guard level > 0 else { return 20 }
      // Less a rounding error: 1 - 0.9 is a little below a tenth.
      return Int((20 / (1 - min(level, highestLevel)) - 1e-6).rounded(.up))
    }
  }

  public var breaks: BreakCount = .automatic(max: 3)
  public var selection: Selection = .aicc
  /// Nil: combined when the number of breaks is automatic, single when it is given.
  public var forecast: ForecastKind?
  /// Whether the reported law is drawn to usual exponents; the combined forecast has priors of its own.
  public var prior = false
  public var direction: Direction = .lowerIsBetter
  public var progress: Progress = .increasing
  public var crop: Crop = .none
  /// The best y there can be, for metrics that rise.
  public var ceiling: Double?
  public var objective: Objective.Choice = .automatic
  public var loss: Loss = .squared
  /// Constants held at a value.
  public var fixed: [Constant: Double] = [:]
  /// Constants held inside a range.
  public var bounds: [Constant: ClosedRange<Double>] = [:]
  public var intervals = Intervals()
  /// x values to forecast at; nil: 2 and 10 times beyond the last x.
  public var predictions: [Double]?
  public var heldOut: HeldOut = .none
  /// About how many x the law and the forecast are sampled at along the whole curve, for a plot; 0:
  /// not at all.
  public var curveSamples = 0
  /// y values whose x is asked for.
  public var solveFor: [Double] = []
  /// How far beyond the last x, as a factor, the next measurement may lie.
  public var measureWithin = 2.0
  /// y of random guessing, for the report on the shape.
  public var randomGuess: Double?
  /// Forms to fit beside the law and to rank with it.
  public var forms: [ComparisonForm] = []
  /// Reproduces everything that is drawn at random.
  public var seed: UInt64 = 0

  public init() {}
}
