import Glibc

/// A mixture of normal distributions.
struct NormalMixture: Sendable {
  struct Component: Sendable {
    var weight: Double
    var mean: Double
    var variance: Double
  }

  /// Components; their weights sum to 1.
  let components: [Component]

  /// The two ends of an interval, in ascending order.
  struct Interval {
    var lower: Double
    var upper: Double
  }

  /// Nil without components, or where a mean, a variance or a weight is not a finite number: such
  /// laws have no quantiles.
  init?(components: [Component]) {
    let total = components.reduce(0) { $0 + $1.weight }
    guard total > 0, total.isFinite,
      components.allSatisfy({ $0.mean.isFinite && $0.variance.isFinite && $0.variance >= 0 })
    else { return nil }
    self.components = components.map {
      Component(weight: $0.weight / total, mean: $0.mean, variance: $0.variance)
    }
  }

  var mean: Double { components.reduce(0) { $0 + $1.weight * $1.mean } }

  var variance: Double {
    let mean = self.mean
    return components.reduce(0) {
      $0 + $1.weight * ($1.variance + ($1.mean - mean) * ($1.mean - mean))
    }
  }

  /// The probability of a value at or below `value`.
  func cumulative(_ value: Double) -> Double {
    components.reduce(0) { sum, component in
      let deviation = component.variance.squareRoot()
      guard deviation > 0 else { return sum + (value >= component.mean ? component.weight : 0) }
      return sum + component.weight * Normal.cumulative((value - component.mean) / deviation)
    }
  }

  /// The interval between the quantiles that leave `level` inside and as much on either side.
  func interval(_ level: Double) -> Interval {
    let low = quantile((1 - level) / 2)
    let high = quantile((1 + level) / 2)
    return Interval(lower: min(low, high), upper: max(low, high))
  }

  /// The value below which a share `probability` lies, to 1e-6 of the mixture's deviation.
  ///
  /// The mixture's quantile lies between the least and the greatest of its components', which
  /// bracket a regula falsi with bisection (Illinois).
  func quantile(_ probability: Double) -> Double {
    precondition(probability > 0 && probability < 1)
    let deviation = variance.squareRoot()
    guard deviation > 0 else { return mean }
    let normal = Normal.quantile(probability)
    var low = Double.infinity
    var high = -Double.infinity
    for component in components {
      let quantile = component.mean + normal * component.variance.squareRoot()
      low = min(low, quantile)
      high = max(high, quantile)
    }
    var lowValue = cumulative(low) - probability
    var highValue = cumulative(high) - probability
    var side = 0
    for _ in 0..<200 where high - low > 1e-7 * deviation {
      if lowValue >= 0 { return low }
      if highValue <= 0 { return high }
      var middle = (low * highValue - high * lowValue) / (highValue - lowValue)
      if !(middle > low && middle < high) { middle = (low + high) / 2 }
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
    return (low + high) / 2
  }
}
