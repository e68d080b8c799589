/// The options of a fit, with the defaults of the service.
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

  /// The laws of the forecast.
  public enum ForecastKind: String, Sendable, CaseIterable {
    /// The average over laws of up to two breaks and of every limit. Where constants of single
    /// breaks are fixed or bounded, the reported law forecasts alone.
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

  /// How intervals of constants and of a single law are made. Those of a combined forecast come
  /// from its laws, except with `none`.
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
    /// The smallest number of resamples of the bootstrap; at least 20/(1 - level) are used.
    public var samples: Int

    public init(method: Method = .automatic, level: Double = 0.9, samples: Int = 200) {
      self.method = method
      self.level = level
      self.samples = samples
    }

    /// Beyond this level the tails of the distributions are rounding errors.
    public static let highestLevel = 1 - 1e-9

    /// The number of resamples that are used.
    public var resampleCount: Int { max(samples, Self.fewestSamples(level: level)) }

    /// 20/(1 - level), so that ten resamples lie beyond either end.
    public static func fewestSamples(level: Double) -> Int {
      guard level > 0 else { return 20 }
      // Allow for rounding: 1 - 0.9 is a little below 0.1.
      return Int((20 / (1 - min(level, highestLevel)) - 1e-6).rounded(.up))
    }
  }

  public var breaks: BreakCount = .automatic(max: 3)
  public var selection: Selection = .aicc
  /// Nil: combined when the number of breaks is automatic, single when it is given.
  public var forecast: ForecastKind?
  /// Whether the reported law has a prior for usual exponents; a combined forecast has its own
  /// priors.
  public var prior = false
  public var direction: Direction = .lowerIsBetter
  public var progress: Progress = .increasing
  public var crop: Crop = .none
  /// The best possible y, for metrics that rise.
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
  /// The approximate number of samples of the law and the forecast along the curve, for a plot.
  public var curveSamples = 0
  /// Values of y whose x are searched.
  public var solveFor: [Double] = []
  /// The largest x of the next measurement, as a multiple of the last x.
  public var measureWithin = 2.0
  /// The y of random guessing, for the shape report.
  public var randomGuess: Double?
  /// Forms to fit beside the law and to rank with it.
  public var forms: [ComparisonForm] = []
  /// The seed of all random numbers.
  public var seed: UInt64 = 0

  public init() {}
}

extension FitOptions {
  /// The largest number of breaks.
  public static let mostBreaks = 5
  /// The largest number of resamples.
  public static let mostSamples = 1_000_000
  /// The largest value of `curveSamples`.
  public static let mostCurveSamples = 1_000_000

  /// Checks all options; `BrokenPowerLaw.fit` calls it first.
  ///
  /// - Throws: `impossibleOption` naming the option and what is allowed, `unknownConstant` and
  ///   `impossibleConstant` for constants.
  public func check() throws(FitError) {
    try require(0...Self.mostBreaks ~= breaks.maximum, "breaks", "from 0 to \(Self.mostBreaks)")
    try checkIntervals()
    try checkNumbers()
    for constant in Set(fixed.keys).union(bounds.keys).sorted(by: \.description) {
      try check(constant)
    }
    try checkOrder()
  }

  /// Checks that the locations asked for can be in ascending order.
  private func checkOrder() throws(FitError) {
    var (first, index) = (0.0, 0)
    for i in 1...max(breaks.maximum, 1) {
      let upper = fixed[.d(i)] ?? bounds[.d(i)]?.upperBound ?? .infinity
      guard upper >= first else {
        throw .impossibleConstant(.d(i), allowed: "at or beyond d\(index): breaks ascend in x")
      }
      let lower = fixed[.d(i)] ?? bounds[.d(i)]?.lowerBound ?? 0
      if lower > first { (first, index) = (lower, i) }
    }
  }

  private func require(
    _ isAllowed: Bool, _ option: String, _ allowed: String
  ) throws(FitError) {
    if !isAllowed { throw .impossibleOption(option, allowed: allowed) }
  }

  private func checkIntervals() throws(FitError) {
    try require(
      intervals.level > 0 && intervals.level <= Intervals.highestLevel, "intervals.level",
      "above 0 and at most 1 - 1e-9")
    try require(
      0...Self.mostSamples ~= intervals.samples, "intervals.samples",
      "from 0 to \(Self.mostSamples)")
    try require(
      intervals.method != .bootstrap || intervals.resampleCount <= Self.mostSamples,
      "intervals.level", "so low that \(Self.mostSamples) resamples suffice, 20/(1 - level)")
  }

  private func checkNumbers() throws(FitError) {
    try require(
      predictions?.allSatisfy { $0 > 0 && $0.isFinite } ?? true, "predictions",
      "finite and greater than 0")
    try require(solveFor.allSatisfy(\.isFinite), "solveFor", "finite")
    try require(ceiling?.isFinite ?? true, "ceiling", "finite")
    try require(randomGuess?.isFinite ?? true, "randomGuess", "finite")
    try require(
      measureWithin >= 1 && measureWithin.isFinite, "measureWithin", "finite and at least 1")
    try require(
      0...Self.mostCurveSamples ~= curveSamples, "curveSamples",
      "from 0 to \(Self.mostCurveSamples)"
    )
    switch crop {
    case .none, .automatic: break
    case .from(let x):
      try require(x > 0 && x.isFinite, "crop", "an x that is finite and greater than 0")
    }
    switch heldOut {
    case .none, .points: break
    case .last(let count): try require(count >= 1, "heldOut", "at least 1 distinct x")
    }
  }

  /// Throws when a constant does not exist or cannot have the value.
  private func check(_ constant: Constant) throws(FitError) {
    if let index = constant.breakIndex {
      guard case .exactly(let count) = breaks else { throw .unknownConstant(constant, breaks: nil) }
      guard 1...max(count, 1) ~= index, index <= count else {
        throw .unknownConstant(constant, breaks: count)
      }
    }
    let lower = fixed[constant] ?? bounds[constant]?.lowerBound ?? -.infinity
    let upper = fixed[constant] ?? bounds[constant]?.upperBound ?? .infinity
    func require(_ isAllowed: Bool, _ allowed: String) throws(FitError) {
      if !isAllowed { throw .impossibleConstant(constant, allowed: allowed) }
    }
    try require(
      fixed[constant] == nil || bounds[constant] == nil, "fixed or bounded, but not both")
    try require(fixed[constant]?.isFinite ?? true, "finite")
    try require(lower < .infinity && upper > -.infinity, "a range that holds a finite value")
    switch constant {
    case .d, .f: try require(lower > 0, "greater than 0")
    case .b:
      try require(lower > 0 || upper < 0, "a value or a range that excludes 0")
      try require(
        ceiling == nil || upper < 0, "below 0 with a ceiling: the law approaches it from below")
    case .a, .c0, .c: break
    }
  }
}

extension Sequence {
  /// In ascending order of a property.
  fileprivate func sorted(by property: (Element) -> some Comparable) -> [Element] {
    sorted { property($0) < property($1) }
  }
}
