import Glibc

/// Points in the coordinates of a `Frame`, in ascending order of t.
struct Observations: Sendable {
  let frame: Frame
  let t: [Double]
  /// v, in the units of the frame.
  let values: [Double]
  /// The values on the objective's scale.
  let targets: [Double]
  /// Weights of the squared residuals: 1/sigma^2 where sigma is known, else 1 on average.
  var weights: [Double]
  /// Whether the weights are absolute, so that the cost is a chi-square.
  let hasAbsoluteWeights: Bool

  var count: Int { t.count }
  /// How many distinct t there are.
  var placeCount: Int { zip(t, t.dropFirst()).count { $0 != $1 } + min(t.count, 1) }

  /// Makes observations rounded to 32 bits, or in full precision.
  ///
  /// Other units of x or y change the last bits of logarithms, and could make the search choose
  /// another of two almost equally good laws; rounding prevents this. Only a break beyond exact
  /// values needs the full precision.
  init(_ points: Points, in frame: Frame, inAllDigits: Bool = false) {
    self.frame = frame
    func kept(_ values: [Double], leastStep: Double) -> [Double] {
      inAllDigits ? values : Self.rounded(values, leastStep: leastStep)
    }
    t = kept(points.x.map(frame.t), leastStep: 0)
    let transformed = points.y.map(frame.transformed)
    // Values in a narrow range have the rounding errors of their size, which for logarithms is 1:
    // 2^-52 of it, which other units change.
    let size = frame.objective == .log ? 1 : transformed.reduce(0) { max($0, abs($1)) }
    targets = kept(transformed, leastStep: min(size, 1).binade * 0x1p-36)
    values = targets.map { frame.objective.inverse($0, unit: frame.unit) }
    let values = values
    // A standard error in y is converted to the objective's scale by the slope of the scale.
    func weight(standardError: Double, at i: Int) -> Double {
      let slope = frame.objective.derivative(values[i], unit: frame.unit) / frame.scale
      return Self.representable(pow(standardError * abs(slope), -2))
    }
    switch points.noise {
    case .unknown:
      weights = Array(repeating: 1, count: points.count)
      hasAbsoluteWeights = false
    case .weights(let w):
      let largest = w.max() ?? 1
      let mean = w.reduce(0) { $0 + $1 / largest } / Double(max(w.count, 1))
      weights = w.map { Self.representable($0 / largest / mean) }
      hasAbsoluteWeights = false
    case .standardErrors(let sigma):
      weights = sigma.indices.map { weight(standardError: sigma[$0], at: $0) }
      hasAbsoluteWeights = true
    case .trials(let trials):
      // Moved by half a trial away from 0 and 1, where the error of a proportion would be 0.
      weights = trials.indices.map { i in
        let p = (points.y[i] * trials[i] + 0.5) / (trials[i] + 1)
        return weight(standardError: (p * (1 - p) / trials[i]).squareRoot(), at: i)
      }
      hasAbsoluteWeights = true
    }
  }

  /// Rounds values to multiples of 2^-32, or of 2^-32 of their range if that is smaller, but at
  /// least of a given step.
  private static func rounded(_ values: [Double], leastStep: Double) -> [Double] {
    let range = (values.max() ?? 0) - (values.min() ?? 0)
    let step = max(min(range, 1).binade * 0x1p-32, leastStep)
    return step > 0 ? values.map { $0.rounded(toMultipleOf: step) } : values
  }

  /// Limits a weight, so that its products with other weights are finite and not 0.
  private static func representable(_ weight: Double) -> Double {
    min(max(weight, 1e-120), 1e120).roundedDigits
  }

  private init(_ frame: Frame, _ t: [Double], _ targets: [Double], _ weights: [Double], _ abs: Bool)
  {
    self.frame = frame
    self.t = t
    self.targets = targets
    values = targets.map { frame.objective.inverse($0, unit: frame.unit) }
    self.weights = weights
    hasAbsoluteWeights = abs
  }

  /// The observations whose index satisfies the predicate.
  func filtered(_ isIncluded: (Int) -> Bool) -> Observations {
    let kept = t.indices.filter(isIncluded)
    return Observations(
      frame, kept.map { t[$0] }, kept.map { targets[$0] }, kept.map { weights[$0] },
      hasAbsoluteWeights)
  }

  var meanWeight: Double { weights.reduce(0, +) / Double(max(weights.count, 1)) }

  /// The distinct places in the direction of progress.
  func places(along progress: Progress) -> [Double] {
    var places: [Double] = []
    for t in progress == .increasing ? t : t.reversed() where t != places.last { places.append(t) }
    return places
  }

  /// The observations with other targets at the same places.
  func replacingTargets(_ targets: [Double]) -> Observations {
    Observations(frame, t, targets, weights, hasAbsoluteWeights)
  }

  /// The observations with each inner target replaced by the median of itself and its neighbours.
  /// This removes all outliers that are not neighbours of each other.
  var mediansOfThree: Observations {
    var medians = targets
    for i in targets.indices.dropFirst().dropLast() {
      medians[i] = targets[(i - 1)...(i + 1)].sorted()[1]
    }
    return replacingTargets(medians)
  }

  /// At most `count` observations: the weighted means of equal bins of t.
  ///
  /// For every smooth law the sum of squares falls by about the same amount, the scatter within the
  /// bins, so the order of laws by their sum of squares is kept.
  func binned(to count: Int) -> Observations {
    guard self.count > count, let first = t.first, let last = t.last, last > first else {
      return self
    }
    var sums = [(weight: Double, t: Double, target: Double)](
      repeating: (0, 0, 0), count: count)
    for i in t.indices {
      let bin = min(Int((t[i] - first) / (last - first) * Double(count)), count - 1)
      sums[bin].weight += weights[i]
      sums[bin].t += weights[i] * t[i]
      sums[bin].target += weights[i] * targets[i]
    }
    let bins = sums.filter { $0.weight > 0 }
    return Observations(
      frame, bins.map { $0.t / $0.weight }, bins.map { $0.target / $0.weight },
      bins.map { $0.weight }, hasAbsoluteWeights)
  }

  /// The range of t.
  var range: Bounds { Bounds(t.first ?? 0, t.last ?? 0) }

  /// The difference between the largest and the smallest target.
  var targetRange: Double { (targets.max() ?? 0) - (targets.min() ?? 0) }
}

extension Double {
  /// A logarithm rounded to a multiple of 2^-32, so that it does not depend on the units in its
  /// last bits.
  var roundedLogarithm: Double { rounded(toMultipleOf: 0x1p-32) }

  /// A number rounded to 32 significant bits.
  var roundedDigits: Double { isNormal ? significand.roundedLogarithm * binade : self }

  fileprivate func rounded(toMultipleOf step: Double) -> Double { (self / step).rounded() * step }
}
