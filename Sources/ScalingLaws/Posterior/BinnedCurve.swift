import Glibc

/// A window's points averaged in equal bins of ln x, so that cost does not grow with their number.
///
/// Up to the largest number of bins every point is its own bin.
struct BinnedCurve {
  let time: [Double]
  let level: [Double]
  /// Summed weight of each bin's points.
  let weight: [Double]
  /// ln of the smooth curve about which the law is linearised.
  let pilot: [Double]
  /// Weighted sum of squares of the residuals about the pilot within the bins.
  let within: Double
  /// Number of points, not of bins.
  let points: Int
  let range: Double

  var count: Int { time.count }

  /// Bins a curve about a pilot, given at ascending times; without one the data are their own.
  init(_ curve: SortedCurve, most bins: Int, pilot: (time: [Double], level: [Double])? = nil) {
    // Beyond e^700 either way the pilot would not be a number.
    let smooth =
      (pilot.map { interpolate($0.time, $0.level, at: curve.time) } ?? curve.level)
      .map { min(700, max(-700, $0)) }
    points = curve.count
    range = curve.range
    guard curve.count > bins else {
      time = curve.time
      level = curve.level
      weight = curve.weight
      self.pilot = smooth
      within = 0
      return
    }
    var sums = [(weight: Double, time: Double, level: Double, pilot: Double, count: Int)](
      repeating: (0, 0, 0, 0, 0), count: bins)
    let place = curve.time.map { time in
      min(bins - 1, Int((time - curve.time[0]) / curve.range * Double(bins)))
    }
    for index in curve.time.indices {
      let weight = curve.weight[index]
      let bin = place[index]
      sums[bin].weight += weight
      sums[bin].time += weight * curve.time[index]
      sums[bin].level += weight * curve.level[index]
      sums[bin].pilot += weight * smooth[index]
      sums[bin].count += 1
    }
    var within = 0.0
    for index in curve.time.indices {
      let sum = sums[place[index]]
      let residual =
        curve.level[index] - smooth[index] - (sum.level - sum.pilot) / sum.weight
      within += curve.weight[index] * residual * residual
    }
    let filled = sums.filter { $0.count > 0 }
    self.within = within
    time = filled.map { $0.time / $0.weight }
    level = filled.map { $0.level / $0.weight }
    weight = filled.map(\.weight)
    self.pilot = filled.map { $0.pilot / $0.weight }
  }
}

/// Linear interpolation at ascending points between ascending knots, constant beyond them.
func interpolate(_ knots: [Double], _ values: [Double], at points: [Double]) -> [Double] {
  var segment = 0
  return points.map { point in
    while segment + 2 < knots.count && knots[segment + 1] < point { segment += 1 }
    guard segment + 1 < knots.count, knots[segment + 1] > knots[segment] else {
      return values[segment]
    }
    let share = (point - knots[segment]) / (knots[segment + 1] - knots[segment])
    return values[segment] + min(1, max(0, share)) * (values[segment + 1] - values[segment])
  }
}
