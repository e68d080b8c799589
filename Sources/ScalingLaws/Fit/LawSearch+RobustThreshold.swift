import Glibc

// The threshold of Huber's loss: it is quadratic up to 1.5 robust standard deviations, linear
// beyond.

extension LawSearch {
  /// Sets the threshold of Huber's loss from the scatter of the points.
  ///
  /// The first deviation is that of the points from their neighbours. The residuals of a
  /// least-squares fit are not used, because outliers bend it. Each further deviation is that of
  /// the residuals of the previous robust fit.
  mutating func setRobustThreshold() throws(FitError) {
    let places = observations.placeCount
    let breaks = places >= 30 ? 2 : places >= 7 ? 1 : 0
    threshold = Self.threshold(observations.scatterAboutNeighbours)
    for _ in 0..<2 {
      guard let fit = fit(breaks: breaks) else { throw .noFiniteFit }
      guard let next = Self.threshold(fit.residuals) else { return }
      threshold = next
    }
  }

  /// 1.5 times 1.4826 times the median magnitude; nil when that is 0.
  private static func threshold(_ residuals: [Double]) -> Double? {
    guard !residuals.isEmpty else { return nil }
    let magnitudes = residuals.map { abs($0) }.sorted()
    let median = magnitudes[magnitudes.count / 2]
    return median > 0 ? 1.5 * 1.4826 * median : nil
  }
}

extension Observations {
  /// The distance of each inner point from the line through its neighbours, scaled to the deviation
  /// of one point of unit weight.
  fileprivate var scatterAboutNeighbours: [Double] {
    t.indices.dropFirst().dropLast().map { i in
      let width = t[i + 1] - t[i - 1]
      let share = width > 0 ? (t[i] - t[i - 1]) / width : 0.5
      let chord = (1 - share) * targets[i - 1] + share * targets[i + 1]
      let variance =
        1 / weights[i] + (1 - share) * (1 - share) / weights[i - 1]
        + share * share / weights[i + 1]
      return (targets[i] - chord) / variance.squareRoot()
    }
  }
}
