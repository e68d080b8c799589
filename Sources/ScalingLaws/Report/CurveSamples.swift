import Glibc

extension FittedCurve {
  /// Samples of the law and the forecast for a plot, from the first to the last of all measured and
  /// asked x, in ascending order.
  ///
  /// About `count` x are even in ln x, at least half of them among the data; more are in the bends
  /// of the reported law, which may be sharper than the grid. The law is exact at each x. A
  /// combined forecast is sampled only beyond the points. Its distance from the law and its
  /// intervals are computed at every second x and interpolated linearly on the objective's scale,
  /// because quantiles of the posterior take most of the time.
  func samples(_ count: Int, points: Points, heldOut: Points?, asked: [Double]) -> [Prediction] {
    guard count > 1, let first = points.x.first, let last = points.x.last else { return [] }
    let data = log(first)...log(last)
    let others = (asked + (heldOut?.x ?? [])).filter { $0 > 0 && $0.isFinite }.map { log($0) }
    let low = min(data.lowerBound, others.min() ?? data.lowerBound)
    let high = max(data.upperBound, others.max() ?? data.upperBound)
    let width = data.upperBound - data.lowerBound
    let inside = max(2, Int(Double(count) * max(0.5, width / (high - low))))
    let density = Double(count - inside) / max(high - low - width, .leastNormalMagnitude)
    func grid(_ from: Double, _ to: Double, _ steps: Double) -> [Double] {
      let steps = max(2, Int(steps))
      var grid = (0...steps).map { from + (to - from) * Double($0) / Double(steps) }
      for b in reported.law.breaks {
        grid += [0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98].map { b.logX(atCompletion: $0) }
          .filter { from < $0 && $0 < to }
      }
      return Set(grid).sorted()
    }

    let among = grid(data.lowerBound, data.upperBound, Double(inside - 1))
    var samples =
      forecaster.kind == .single
      ? forecaster.predict(among.map { exp($0) }, law: reported.law, points: points)
      : among.map { u in
        Prediction(
          x: exp(u), yLaw: reported.law.value(atLogX: u).finite, isExtrapolated: false,
          decadesBeyond: 0)
      }
    if low < data.lowerBound {
      let before = grid(low, data.lowerBound, density * (data.lowerBound - low))
      samples = forecasts(atLogX: before, points: points) + samples.dropFirst()
    }
    if high > data.upperBound {
      let beyond = grid(data.upperBound, high, density * (high - data.upperBound))
      samples = samples.dropLast() + forecasts(atLogX: beyond, points: points)
    }
    return samples
  }

  /// The forecasts at x in ascending order: computed at every second x, and interpolated between.
  private func forecasts(atLogX logX: [Double], points: Points) -> [Prediction] {
    let isNode = logX.indices.map { $0 % 2 == 0 || $0 == logX.count - 1 }
    let nodes = forecaster.predict(
      zip(logX, isNode).compactMap { $1 ? exp($0) : nil }, law: reported.law, points: points)
    var forecasts: [Prediction] = []
    var node = 0
    for (u, isNode) in zip(logX, isNode) {
      if isNode {
        forecasts.append(nodes[node])
        node += 1
      } else {
        forecasts.append(interpolated(atLogX: u, between: nodes[node - 1], and: nodes[node]))
      }
    }
    return forecasts
  }

  private func interpolated(
    atLogX u: Double, between left: Prediction, and right: Prediction
  ) -> Prediction {
    let share = (u - log(left.x)) / (log(right.x) - log(left.x))
    let frame = reported.fit.frame
    func transformed(_ y: Double?) -> Double? {
      y.flatMap { frame.transformed($0).finite }
    }
    let law = reported.law.value(atLogX: u)
    func value(_ path: KeyPath<Prediction, Double?>) -> Double? {
      guard let here = transformed(law), let from = transformed(left[keyPath: path]),
        let to = transformed(right[keyPath: path]), let fromLaw = transformed(left.yLaw),
        let toLaw = transformed(right.yLaw)
      else { return nil }
      let offset = (1 - share) * (from - fromLaw) + share * (to - toLaw)
      return frame.y(transformed: here + offset).finite
    }
    return Prediction(
      x: exp(u), y: value(\.y), yLaw: law.finite, lower: value(\.lower), upper: value(\.upper),
      meanLower: value(\.meanLower), meanUpper: value(\.meanUpper), isExtrapolated: true,
      decadesBeyond: (1 - share) * left.decadesBeyond + share * right.decadesBeyond)
  }
}
