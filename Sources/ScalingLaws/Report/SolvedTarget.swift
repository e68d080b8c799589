import Glibc

/// Where the forecast reaches a value of y.
public struct SolvedTarget: Sendable {
  public var y: Double
  /// The first x, from the start of the data on in the direction of progress, at which the forecast
  /// has this value; nil when it never has.
  public var x: Double?
  /// Where the ends of the interval of the mean reach it; nil for an end that never does.
  public var lower: Double?
  public var upper: Double?
  public var isExtrapolated: Bool
  /// Why there is no x.
  public var reason: String?
}

extension Forecaster {
  /// How far beyond the data a value is looked for, in decades.
  private static let horizon = 12.0

  /// Where the forecast reaches `target`.
  func solve(_ target: Double, points: Points, options: FitOptions, law: LawReport) -> SolvedTarget
  {
    let sign = options.progress.sign
    let ends = [log(points.x.first ?? 1), log(points.x.last ?? 1)]
    let start = sign > 0 ? ends[0] : ends[1]
    let last = sign > 0 ? ends[1] : ends[0]
    let end = last + sign * Self.horizon * log(10)
    // The same forecasts, as fine over the data as beyond them, serve all three curves.
    let steps = 160
    let grid =
      (0...steps).map { start + (last - start) * Double($0) / Double(steps) }
      + (1...steps).map { last + (end - last) * Double($0) / Double(steps) }
    func forecasts(at places: [Double]) -> [Prediction] {
      predict(
        places.map { exp($0) }, law: law.law, points: points, withMeasurements: false)
    }
    let known = forecasts(at: grid)
    func first(_ curve: (Prediction) -> Double?) -> Double? {
      let values = known.map { curve($0).map { $0 - target } }
      for i in 1..<grid.count {
        guard let before = values[i - 1], let after = values[i] else { return nil }
        if before == 0 { return grid[i - 1] }
        guard (before < 0) != (after < 0) else { continue }
        return bisect(from: grid[i - 1], to: grid[i], isBelow: before < 0) { u in
          curve(forecasts(at: [u])[0]).map { $0 - target }
        }
      }
      return nil
    }
    var solved = SolvedTarget(y: target, x: nil, isExtrapolated: false)
    let edges = [first { $0.meanLower }, first { $0.meanUpper }]
    let reached = edges.compactMap { $0 }.map { exp($0) }.sorted()
    guard let u = first(\.y) else {
      switch law.limit(progress: options.progress).value {
      case .finite(let limit):
        solved.reason =
          "the law tends to \(decimal(limit)) and does not reach \(decimal(target)) within "
          + "\(Int(Self.horizon)) decades"
      case .unbounded:
        solved.reason =
          "the forecast does not have this value within \(Int(Self.horizon)) decades of the data"
      }
      return solved
    }
    solved.x = representable(exp(u))
    solved.isExtrapolated = (u - last) * sign > 0
    // The interval is open on the side of an edge that never gets there.
    if reached.count == 2 {
      (solved.lower, solved.upper) = (reached[0].finite, reached[1].finite)
    } else if let only = reached.first {
      if only <= exp(u) { solved.lower = only.finite } else { solved.upper = only.finite }
    }
    return solved
  }

  /// The root between two places, to a relative 1e-9 of x.
  private func bisect(
    from left: Double, to right: Double, isBelow: Bool, _ excess: (Double) -> Double?
  ) -> Double? {
    var low = left
    var high = right
    while abs(high - low) > 1e-9 {
      let middle = 0.5 * (low + high)
      guard let value = excess(middle) else { return nil }
      if (value < 0) == isBelow { low = middle } else { high = middle }
    }
    return 0.5 * (low + high)
  }
}
