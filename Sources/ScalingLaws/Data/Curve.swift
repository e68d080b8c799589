import Glibc

/// The points in the form that forecasts use: in the order of progress, the last one at t = 0.
///
/// Points at equal x are merged, and many points are binned; the scatter within counts as noise.
/// The order in which points at equal x are given does not matter.
struct Curve: Sendable {
  /// ln of the factor to the last x in the direction of progress: ascending up to 0.
  let t: [Double]
  /// Values on the objective's scale.
  let z: [Double]
  /// Weights of squared residuals: 1/sigma^2 where the noise is known.
  let weights: [Double]
  /// -t of the first point.
  let span: Double
  let noise: Noise
  let scale: ValueScale

  /// Whether the noise is known, and what estimates it.
  struct Noise: Sendable {
    let isKnown: Bool
    /// The number of measured points.
    let pointCount: Int
    /// The weighted sum of squares within merged points.
    let within: Double

    /// For Student's distribution: the points, less one for beta, plus those of the noise's prior.
    var degreesOfFreedom: Double {
      isKnown ? .infinity : Double(pointCount) - 1 + ForecastSettings.scatterPoints
    }
  }

  /// The last value, and the regression line through all points: its level at the last point, and
  /// its slope. On a logarithmic scale this line is the power law without a limit.
  var line: (last: Double, level: Double, slope: Double) {
    let total = weights.reduce(0, +)
    func mean(_ values: [Double]) -> Double {
      zip(weights, values).reduce(0) { $0 + $1.0 * $1.1 } / total
    }
    let (meanT, meanZ) = (mean(t), mean(z))
    let slope =
      mean(zip(t, z).map { ($0 - meanT) * ($1 - meanZ) })
      / mean(t.map { ($0 - meanT) * ($0 - meanT) })
    return (z.last ?? 0, meanZ - slope * meanT, slope)
  }

  /// Nil where all x are equal.
  ///
  /// - Parameters:
  ///   - observations: the points, sorted by x.
  ///   - progress: the direction in which t grows.
  ///   - trust: factors of the weights, from a robust fit; nil: none.
  init?(_ observations: Observations, progress: Progress, trust: [Double]? = nil) {
    let sign = progress.sign
    let last = sign > 0 ? observations.t.last ?? 0 : observations.t.first ?? 0
    var samples = observations.t.indices.map { i in
      Sample(
        t: sign * (observations.t[i] - last), z: observations.targets[i],
        weight: observations.weights[i] * (trust?[i] ?? 1))
    }
    samples.sort { ($0.t, $0.z, $0.weight) < ($1.t, $1.z, $1.weight) }
    guard let first = samples.first?.t, first < 0 else { return nil }
    var within = 0.0
    var merged = Self.merge(samples, within: &within) { $0.t == $1.t }
    let trusted = SpikeFilter.weights(of: merged.map(\.z))
    for i in merged.indices { merged[i].weight *= trusted[i] }
    if merged.count > ForecastSettings.bins {
      let bins = Double(ForecastSettings.bins)
      func bin(_ t: Double) -> Int { Int(min((t - first) / -first * bins, bins - 1)) }
      merged = Self.merge(merged, within: &within) { bin($0.t) == bin($1.t) }
    }
    t = merged.map(\.t)
    z = merged.map(\.z)
    weights = merged.map(\.weight)
    span = -first
    noise = Noise(
      isKnown: observations.hasAbsoluteWeights, pointCount: samples.count, within: within)
    scale = ValueScale(observations)
  }

  private struct Sample {
    var t: Double
    var z: Double
    var weight: Double
  }

  /// Replaces each run of samples that belong together by its mean.
  private static func merge(
    _ samples: [Sample], within: inout Double, belongTogether: (Sample, Sample) -> Bool
  ) -> [Sample] {
    var merged: [Sample] = []
    var start = 0
    while start < samples.count {
      var end = start + 1
      while end < samples.count, belongTogether(samples[start], samples[end]) { end += 1 }
      let run = samples[start..<end]
      if run.count == 1 {
        merged.append(samples[start])
      } else {
        let weight = run.reduce(0) { $0 + $1.weight }
        let z = run.reduce(0) { $0 + $1.weight * $1.z } / weight
        let t = run.reduce(0) { $0 + $1.weight * $1.t } / weight
        within += run.reduce(0) { $0 + $1.weight * ($1.z - z) * ($1.z - z) }
        merged.append(
          Sample(
            t: samples[start].t == samples[end - 1].t ? samples[start].t : t,
            z: z, weight: weight))
      }
      start = end
    }
    return merged
  }
}

/// The objective's scale z for values f = v - origin, measured from the smallest value of the
/// metric.
///
/// f is not negative. For a metric without a natural zero, the origin lies three ranges below the
/// data. On the scale, z = ln(shift + unit f), or z = origin + f.
struct ValueScale: Sendable {
  let origin: Double
  let isLinear: Bool
  let shift: Double
  let unit: Double
  /// Whether the metric cannot have values below the origin.
  let hasNaturalZero: Bool

  init(_ observations: Observations) {
    let frame = observations.frame
    let smallest = observations.values.min() ?? 0
    let spread = (observations.values.max() ?? 0) - smallest
    hasNaturalZero = smallest >= 0
    switch frame.objective {
    case .log:
      (origin, isLinear, shift, unit) = (0, false, 0, 1)
    case .log1p:
      unit = frame.unit
      origin = smallest >= 0 ? 0 : max(smallest - 3 * spread, -1 / unit)
      (isLinear, shift) = (false, 1 + unit * origin)
    case .linear:
      origin = smallest >= 0 ? 0 : smallest - 3 * spread
      (isLinear, shift, unit) = (true, 0, 1)
    }
  }

  /// z of a value f.
  func transform(_ f: Double) -> Double { isLinear ? origin + f : log(shift + unit * f) }

  /// dz/df.
  func derivative(_ f: Double) -> Double { isLinear ? 1 : unit / (shift + unit * f) }

  /// f of a z.
  func inverse(_ z: Double) -> Double { isLinear ? z - origin : (exp(z) - shift) / unit }
}

/// Weights that reduce the influence of loss spikes in a training run.
enum SpikeFilter {
  /// Weights of the points of a sorted curve, given ln y: 1, or less for a spike.
  ///
  /// A point's departure from the median of the seven points around it is compared with the usual
  /// departure and with the usual step to the next point; beyond a multiple of these its weight
  /// falls with the square. Short curves keep all weights, and so do the three points at either
  /// end.
  static func weights(of level: [Double]) -> [Double] {
    let count = level.count
    var weights = [Double](repeating: 1, count: count)
    guard count >= ForecastSettings.pointsForSpikes else { return weights }
    var departure = [Double](repeating: 0, count: count)
    var neighbours = [Double](repeating: 0, count: 7)
    for index in 3..<(count - 3) {
      for place in 0..<7 { neighbours[place] = level[index - 3 + place] }
      neighbours.sort()
      departure[index] = level[index] - neighbours[3]
    }
    let steps = zip(level.dropFirst(), level).map { $0 - $1 }
    let usualStep = median(steps)
    let scale =
      1.4826
      * max(
        median(departure[3..<(count - 3)].map { abs($0) }),
        median(steps.map { abs($0 - usualStep) })
      )
    let usual = ForecastSettings.spike * scale
    for index in 3..<(count - 3) where abs(departure[index]) > usual && usual > 0 {
      let ratio = usual / abs(departure[index])
      weights[index] = ratio * ratio
    }
    return weights
  }

  private static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
