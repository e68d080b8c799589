import Glibc

/// The course of a curve in terms of better and worse (paper section 4).
public struct ShapeReport: Sendable {
  public enum Label: String, Sendable {
    /// Better throughout.
    case positive
    /// Worse throughout.
    case inverse
    /// Worse, then better.
    case uShaped = "u_shaped"
    /// Better, then worse.
    case invertedU = "inverted_u"
    /// Better, worse, better.
    case doubleDescent = "double_descent"
    /// No change beyond the noise.
    case plateau
    case multipleTurns = "multiple_turns"
  }

  public struct TurningPoint: Sendable {
    public var x: Double?
    public var log10X: Double
    public var y: Double?
    public var isMinimum: Bool
    public var isInData: Bool
    /// How many decades the turn lies beyond the data; 0 inside.
    public var decadesBeyond: Double
    /// The number of fitted points beyond the turning point.
    public var pointsBeyond: Int
    /// The change of the law from the turning point to the end of the data, in y.
    public var depth: Double?
    /// The same in standard deviations of a residual.
    public var depthInDeviations: Double?
  }

  public struct Inflection: Sendable {
    public var x: Double?
    public var log10X: Double
    public var axes: BrokenPowerLaw.Axes
    public var isInData: Bool
  }

  /// The slope of y per decade of x, by weighted linear regression, without a law.
  public struct Trend: Sendable {
    public var slopePerDecade: Double
    /// The two-sided p-value of slope 0.
    public var p: Double?
    /// The p-value of "no change at all": needs standard errors or trials.
    public var pNoChange: Double?
  }

  /// The course inside the data: that of the law, as far as the points confirm it.
  public var inData: Label
  /// The course inside the data and of the forecasts beyond them. A plateau when noise alone could
  /// explain the points.
  public var label: Label
  /// Whether the law has no turning point anywhere.
  public var isMonotone: Bool
  public var turningPoints: [TurningPoint]
  public var inflections: [Inflection]
  public var trend: Trend
  /// The course inside the data when the largest point is left out; nil when too few remain.
  public var withoutLargestPoint: Label?
  /// The x at which the law returns, after a turn, to its value at the first point.
  public var returnsToStart: Double?
  /// The number of fitted points that are better than random guessing; nil when it is not given.
  public var betterThanRandom: Int?
}

extension LawReport {
  func shape(points: Points, predictions: [Prediction], options: FitOptions, search: LawSearch)
    -> ShapeReport
  {
    let data = log(points.x.first ?? 1)...log(points.x.last ?? 1)
    let asked = predictions.map { log($0.x) }
    let first = min(data.lowerBound, asked.min() ?? data.lowerBound)
    let all = first...max(data.upperBound, asked.max() ?? data.upperBound)
    let trend = ShapeReport.Trend.of(points)
    let seen = courses(trend, options: options)
    let end = options.progress == .increasing ? data.upperBound : data.lowerBound
    let sign = options.progress.sign
    let turns = law.turningPoints.map { u in
      let y = law.value(atLogX: u)
      let final = law.value(atLogX: end)
      let isInData = data.contains(u)
      return ShapeReport.TurningPoint(
        x: representable(exp(u)), log10X: u / log(10), y: y.finite,
        isMinimum: law.isMinimum(turningAt: u),
        isInData: isInData, decadesBeyond: decades(u, beyond: data),
        pointsBeyond: points.x.count { (log($0) - u) * sign > 0 },
        depth: isInData ? abs(final - y).finite : nil,
        depthInDeviations: isInData ? deviations(from: y, to: final).finite : nil)
    }
    let inflections = BrokenPowerLaw.Axes.allCases.flatMap { axes in
      law.inflections(on: axes).map { u in
        ShapeReport.Inflection(
          x: representable(exp(u)), log10X: u / log(10), axes: axes, isInData: data.contains(u))
      }
    }
    let start = options.progress == .increasing ? data.lowerBound : data.upperBound
    var random: Int?
    if let guess = options.randomGuess {
      let better = options.direction == .higherIsBetter ? 1.0 : -1.0
      random = points.y.count { ($0 - guess) * better > 0 }
    }
    return ShapeReport(
      inData: .init(courses: seen),
      label: isPerhapsNoise(trend)
        ? .plateau
        : .init(courses: courses(seen, beyondDataBy: predictions, points, options: options)),
      isMonotone: turns.isEmpty, turningPoints: turns, inflections: inflections,
      trend: trend,
      withoutLargestPoint: labelWithoutLargest(points, options: options, search: search),
      returnsToStart: law.turningPoints.isEmpty
        ? nil : crossing(of: start, inside: all, sign: sign),
      betterThanRandom: random)
  }

  private func decades(_ u: Double, beyond data: ClosedRange<Double>) -> Double {
    max(u - data.upperBound, data.lowerBound - u, 0) / log(10)
  }

  /// x at which the law comes back, after a turn, to its value at `start`.
  private func crossing(of start: Double, inside range: ClosedRange<Double>, sign: Double)
    -> Double?
  {
    let level = law.value(atLogX: start)
    let turns = law.turningPoints.filter { range.contains($0) }
    let ordered = sign > 0 ? turns : turns.reversed()
    guard let first = ordered.first else { return nil }
    let stops = Array(ordered) + [sign > 0 ? range.upperBound : range.lowerBound]
    var low = first
    let side = law.value(atLogX: first) - level
    guard let high = stops.first(where: { (law.value(atLogX: $0) - level) * side < 0 }) else {
      return nil
    }
    var end = high
    for _ in 0..<200 {
      let middle = 0.5 * (low + end)
      if middle == low || middle == end { break }
      if (law.value(atLogX: middle) - level) * side > 0 { low = middle } else { end = middle }
    }
    return representable(exp(end))
  }
}

