import Glibc

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
