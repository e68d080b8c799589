/// The content of a plot: one or several curves, their points, and the laws fitted to them.
///
/// Numbers that are not finite are not drawn; x that is not positive is not drawn on logarithmic
/// axes.
public struct Chart: Sendable, Hashable {
  /// Shown above the plot.
  public var title: String?
  /// The name of the axis of x.
  public var xLabel: String
  /// The name of the axis of y.
  public var yLabel: String
  /// The probability inside the intervals, for the legend.
  public var level: Double?
  /// The curves. A single one is drawn with its breaks, segments, limit and predictions.
  public var series: [Series]

  public init(
    title: String? = nil, xLabel: String = "x", yLabel: String = "y", level: Double? = nil,
    series: [Series]
  ) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.level = level
    self.series = series
  }

  /// One curve: its points and the law fitted to them.
  public struct Series: Sendable, Hashable {
    public var name: String?
    /// The points that the law was fitted to.
    public var points: [Point]
    /// The points that were held out.
    public var heldOut: [Point]
    /// Samples of the law and the forecast, in ascending order of x.
    public var curve: [Sample]
    public var breaks: [Break]
    public var segments: [Segment]
    /// The limit of y.
    public var limit: Double?
    /// The forecasts at requested x.
    public var predictions: [Sample]

    public init(
      name: String? = nil, points: [Point], heldOut: [Point] = [], curve: [Sample] = [],
      breaks: [Break] = [], segments: [Segment] = [], limit: Double? = nil,
      predictions: [Sample] = []
    ) {
      self.name = name
      self.points = points
      self.heldOut = heldOut
      self.curve = curve
      self.breaks = breaks
      self.segments = segments
      self.limit = limit
      self.predictions = predictions
    }
  }

  /// One measurement.
  public struct Point: Sendable, Hashable {
    public var x: Double
    public var y: Double

    public init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// The forecast and the reported law at one x.
  public struct Sample: Sendable, Hashable {
    public var x: Double
    /// The forecast.
    public var y: Double?
    /// The reported law.
    public var law: Double?
    /// The interval of a new measurement.
    public var lower: Double?
    public var upper: Double?

    public init(
      x: Double, y: Double?, law: Double? = nil, lower: Double? = nil, upper: Double? = nil
    ) {
      self.x = x
      self.y = y
      self.law = law
      self.lower = lower
      self.upper = upper
    }
  }

  /// Where the slope of the law changes.
  public struct Break: Sendable, Hashable {
    public var x: Double
    /// Where 10 % and 90 % of the change are done.
    public var starts: Double?
    public var ends: Double?

    public init(x: Double, starts: Double? = nil, ends: Double? = nil) {
      self.x = x
      self.starts = starts
      self.ends = ends
    }
  }

  /// The power law between two breaks: y = a + b x^s (paper A.2).
  public struct Segment: Sendable, Hashable {
    /// Nil: from the smallest x.
    public var from: Double?
    /// Nil: to the largest x.
    public var to: Double?
    /// a.
    public var limit: Double
    /// Whether b is below 0.
    public var isBelowLimit: Bool
    /// log10 |b|, since b may exceed any double.
    public var log10Coefficient: Double
    /// s: the slope of |y - a| on logarithmic axes.
    public var slope: Double

    public init(
      from: Double?, to: Double?, limit: Double, isBelowLimit: Bool = false,
      log10Coefficient: Double, slope: Double
    ) {
      self.from = from
      self.to = to
      self.limit = limit
      self.isBelowLimit = isBelowLimit
      self.log10Coefficient = log10Coefficient
      self.slope = slope
    }
  }

  /// The scales of the axes.
  public enum Axes: String, Sendable, CaseIterable {
    /// Both logarithmic; y linear where a point is not above 0.
    case logLog = "log"
    case linear
  }
}
