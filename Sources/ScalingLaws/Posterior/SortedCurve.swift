/// The points of a curve in logarithms, sorted, with the weights of the spike filter.
struct SortedCurve {
  /// ln x - ln x of the last point; never positive.
  let time: [Double]
  /// ln y less its mean.
  let level: [Double]
  /// Relative weights, 1 for an ordinary point.
  let weight: [Double]
  /// ln x of the last point.
  let lastLogX: Double
  /// The mean of ln y that `level` lacks.
  let meanLogY: Double

  var count: Int { time.count }
  /// The range of ln x, 1 when there is none.
  var range: Double { time[0] < 0 ? -time[0] : 1 }

  init(logX: [Double], logY: [Double], weights: [Double]?) {
    precondition(!logX.isEmpty && logX.count == logY.count)
    precondition(weights.map { $0.count == logX.count } ?? true)
    // Ties are ordered by y, so that the order of the input cannot matter.
    let order = logX.indices.sorted { (logX[$0], logY[$0]) < (logX[$1], logY[$1]) }
    let last = logX[order[order.count - 1]]
    let mean = logY.reduce(0, +) / Double(logY.count)
    let sorted = order.map { logY[$0] - mean }
    var weight = SpikeFilter.weights(of: sorted)
    if let weights {
      let meanWeight = weights.reduce(0, +) / Double(weights.count)
      for (place, index) in order.enumerated() { weight[place] *= weights[index] / meanWeight }
    }
    self.init(
      time: order.map { logX[$0] - last }, level: sorted, weight: weight, lastLogX: last,
      meanLogY: mean)
  }

  private init(
    time: [Double], level: [Double], weight: [Double], lastLogX: Double, meanLogY: Double
  ) {
    self.time = time
    self.level = level
    self.weight = weight
    self.lastLogX = lastLogX
    self.meanLogY = meanLogY
  }

  /// The points from a fraction of the log range on.
  func suffix(from fraction: Double) -> SortedCurve {
    // Rounding must not decide over a point that lies on the border.
    let border = time[0] * (1 - fraction) - 1e-9 * range
    guard let first = time.firstIndex(where: { $0 >= border }), first > 0 else { return self }
    return SortedCurve(
      time: Array(time[first...]), level: Array(level[first...]), weight: Array(weight[first...]),
      lastLogX: lastLogX, meanLogY: meanLogY)
  }
}
