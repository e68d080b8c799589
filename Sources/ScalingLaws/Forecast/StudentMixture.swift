import Glibc

/// A mixture of Student's distributions.
struct StudentMixture: Sendable {
  struct Component: Sendable {
    var weight: Double
    var centre: Double
    /// The scale: the deviation where the degrees of freedom are infinite; 0: a step.
    var scale: Double
    var degreesOfFreedom: Double
  }

  /// The two ends of an interval, in ascending order.
  struct Interval: Sendable, Hashable {
    var lower: Double
    var upper: Double
  }

  /// Components; their weights sum to 1.
  let components: [Component]

  /// Nil without components, or where a number of one is not finite: such laws have no quantiles.
  init?(_ components: [Component]) {
    let total = components.reduce(0) { $0 + $1.weight }
    guard total > 0, total.isFinite,
      components.allSatisfy({ $0.centre.isFinite && $0.scale.isFinite && $0.scale >= 0 })
    else { return nil }
    self.components = components.map {
      var component = $0
      component.weight /= total
      return component
    }
  }

  /// The mean of the centres, less the laws of a share `trim` of the weight at either end.
  func centre(trim: Double) -> Double {
    let sorted = components.sorted { $0.centre < $1.centre }
    guard sorted.count > 1 else { return sorted[0].centre }
    var (below, sum, weight) = (0.0, 0.0, 0.0)
    for component in sorted {
      let inside =
        min(below + component.weight, 1 - trim) - max(below, trim)
      below += component.weight
      guard inside > 0 else { continue }
      sum += inside * component.centre
      weight += inside
    }
    return sum / weight
  }

  /// The probability of a value at or below `value`.
  func cumulative(_ value: Double) -> Double {
    var sum = 0.0
    for c in components {
      if c.scale == 0 {
        sum += value >= c.centre ? c.weight : 0
      } else {
        sum +=
          c.weight
          * Normal.cumulative(Self.normal((value - c.centre) / c.scale, c.degreesOfFreedom))
      }
    }
    return sum
  }

  /// The normal deviate as probable as one of Student's, to some thousandths of the probability
  /// (Wallace 1959); exact for infinite degrees of freedom.
  private static func normal(_ t: Double, _ nu: Double) -> Double {
    guard nu < 1e5 else { return t }
    let size = (nu * log1p(t * t / nu)).squareRoot() * (8 * nu + 1) / (8 * nu + 3)
    return t < 0 ? -size : size
  }

  /// The interval between the quantiles that leave `level` inside and as much on either side.
  func interval(_ level: Double) -> Interval {
    // By the lower tail, whose probability keeps its digits.
    let tail = (1 - level) / 2
    let low = quantile(tail)
    let mirrored = StudentMixture(
      unchecked: components.map {
        Component(
          weight: $0.weight, centre: -$0.centre, scale: $0.scale,
          degreesOfFreedom: $0.degreesOfFreedom)
      })
    let high = -mirrored.quantile(tail)
    return Interval(lower: min(low, high), upper: max(low, high))
  }

  private init(unchecked components: [Component]) { self.components = components }

  /// The value below which a share `probability` in (0, 1) lies, to 1e-7 of the widest component.
  func quantile(_ probability: Double) -> Double {
    var width = components.reduce(0) { max($0, $1.scale) }
    let (least, most) = (
      components.reduce(Double.infinity) { min($0, $1.centre) },
      components.reduce(-Double.infinity) { max($0, $1.centre) }
    )
    let precision = 1e-7 * max(width, (most - least) * 1e-3, .leastNormalMagnitude)
    width = max(width, .leastNormalMagnitude)
    var (low, high) = (least - width, most + width)
    for _ in 0..<60 where cumulative(low) > probability { low -= 2 * (most - low) + width }
    for _ in 0..<60 where cumulative(high) < probability { high += 2 * (high - least) + width }
    var (lowValue, highValue) = (cumulative(low) - probability, cumulative(high) - probability)
    var side = 0
    // A regula falsi with bisection (Illinois).
    for _ in 0..<200 where high - low > precision {
      var middle = (low * highValue - high * lowValue) / (highValue - lowValue)
      if !(middle > low && middle < high) { middle = low + (high - low) / 2 }
      if middle == low || middle == high { break }
      let value = cumulative(middle) - probability
      if value < 0 {
        (low, lowValue) = (middle, value)
        if side == -1 { highValue /= 2 }
        side = -1
      } else {
        (high, highValue) = (middle, value)
        if side == 1 { lowValue /= 2 }
        side = 1
      }
    }
    return low + (high - low) / 2
  }
}
