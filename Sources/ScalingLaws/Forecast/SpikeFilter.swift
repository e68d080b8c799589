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