extension ShapeReport.Trend {
  /// Weighted least squares of y on log10 x. Standard errors and trials count as absolute, unless
  /// the residuals are much larger.
  static func of(_ points: Points) -> Self {
    let u = points.x.map { log10($0) }
    // In units of the largest y, weight and standard error, so that squares do not overflow.
    let height = points.y.reduce(.leastNormalMagnitude) { max($0, abs($1)) }
    let y = points.y.map { $0 / height }
    let weights: [Double]
    /// The standard error at weight 1; nil where it is not known.
    let deviation: Double?
    switch points.noise {
    case .unknown: (weights, deviation) = (Array(repeating: 1, count: u.count), nil)
    case .weights(let w):
      let largest = w.max() ?? 1
      (weights, deviation) = (w.map { $0 / largest }, nil)
    case .standardErrors(let sigma):
      let least = sigma.min() ?? 1
      (weights, deviation) = (sigma.map { least / $0 * (least / $0) }, least / height)
    case .trials(let trials):
      // One proportion for all: under "no change" every y has the same binomial error.
      let pooled =
        zip(points.y, trials).reduce(0) { $0 + $1.0 * $1.1 } / trials.reduce(0, +)
      (weights, deviation) = (trials, max(pooled * (1 - pooled), 1e-12).squareRoot() / height)
    }
    let total = weights.reduce(0, +)
    func mean(_ v: [Double]) -> Double {
      zip(weights, v).reduce(0) { $0 + $1.0 * $1.1 } / total
    }
    let (meanU, meanY) = (mean(u), mean(y))
    func sum(_ term: (Int) -> Double) -> Double {
      u.indices.reduce(0) { $0 + weights[$1] * term($1) }
    }
    let uu = sum { (u[$0] - meanU) * (u[$0] - meanU) }
    let uy = sum { (u[$0] - meanU) * (y[$0] - meanY) }
    let yy = sum { (y[$0] - meanY) * (y[$0] - meanY) }
    // With extreme weights only one place may count.
    guard uu > 0 else { return .init(slopePerDecade: 0, p: nil, pNoChange: nil) }
    let slope = uy / uu
    let degrees = Double(u.count - 2)
    let misfit = max(yy - uy * slope, 0)
    func survival(_ squares: Double, _ deviation: Double, degrees: Double) -> Double {
      chiSquareSurvival(pow(squares.squareRoot() / deviation, 2), degreesOfFreedom: degrees)
    }
    var p: Double?
    if let deviation, degrees < 1 || survival(misfit, deviation, degrees: degrees) >= 0.001 {
      p = 2 * Normal.cumulative(-abs(uy) / uu.squareRoot() / deviation)
    } else if degrees > 0 {
      p =
        misfit == 0
        ? (slope == 0 ? 1 : 0)
        : 2
          * StudentT(degreesOfFreedom: degrees)
          .cumulative(-abs(slope) / (misfit / degrees / uu).squareRoot())
    }
    let largest = Double.greatestFiniteMagnitude
    return .init(
      slopePerDecade: min(max(slope * height, -largest), largest), p: p,
      pNoChange: deviation.map { survival(yy, $0, degrees: degrees + 1) })
  }
}

extension LawReport {
  /// With a p-value of no change above this, the noise may explain everything.
  static let noChangeLevel = 0.05

  /// The probability of residuals this large under noise that is known; nil where it is not.
  var knownNoiseSurvival: Double? {
    observations.hasAbsoluteWeights
      ? chiSquareSurvival(fit.sumOfSquares, degreesOfFreedom: fit.degreesOfFreedom) : nil
  }

  /// Whether noise alone could explain the points.
  func isPerhapsNoise(_ trend: ShapeReport.Trend) -> Bool {
    noChange(trend).map { $0 > Self.noChangeLevel } ?? false
  }

  /// The p-value of "no change": by the stated noise if the residuals agree with it, else by the
  /// variance that the law or a straight line explains, whichever gives the smaller p-value.
  func noChange(_ trend: ShapeReport.Trend) -> Double? {
    if let p = trend.pNoChange, knownNoiseSurvival ?? 0 >= 0.001 { return p }
    let degrees = fit.degreesOfFreedom
    let explained = Double(fit.residuals.count) - degrees - 1
    guard explained > 0, fit.residuals.count > fit.theta.count, fit.sumOfSquares > 0 else {
      return nil
    }
    let total = observations.weights.reduce(0, +)
    let mean =
      zip(observations.weights, observations.targets).reduce(0) { $0 + $1.0 * $1.1 } / total
    let scatter = zip(observations.weights, observations.targets).reduce(0) {
      $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean)
    }
    let f = max(scatter - fit.sumOfSquares, 0) / explained / (fit.sumOfSquares / degrees)
    let p = fisherSurvival(f, numerator: explained, denominator: degrees)
    // Double the smaller of two p-values (Bonferroni).
    return trend.p.map { min(2 * min(p, $0), 1) } ?? p
  }
}
