import Glibc

/// The end behaviour of a law: it falls to a limit, rises to a ceiling, or grows without bound.
///
/// A falling metric is fitted as it is. A rising metric either approaches a ceiling from below, and
/// the distance to the ceiling is fitted, or grows without bound as a power of x.
struct EndBehaviour: Sendable, Hashable {
  let orientation: Frame.Orientation
  /// Whether the metric is expected to grow; then the usual exponent of the prior is negative.
  let growth: Bool

  /// The centre of the prior of the exponent at the end of progress.
  var usualExponent: Double {
    growth ? ExponentPrior.usualGrowth : ExponentPrior.usualFall
  }

  /// An unknown ceiling is a constant of the law, between the points and this many ranges of y
  /// above them. Farther up, a law with a ceiling hardly differs from one that grows without bound.
  static let farthestCeiling = 3.0

  /// The orientations to try, the most natural first.
  static func candidates(
    for points: Points, options: FitOptions, constraints: Constraints
  ) throws(FitError) -> [EndBehaviour] {
    let direct = EndBehaviour(orientation: .direct, growth: false)
    let largest = points.y.max() ?? 0
    let spread = largest - (points.y.min() ?? 0)
    let coefficient = constraints.ranges[.b]
    if let ceiling = options.ceiling {
      guard ceiling >= largest else {
        throw .ceilingBelowData(ceiling: ceiling, largest: largest)
      }
      // y = ceiling - (a falling distance).
      guard !(coefficient.map { $0.lowerBound > 0 } ?? false) else {
        throw .impossibleConstant(
          .b, allowed: "a value below 0, as the ceiling lies above the points")
      }
      return [EndBehaviour(orientation: .reflected(at: ceiling), growth: false)]
    }
    let limit = constraints.ranges[.a]
    let isLimitAbove = limit.map { $0.lowerBound >= largest } ?? false
    let level = largest + farthestCeiling * spread
    let reflected = EndBehaviour(
      orientation: .reflected(at: isLimitAbove ? max(level, limit?.lowerBound ?? level) : level),
      growth: false)
    // With a limit that the user sets on one side of the points there is no choice.
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
    // The sign of a coefficient that the user sets determines the side of the limit.
    if let coefficient {
      return [coefficient.upperBound <= 0 ? reflected : direct]
    }
    guard options.direction == .higherIsBetter || rises(points, progress: options.progress) else {
      return [direct]
    }
    let growing = EndBehaviour(orientation: .direct, growth: true)
    return options.direction == .higherIsBetter
      ? [reflected, growing, direct] : [direct, growing, reflected]
  }

  /// Whether y rises with progress: the slope of its regression on ln x is positive.
  private static func rises(_ points: Points, progress: Progress) -> Bool {
    let u = points.x.map { log($0) * progress.sign }
    let mean = u.reduce(0, +) / Double(u.count)
    return zip(u, points.y).reduce(0) { $0 + ($1.0 - mean) * $1.1 } > 0
  }

  /// The orientation that forecasts the last points best from the others. The first one, unless
  /// another is clearly better, or when there are too few points.
  static func choose(
    among candidates: [EndBehaviour], points: Points, options: FitOptions, constraints: Constraints,
    isCancelled: @escaping @Sendable () -> Bool
  ) throws(FitError) -> EndBehaviour {
    guard let first = candidates.first else { throw .noFiniteFit }
    let heldOutCount = RollingValidation.usualCount(of: points.distinctCount)
    guard candidates.count > 1 else { return first }
    guard points.distinctCount - heldOutCount >= 4 else {
      let law = try first.law(
        of: points, options: options, constraints: constraints, isCancelled: isCancelled)
      // A limit at the end of its range is not determined by the points.
      let showsCeiling = law.map { !Covariance.isAtBound($0.theta[0], 0, .infinity) } ?? false
      return candidates.first { showsCeiling || !$0.isReflected } ?? first
    }
    let (training, validation) = points.holdingOutLast(heldOutCount, progress: options.progress)
    let weights = validation.weightsOfSquares
    var best = first
    var least = Double.infinity
    for endBehaviour in candidates {
      if isCancelled() { throw .cancelled }
      // The level of an unknown ceiling follows from the points that are seen; an endBehaviour that
      // they do not suggest is not tried.
      let seen = try EndBehaviour.candidates(
        for: training, options: options, constraints: constraints
      ).first { $0.growth == endBehaviour.growth && $0.isReflected == endBehaviour.isReflected }
      guard
        let law = try seen?.law(
          of: training, options: options, constraints: constraints, isCancelled: isCancelled)?.law
      else { continue }
      let residuals = validation.x.indices.map { i in
        abs(law.value(at: validation.x[i]) - validation.y[i]) * weights[i].squareRoot()
      }
      // A robust loss sums the sizes of errors; its square is comparable with sums of squares.
      let size = residuals.reduce(0, +)
      let error =
        options.loss == .huber ? size * size : residuals.reduce(0) { $0 + $1 * $1 }
      // Another orientation must halve the squared error to be preferred to the first one.
      let threshold = endBehaviour == first ? least : least * (best == first ? 0.5 : 1)
      if error.isFinite && error < threshold {
        best = endBehaviour
        least = error
      }
    }
    return best
  }

  /// The fitted law without breaks; nil when the objective does not admit a point.
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
  /// The relative weights of the squared errors of y, from the known noise.
  fileprivate var weightsOfSquares: [Double] {
    switch noise {
    case .unknown: Array(repeating: 1, count: count)
    case .standardErrors(let sigma):
      // Relative to the smallest, because its square may not be a finite number.
      sigma.map { [least = sigma.min() ?? 1] in least / $0 * (least / $0) }
    case .weights(let weights), .trials(let weights): weights
    }
  }
}
