import Glibc

/// Which further breaks the data cannot show (paper section 6).
public struct Predictability: Sendable {
  /// A further break beyond this x would change the last point by less than twice its noise, so the
  /// data cannot show it; nil when a double cannot hold it.
  public var nextBreakInvisibleBeyond: Double?
  /// The change of exponent and the width of the assumed break.
  public var assumedExponentChange: Double
  public var assumedWidth: Double
}

extension LawReport {
  /// A break (c, f) at d moves ln |y - a| of the last point by |c| f sp((ln x_max - ln d)/f), and
  /// the point on the objective's scale by that times the slope of the scale. It is below 2 sigma
  /// for d beyond x_max / (exp(2 sigma/(slope |c| f)) - 1)^f. The assumed break is like the largest
  /// one of the law, or has c = f = 0.5 when there is none.
  func predictability(points: Points, progress: Progress) -> Predictability {
    let largest = law.breaks.max { abs($0.exponentChange) < abs($1.exponentChange) }
    let c = abs(largest?.exponentChange ?? 0.5)
    let f = largest?.width ?? 0.5
    let last =
      progress == .increasing ? log(points.x.last ?? 1) : -log(points.x.first ?? 1)
    let frame = fit.frame
    let excess = fit.lawInFrame.logExcess(atLogX: last * progress.sign - frame.origin)
    let value = fit.lawInFrame.limit + exp(excess)
    let slope = abs(frame.objective.derivative(value, unit: frame.unit)) * exp(excess)
    let z = 2 * residualDeviation / (slope * c * f)
    // ln(e^z - 1), which for a large z is z where e^z exceeds any double.
    let logX = last - f * (z > 40 ? z : log(expm1(z)))
    return Predictability(
      nextBreakInvisibleBeyond: representable(exp(logX * progress.sign)),
      assumedExponentChange: largest?.exponentChange ?? 0.5, assumedWidth: f)
  }

  /// For each break, ln of the smallest x from which on the data show it.
  ///
  /// Points are removed from the far end. The law with the breaks up to this one is compared with
  /// the law without it; both are refined from the fits at the nearest larger length that shows the
  /// break. The smallest length is found by bisection, which assumes that all larger lengths show
  /// the break. `free` are known free fits by number of breaks.
  func detectableFrom(_ search: LawSearch, known free: [Int: LawFit]) -> [Double?] {
    guard fit.threshold == nil else { return fit.lawInFrame.breaks.map { _ in nil } }
    // Bins save work and hardly change the difference of two criteria.
    var coarse = search
    coarse.observations = search.observations.binned(to: 128)
    return (0..<fit.breaks).map { detectableFrom(coarse, known: free, breakAt: $0) }
  }

  private func detectableFrom(
    _ search: LawSearch, known free: [Int: LawFit], breakAt index: Int
  ) -> Double? {
    let t = search.observations.t
    let isIncreasing = search.progress == .increasing
    // The breaks up to this one in the direction of progress.
    let breaks = stride(from: 3, to: fit.theta.count, by: 3).map { Array(fit.theta[$0..<($0 + 3)]) }
    let included = isIncreasing ? Array(breaks[...index]) : Array(breaks[index...])
    let earlier = isIncreasing ? Array(included.dropLast()) : Array(included.dropFirst())
    let places = lengths(search.observations, isIncreasing: isIncreasing)
    var powerLaw = Array(fit.theta.prefix(3))
    if !isIncreasing {
      // The other breaks are at smaller t: replace the law by the power law before them.
      for b in breaks[..<index] {
        powerLaw[1] += b[0] * b[1]
        powerLaw[2] += b[0]
      }
    }
    var with: LawFit?
    var without: LawFit?
    /// Refines both laws with the points up to a place; false when they do not show the break.
    func shows(at place: Double) -> Bool {
      var part = search
      part.observations = search.observations.filtered {
        isIncreasing ? t[$0] <= place : t[$0] >= place
      }
      guard part.observations.placeCount >= 3 * included.count + 5, !search.isCancelled() else {
        return false
      }
      let richer = part.refitted(with ?? part.describe(powerLaw + included.joined()))
      let poorer =
        (without ?? free[earlier.count]).map(part.refitted)
        ?? part.fit(breaks: earlier.count) ?? part.describe(powerLaw + earlier.joined())
      let effective = richer.effectiveCount
      guard let a = Selection.aicc(richer, effectiveCount: effective),
        let b = Selection.aicc(poorer, effectiveCount: effective), b - a > 10
      else { return false }
      (with, without) = (richer, poorer)
      return true
    }
    guard let whole = places.first, shows(at: whole) else { return nil }
    var (shown, hidden) = (0, places.count)
    while hidden - shown > 1 {
      let middle = (shown + hidden) / 2
      if shows(at: places[middle]) { shown = middle } else { hidden = middle }
    }
    return places[shown] + fit.frame.origin
  }

  /// Distinct places from the far end of progress backwards, at most 48 of them.
  private func lengths(_ observations: Observations, isIncreasing: Bool) -> [Double] {
    let places = observations.places(along: isIncreasing ? .decreasing : .increasing)
    let step = max(1, places.count / 48)
    return stride(from: 0, to: places.count, by: step).map { places[$0] }
  }
}
