import Glibc

/// From which side, and with what expectation, a law approaches the data.
///
/// A falling metric is fitted as it is. A rising one may approach a ceiling from below, in which
/// case its distance to the ceiling falls, or grow without bound as a power of x.
struct Approach: Sendable, Hashable {
  let orientation: Frame.Orientation
  /// Whether the metric is expected to grow: the prior's usual exponent is then negative.
  let growth: Bool

  /// The exponent that a prior expects at the far end of progress.
  var usualExponent: Double {
    growth ? ExponentPrior.usualGrowth : ExponentPrior.usualFall
  }

  /// An unknown ceiling is one of the law's constants: it lies anywhere from the points to this many
  /// ranges of y above them. So far up distances from the level scatter nearly as y does, and a law that
  /// ends there says no more than one that grows.
  static let farthestCeiling = 3.0

  /// The approaches to try, the most natural first.
  static func candidates(
    for points: Points, options: FitOptions, constraints: Constraints
  ) throws(FitError) -> [Approach] {
    let direct = Approach(orientation: .direct, growth: false)
    let largest = points.y.max() ?? 0
    let spread = largest - (points.y.min() ?? 0)
    let coefficient = constraints.ranges[.b]
    if let ceiling = options.ceiling {
      guard ceiling >= largest else {
        throw .ceilingBelowData(ceiling: ceiling, largest: largest)
      }
      // The law comes from below: y = ceiling - (a distance that falls).
      guard !(coefficient.map { $0.lowerBound > 0 } ?? false) else {
        throw .impossibleConstant(
          .b, allowed: "a value below 0, as the ceiling lies above the points")
      }
      return [Approach(orientation: .reflected(at: ceiling), growth: false)]
    }
    let limit = constraints.ranges[.a]
    let isLimitAbove = limit.map { $0.lowerBound >= largest } ?? false
    let level = largest + farthestCeiling * spread
    let reflected = Approach(
      orientation: .reflected(at: isLimitAbove ? max(level, limit?.lowerBound ?? level) : level),
      growth: false)
    // A limit that the user puts on one side of the points leaves no choice.
    if isLimitAbove {
      guard !(coefficient.map { $0.lowerBound > 0 } ?? false) else {
        throw .impossibleConstant(.b, allowed: "a value below 0, as a lies above the points")
      }
      return [reflected]
    }
    if let limit, limit.upperBound <= largest - spread {
      guard !(coefficient.map { $0.upperBound < 0 } ?? false) else {
        throw .impossibleConstant(.b, allowed: "a value above 0, as a lies below the points")
      }
      return [direct]
    }
    // A coefficient that the user fixed has a sign, which says on which side the limit lies.
    if let coefficient {
      return [coefficient.upperBound <= 0 ? reflected : direct]
    }
    guard options.direction == .higherIsBetter || rises(points, progress: options.progress) else {
      return [direct]
    }
    let growing = Approach(orientation: .direct, growth: true)
    return options.direction == .higherIsBetter
      ? [reflected, growing, direct] : [direct, growing, reflected]
  }

  /// Whether y rises with progress: the slope of its regression on ln x is positive.
  private static func rises(_ points: Points, progress: Progress) -> Bool {
    let u = points.x.map { log($0) * progress.sign }
    let mean = u.reduce(0, +) / Double(u.count)
    return zip(u, points.y).reduce(0) { $0 + ($1.0 - mean) * $1.1 } > 0
  }

  /// The approach that forecasts the last points best when it does not see them; the first wherever
  /// another is not clearly better, or where points are too few to tell.
  static func choose(
    among candidates: [Approach], points: Points, options: FitOptions, constraints: Constraints,
    isCancelled: @escaping @Sendable () -> Bool
  ) throws(FitError) -> Approach {
    guard let first = candidates.first else { throw .noFiniteFit }
    let heldOutCount = RollingValidation.usualCount(of: points.distinctCount)
    guard candidates.count > 1 else { return first }
    guard points.distinctCount - heldOutCount >= 4 else {
      let law = try first.law(
        of: points, options: options, constraints: constraints, isCancelled: isCancelled)
      // A limit at the end of its range is no ceiling that the points show.
      let showsCeiling = law.map { !Covariance.isAtBound($0.theta[0], 0, .infinity) } ?? false
      return candidates.first { showsCeiling || !$0.isReflected } ?? first
    }
    let (training, validation) = points.holdingOutLast(heldOutCount, progress: options.progress)
    let weights = validation.weightsOfSquares
    var best = first
    var least = Double.infinity
    for approach in candidates {
      if isCancelled() { throw .cancelled }
      // The level of an unknown ceiling follows from the points that are seen; an approach that they
      // do not suggest is not tried.
      let seen = try Approach.candidates(
        for: training, options: options, constraints: constraints
      ).first { $0.growth == approach.growth && $0.isReflected == approach.isReflected }
      guard
        let law = try seen?.law(
          of: training, options: options, constraints: constraints, isCancelled: isCancelled)?.law
      else { continue }
      let residuals = validation.x.indices.map { i in
        abs(law.value(at: validation.x[i]) - validation.y[i]) * weights[i].squareRoot()
      }
      // A robust loss counts errors by their size, whose square compares with squares.
      let size = residuals.reduce(0, +)
      let error =
        options.loss == .huber ? size * size : residuals.reduce(0) { $0 + $1 * $1 }
      // Another must halve the squared error to overrule what the metric's direction suggests.
      let threshold = approach == first ? least : least * (best == first ? 0.5 : 1)
      if error.isFinite && error < threshold {
        best = approach
        least = error
      }
    }
    return best
  }

  /// The law without breaks, fitted as asked; nil where the objective does not admit a point.
  private func law(
    of points: Points, options: FitOptions, constraints: Constraints,
    isCancelled: @escaping @Sendable () -> Bool
  ) throws(FitError) -> LawFit? {
    var search = LawSearch(
      points, orientation: orientation, objective: options.objective, progress: options.progress,
      constraints: constraints, isCancelled: isCancelled)
    guard points.y.allSatisfy(search.observations.frame.admits) else { return nil }
    if options.loss == .huber { try search.setRobustThreshold() }
    return search.fit(breaks: 0).map(search.polished)
  }

  private var isReflected: Bool { orientation != .direct }
}

extension Points {
  /// How much the squared error of each y counts beside those of the others, by what is known of its
  /// noise.
  fileprivate var weightsOfSquares: [Double] {
    switch noise {
    case .unknown: Array(repeating: 1, count: count)
    case .standardErrors(let sigma):
      // Beside the least, whose own square may be no number.
      sigma.map { [least = sigma.min() ?? 1] in least / $0 * (least / $0) }
    case .weights(let weights), .trials(let weights): weights
    }
  }
}
