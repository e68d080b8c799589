import Glibc

/// Where the forecast reaches a value of y.
public struct SolvedTarget: Sendable {
  public var y: Double
  /// The first x, from the start of the data on in the direction of progress, at which the forecast
  /// has this value; nil when it never has.
  public var x: Double?
  /// The x at which the ends of the interval of the mean reach it; nil for an end that never does,
  /// or that is already past it at the start of the data.
  public var lower: Double?
  public var upper: Double?
  public var isExtrapolated: Bool
  /// Why there is no x.
  public var reason: String?
}

extension Forecaster {
  /// How far beyond the data x is searched, in decades.
  private static let horizon = 12.0

  /// Where the forecast reaches `target`.
  func solve(_ target: Double, points: Points, options: FitOptions, law: LawReport) -> SolvedTarget
  {
    let sign = options.progress.sign
    let ends = [log(points.x.first ?? 1), log(points.x.last ?? 1)]
    let start = sign > 0 ? ends[0] : ends[1]
    let last = sign > 0 ? ends[1] : ends[0]
    let end = last + sign * Self.horizon * log(10)
    // The same forecasts are used for the centre and both ends.
    let steps = 160
    let grid =
      (0...steps).map { start + (last - start) * Double($0) / Double(steps) }
      + (1...steps).map { last + (end - last) * Double($0) / Double(steps) }
    func forecasts(at places: [Double]) -> [Prediction] {
      predict(
        places.map { exp($0) }, law: law.law, points: points, withMeasurements: false)
    }
    let known = forecasts(at: grid)
    /// The place where a curve first has the value, and the side on which it begins. The place is
    /// nil when the curve begins beyond the value, by `side`, or never has it.
    func first(from side: Bool? = nil, _ curve: (Prediction) -> Double?) -> (
      place: Double?, isBelow: Bool?
    ) {
      let values = known.map { curve($0).map { $0 - target } }
      guard let start = values[0] else { return (nil, nil) }
      let isBelow = start < 0
      if start == 0 { return (grid[0], nil) }
      if let side, side != isBelow { return (nil, isBelow) }
      for i in 1..<grid.count {
        guard let after = values[i] else { break }
        if after == 0 { return (grid[i], isBelow) }
        guard isBelow != (after < 0) else { continue }
        let root = bisect(from: grid[i - 1], to: grid[i], isBelow: isBelow) { u in
          curve(forecasts(at: [u])[0]).map { $0 - target }
        }
        return (root, isBelow)
      }
      return (nil, isBelow)
    }
    var solved = SolvedTarget(y: target, x: nil, isExtrapolated: false)
    let (place, isBelow) = first(\.y)
    guard let u = place else {
      let farthest = known.last?.y.map { ": it is \(decimal($0)) there" } ?? ""
      solved.reason =
        "the forecast does not have this value within \(Int(Self.horizon)) decades of the data"
        + farthest
      return solved
    }
    solved.x = representable(exp(u))
    solved.isExtrapolated = (u - last) * sign > 0
    // If the forecast rises to the value, the upper end reaches it first. An end that begins beyond
    // the value, or never reaches it, gives no x.
    guard let isBelow else { return solved }
    let edges = [
      first(from: isBelow) { $0.meanLower }.place, first(from: isBelow) { $0.meanUpper }.place,
    ]
    .map { $0.flatMap { representable(exp($0)) } }
    let (early, late) = isBelow ? (edges[1], edges[0]) : (edges[0], edges[1])
    (solved.lower, solved.upper) = sign > 0 ? (early, late) : (late, early)
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
