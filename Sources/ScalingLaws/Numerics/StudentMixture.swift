import Glibc

/// A mixture of Student's distributions.
struct StudentMixture: Sendable {
  struct Component: Sendable {
    var weight: Double
    var centre: Double
    /// The scale: the standard deviation for infinite degrees of freedom; 0: a single value.
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

  /// Nil without components, or when a number of one is not finite.
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

  /// The trimmed mean of the centres, without a share `trim` of the weight at either end.
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

  /// The interval between the quantiles at (1 - level)/2 and (1 + level)/2.
  func interval(_ level: Double) -> Interval {
    // Use lower tails, whose small probabilities are accurate. A tail that ends between components,
    // as those of equal weights do, reaches the outer one: otherwise rounding would choose.
    let tail = (1 - level) / 2 * (1 - 1e-6)
    let low = Cumulative(components, sign: 1).quantile(tail)
    let high = -Cumulative(components, sign: -1).quantile(tail)
    return Interval(lower: min(low, high), upper: max(low, high))
  }

  /// The value below which a share `probability` in (0, 1) lies, to 1e-7 of the widest component.
  func quantile(_ probability: Double) -> Double {
    Cumulative(components, sign: 1).quantile(probability)
  }
}

/// The probability of a mixture, or of its mirror image, up to a value: four components at a time.
private struct Cumulative {
  private var centre: [Lanes]
  private var inverseScale: [Lanes]
  private var weight: [Lanes]
  /// Degrees of freedom, no more than `many`; empty where all have as many.
  private var degrees: [Lanes]
  private let least: Double
  private let most: Double
  private let widest: Double

  /// More degrees of freedom than this count as infinitely many.
  private static let many = 1e5

  init(_ components: [StudentMixture.Component], sign: Double) {
    centre = components.map { sign * $0.centre }.lanes(filler: 0)
    // A single value is replaced by a very narrow component.
    let (low, high) = components.reduce((Double.infinity, -Double.infinity)) {
      (min($0.0, $1.centre), max($0.1, $1.centre))
    }
    widest = components.reduce(0) { max($0, $1.scale) }
    let step = 1e-12 * max(widest, high - low, abs(low), abs(high)) + .leastNormalMagnitude
    inverseScale = components.map { 1 / max($0.scale, step) }.lanes(filler: 0)
    weight = components.map(\.weight).lanes(filler: 0)
    let areMany = components.allSatisfy { $0.degreesOfFreedom >= Self.many }
    degrees =
      areMany
      ? [] : components.map { min($0.degreesOfFreedom, Self.many) }.lanes(filler: Self.many)
    (least, most) = sign > 0 ? (low, high) : (-high, -low)
  }

  /// The probability of a value at or below `value`.
  ///
  /// Of a Student's distribution it is that of the normal deviate as probable as t, to some
  /// thousandths (Wallace 1959).
  func callAsFunction(_ value: Double) -> Double {
    var sum = Lanes.zero
    for i in centre.indices {
      let t = ((value - centre[i]) * inverseScale[i]).clamped(
        lowerBound: Lanes(repeating: -1e50), upperBound: Lanes(repeating: 1e50))
      var square = t * t
      if !degrees.isEmpty {
        let nu: Lanes = degrees[i]
        let correction: Lanes = (8 * nu + 1) / (8 * nu + 3)
        square = nu * (1 + square / nu).logarithm * correction * correction
      }
      let tail = square.normalTail
      sum.addProduct(weight[i], tail.replacing(with: 1 - tail, where: t .> 0))
    }
    return sum.sum()
  }

  /// The value below which a share `probability` in (0, 1) lies, to 1e-7 of the widest component.
  func quantile(_ probability: Double) -> Double {
    let precision = 1e-7 * max(widest, (most - least) * 1e-3, .leastNormalMagnitude)
    let width = max(widest, .leastNormalMagnitude)
    var (low, high) = (least - width, most + width)
    for _ in 0..<60 where self(low) > probability { low -= 2 * (most - low) + width }
    for _ in 0..<60 where self(high) < probability { high += 2 * (high - least) + width }
    var (lowValue, highValue) = (self(low) - probability, self(high) - probability)
    var side = 0
    // A regula falsi with bisection (Illinois).
    for _ in 0..<200 where high - low > precision {
      var middle = (low * highValue - high * lowValue) / (highValue - lowValue)
      if !(middle > low && middle < high) { middle = low + (high - low) / 2 }
      if middle == low || middle == high { break }
      let value = self(middle) - probability
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

extension Lanes {
  /// The probability that a normal deviate exceeds x >= 0, given x^2, to 1.2e-7 of itself: the
  /// complementary error function by Chebyshev's fit (Press et al., Numerical Recipes, section
  /// 6.2).
  @inline(__always)
  fileprivate var normalTail: Lanes {
    let square = self * 0.5
    let t: Lanes = 1 / (1 + 0.5 * square.squareRoot())
    var p = t.times(0.17087277, plus: -0.82215223)
    p = p.times(t, plus: 1.48851587)
    p = p.times(t, plus: -1.13520398)
    p = p.times(t, plus: 0.27886807)
    p = p.times(t, plus: -0.18628806)
    p = p.times(t, plus: 0.09678418)
    p = p.times(t, plus: 0.37409196)
    p = p.times(t, plus: 1.00002368)
    p = p.times(t, plus: -1.26551223)
    return 0.5 * t * (p - square).exponential
  }
}
