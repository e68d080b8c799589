import Glibc

/// The prior over the shapes of laws for a curve.
struct LawPrior: Sendable {
  let sides: [LimitRange]
  let location: Bounds
  let logWidth: Bounds
  let mostBreaks: Int
  private let farthestFolds: Double
  private let bets: [(scale: Double, shape: Double)]

  /// - Parameters:
  ///   - curve: the points.
  ///   - pilot: a smooth curve through the points.
  ///   - limits: the user's range of the limit, as values f; nil: any.
  ///   - side: the side of the limit that the user asks for; nil: either.
  init(_ curve: Curve, pilot: Pilot, limits: Bounds?, side: Double?) {
    let farthestFolds =
      ForecastSettings.farthestLimit.factor * pilot.folds
      + ForecastSettings.farthestLimit.offset
    self.farthestFolds = farthestFolds
    bets = Bet.all.map { ($0.limit.scale(folds: pilot.folds), $0.limit.shape) }
    location = Bounds(-curve.span, ForecastSettings.breaksBeyond * curve.span)
    logWidth = Bounds(log(ForecastSettings.sharpestBreak * curve.span), log(curve.span))
    mostBreaks = ForecastSettings.pointsForBreaks.lastIndex { curve.t.count >= $0 } ?? 0
    let usual = Bounds(log(ForecastSettings.nearestLimit * pilot.folds), log(farthestFolds))
    let isAbove = limits.map { $0.lower >= pilot.largest } ?? false
    let mayBeAbove = limits.map { $0.upper > pilot.largest } ?? true
    let mayBeBelow = limits.map { $0.lower < pilot.least } ?? true
    let probabilities: [(side: Double, probability: Double)]
    if let side {
      probabilities = [(side, 1)]
    } else if isAbove {
      probabilities = [(-1, 1)]
    } else if mayBeAbove, mayBeBelow, pilot.rises || !curve.scale.hasNaturalZero {
      probabilities = [
        (1, 1 - ForecastSettings.probabilityOfCeiling), (-1, ForecastSettings.probabilityOfCeiling),
      ]
    } else {
      probabilities = [(1, 1)]
    }
    sides = probabilities.map { side, probability in
      let all = LimitRange(side: side, probability: probability, pilot: pilot, usual: usual)
      return limits.map(all.narrowed) ?? all
    }
  }

  /// The side of a shape.
  private func side(of shape: LawShape) -> LimitRange? { sides.first { $0.side == shape.side } }

  /// The shape with its breaks in order and the limit that follows from its e-folds.
  func completed(_ shape: LawShape) -> LawShape {
    var shape =
      shape.breaks == 2 && shape.location.x > shape.location.y
      ? shape.withBreaksExchanged : shape
    guard let side = side(of: shape) else { return shape }
    shape.limit = shape.logFolds.map(side.limit) ?? side.farthest ?? side.edge
    return shape
  }

  /// Whether the prior density of the shape is positive.
  func admits(_ shape: LawShape) -> Bool {
    guard let side = side(of: shape) else { return false }
    if let folds = shape.logFolds {
      guard let range = side.logFolds, range.contains(folds) else { return false }
    } else if side.farthest == nil {
      return false
    }
    for j in 0..<shape.breaks {
      guard location.contains(shape.location[j]), logWidth.contains(shape.logWidth[j]) else {
        return false
      }
    }
    return true
  }

  /// ln of the prior density of an admitted shape under a bet, over its coordinates.
  func logDensity(_ shape: LawShape, bet: Int) -> Double {
    var sum = log(ForecastSettings.breakProbabilities[shape.breaks]) + log(Bet.all[bet].weight)
    sum += log(side(of: shape)?.probability ?? 1)
    let (scale, power) = bets[bet]
    if let folds = shape.logFolds {
      let k = power * (folds - log(scale))
      sum += log(power) + k - 2 * log1p(exp(k))
    } else {
      sum -= log1p(pow(farthestFolds / scale, power))
    }
    sum += Double(shape.breaks) * logDensityOfBreak
    // Two breaks in order are one of two arrangements.
    return shape.breaks == 2 ? sum + log(2) : sum
  }

  /// ln of the density of one break, even over its ranges.
  var logDensityOfBreak: Double {
    -log(location.width * logWidth.width)
  }
}

/// One prior of the laws. The forecast is a mixture over a few of them.
struct Bet: Sendable {
  /// The log-logistic prior of the remaining fall: P(more than r e-folds) = 1/(1 + (r/S)^shape),
  /// with S = share sqrt(R^2 + leastFolds^2) for a curve that has fallen by R e-folds.
  struct Limit: Sendable {
    let share: Double
    let leastFolds: Double
    let shape: Double

    func scale(folds: Double) -> Double {
      share * (folds * folds + leastFolds * leastFolds).squareRoot()
    }
  }

  typealias Normal = (mean: Double, deviation: Double)

  let weight: Double
  /// The exponent at the end of the data.
  let exponent: Normal
  /// The change of the exponent at a break.
  let change: Normal
  let limit: Limit

  static let all = [ForecastSettings.far, ForecastSettings.near, ForecastSettings.sharp]
}

/// The possible limits of laws on one side of the data.
struct LimitRange: Sendable {
  /// +1: below the data; -1: above them.
  let side: Double
  /// The prior probability that the limit lies on this side.
  let probability: Double
  /// The value from which e-folds are counted: the smallest or the largest of the pilot.
  let edge: Double
  /// ln of the e-folds from the edge to the limit; nil: only `farthest` is allowed.
  private(set) var logFolds: Bounds?
  /// The limit of laws with the farthest possible limit; nil: there are no such laws.
  private(set) var farthest: Double?

  /// All limits on a side that are e-folds of `usual` away, or farther.
  init(side: Double, probability: Double, pilot: Pilot, usual: Bounds) {
    self.side = side
    self.probability = probability
    edge = side > 0 ? pilot.least : pilot.largest
    logFolds = usual
    farthest = side > 0 ? 0 : edge * exp(exp(usual.upper))
  }

  func limit(_ logFolds: Double) -> Double { edge * exp(-side * exp(logFolds)) }

  /// The part of the range that the user allows; if it is empty, the closest limit that the user
  /// allows.
  func narrowed(to limits: Bounds) -> LimitRange {
    var range = self
    let end = farthest ?? edge
    // The near and the far end of the user's range.
    let (near, far) =
      side > 0 ? (min(limits.upper, edge), limits.lower) : (max(limits.lower, edge), limits.upper)
    func folds(to limit: Double) -> Double {
      limit > 0 ? log(max(side * log(edge / limit), .leastNormalMagnitude)) : .infinity
    }
    let usual = logFolds ?? Bounds(0, 0)
    let (least, most) = (max(usual.lower, folds(to: near)), min(usual.upper, folds(to: far)))
    let isOpen = limits.lower < limits.upper && (near - far) * side > 0 && near > 0
    guard isOpen, least < most else {
      range.logFolds = nil
      range.farthest = min(max(isOpen ? near : end, limits.lower), limits.upper)
      return range
    }
    range.logFolds = Bounds(least, most)
    range.farthest = (far - end) * side <= 0 ? end : nil
    return range
  }
}
