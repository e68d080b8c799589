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
    /// No change that the noise lets see.
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
    /// Fitted points further along than the turn.
    public var pointsBeyond: Int
    /// How far the law moves away from the turn by the end of the data, in y.
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

  /// The slope of y per decade of x, by weighted least squares, without any law.
  public struct Trend: Sendable {
    public var slopePerDecade: Double
    /// The two-sided p-value of slope 0.
    public var p: Double?
    /// The p-value of "no change at all": needs standard errors or trials.
    public var pNoChange: Double?
  }

  /// The course inside the data.
  public var inData: Label
  /// The course up to the farthest forecast.
  public var label: Label
  /// Whether the law has no turning point anywhere.
  public var isMonotone: Bool
  public var turningPoints: [TurningPoint]
  public var inflections: [Inflection]
  public var trend: Trend
  /// The course inside the data when the largest point is left out; nil when too few remain.
  public var withoutLargestPoint: Label?
  /// Where the law is back at its value at the first point, after a turn away from it.
  public var returnsToStart: Double?
  /// Points better than random guessing, of all fitted; nil when the guess is not given.
  public var betterThanRandom: Int?
}

extension LawReport {
  /// The course of the law over ln x in `range`, walked in the direction of progress.
  func label(over range: ClosedRange<Double>, options: FitOptions) -> ShapeReport.Label {
    let turns = law.turningPoints.filter { range.contains($0) }
    var stops = [range.lowerBound] + turns + [range.upperBound]
    if options.progress == .decreasing { stops.reverse() }
    let sign = options.direction == .higherIsBetter ? 1.0 : -1.0
    let values = stops.map { law.value(atLogX: $0) }
    // A stretch whose change the noise hides is no course of its own.
    let courses = zip(values, values.dropFirst()).compactMap { from, to -> Bool? in
      guard deviations(from: from, to: to) > 2 else { return nil }
      return (to - from) * sign > 0
    }
    return ShapeReport.Label(courses: courses)
  }

  /// How many standard deviations of a residual lie between two values of y.
  func deviations(from: Double, to: Double) -> Double {
    let ends = [from, to].map(fit.frame.transformed)
    let deviation = residualDeviation
    guard deviation > 0, ends.allSatisfy(\.isFinite) else {
      return from == to ? 0 : .infinity
    }
    return abs(ends[1] - ends[0]) / deviation
  }

  /// The standard deviation of a residual on the objective's scale.
  var residualDeviation: Double {
    observations.hasAbsoluteWeights
      ? (1 / observations.meanWeight).squareRoot()
      : (fit.sumOfSquares / fit.degreesOfFreedom).squareRoot()
  }

  func shape(points: Points, predictions: [Prediction], options: FitOptions, search: LawSearch)
    -> ShapeReport
  {
    let data = log(points.x.first ?? 1)...log(points.x.last ?? 1)
    let farthest = predictions.map { log($0.x) }
    let all =
      min(
        data.lowerBound, farthest.min() ?? data.lowerBound)...max(
        data.upperBound, farthest.max() ?? data.upperBound)
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
      inData: label(over: data, options: options), label: label(over: all, options: options),
      isMonotone: turns.isEmpty, turningPoints: turns, inflections: inflections,
      trend: Trend.of(points),
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

  /// The label of the same number of breaks fitted without the last distinct x.
  private func labelWithoutLargest(_ points: Points, options: FitOptions, search: LawSearch)
    -> ShapeReport.Label?
  {
    let kept = points.holdingOutLast(1, progress: options.progress).kept
    guard kept.distinctCount >= 3, kept.count >= 3 * fit.breaks + 3 else { return nil }
    var smaller = search
    smaller.observations = Observations(kept, in: fit.frame)
    var binned = smaller
    binned.observations = smaller.observations.binned(to: 64)
    // The breaks may all be different ones without that point: also other optima are begun from.
    guard
      let refit = binned.fit(
        from: [fit.theta] + fit.alternatives.prefix(5), breaks: fit.breaks, prior: fit.prior)
    else { return nil }
    let report = LawReport(
      smaller.describe(refit.theta, prior: refit.prior), search: smaller,
      intervals: .init(method: .none))
    return report.label(over: log(kept.x[0])...log(kept.x[kept.count - 1]), options: options)
  }
}

extension ShapeReport.Label {
  /// Names a sequence of stretches, each better (true) or worse than the one before it began.
  public init(courses: [Bool]) {
    var merged: [Bool] = []
    for isBetter in courses where isBetter != merged.last { merged.append(isBetter) }
    self =
      switch merged {
      case []: .plateau
      case [true]: .positive
      case [false]: .inverse
      case [false, true]: .uShaped
      case [true, false]: .invertedU
      case [true, false, true]: .doubleDescent
      default: .multipleTurns
      }
  }
}

private typealias Trend = ShapeReport.Trend

extension ShapeReport.Trend {
  /// Weighted least squares of y on log10 x. Standard errors and trials are taken as absolute.
  static func of(_ points: Points) -> Self {
    let u = points.x.map { log10($0) }
    let weights: [Double]
    let isAbsolute: Bool
    switch points.noise {
    case .unknown: (weights, isAbsolute) = (Array(repeating: 1, count: u.count), false)
    case .weights(let w): (weights, isAbsolute) = (w, false)
    case .standardErrors(let s): (weights, isAbsolute) = (s.map { 1 / ($0 * $0) }, true)
    case .trials(let trials):
      // One proportion for all: under "no change" every y has the same binomial error.
      let pooled =
        zip(points.y, trials).reduce(0) { $0 + $1.0 * $1.1 } / trials.reduce(0, +)
      let unit = max(pooled * (1 - pooled), 1e-12)
      (weights, isAbsolute) = (trials.map { $0 / unit }, true)
    }
    let total = weights.reduce(0, +)
    func mean(_ v: [Double]) -> Double {
      zip(weights, v).reduce(0) { $0 + $1.0 * $1.1 } / total
    }
    let meanU = mean(u)
    let meanY = mean(points.y)
    var uu = 0.0
    var uy = 0.0
    var yy = 0.0
    for i in u.indices {
      uu += weights[i] * (u[i] - meanU) * (u[i] - meanU)
      uy += weights[i] * (u[i] - meanU) * (points.y[i] - meanY)
      yy += weights[i] * (points.y[i] - meanY) * (points.y[i] - meanY)
    }
    let slope = uy / uu
    let degrees = Double(u.count - 2)
    var p: Double?
    if isAbsolute {
      p = 2 * Normal.cumulative(-abs(uy) / uu.squareRoot())
    } else if degrees > 0 {
      let residual = max(yy - uy * slope, 0)
      p =
        residual == 0
        ? (slope == 0 ? 1 : 0)
        : 2
          * StudentT(degreesOfFreedom: degrees)
          .cumulative(-abs(slope) / (residual / degrees / uu).squareRoot())
    }
    return .init(
      slopePerDecade: slope, p: p,
      pNoChange: isAbsolute
        ? chiSquareSurvival(yy, degreesOfFreedom: Double(u.count - 1)) : nil)
  }
}
