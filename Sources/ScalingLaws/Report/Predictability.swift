import Glibc

/// What the data cannot show (paper section 6).
public struct Predictability: Sendable {
  /// A further break centred beyond this x would move the last point by less than twice its noise,
  /// so nothing in the data could tell of it; nil where no double can hold it.
  public var nextBreakInvisibleBeyond: Double?
  /// The change of exponent and the sharpness of the break that was assumed.
  public var assumedExponentChange: Double
  public var assumedSharpness: Double
}

extension LawReport {
  /// A break (c, f) at d moves ln |y - a| of the last point by |c| f sp((ln x_max - ln d)/f), and the
  /// point on the objective's scale by so many times its slope there. That is below 2 sigma for d
  /// beyond x_max / (exp(2 sigma/(slope |c| f)) - 1)^f. Assumed is a break like the largest observed,
  /// or c = f = 0.5 when there is none.
  func predictability(points: Points, progress: Progress) -> Predictability {
    let largest = law.breaks.max { abs($0.exponentChange) < abs($1.exponentChange) }
    let c = abs(largest?.exponentChange ?? 0.5)
    let f = largest?.sharpness ?? 0.5
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
      assumedExponentChange: largest?.exponentChange ?? 0.5, assumedSharpness: f)
  }

  /// For each break, ln of the smallest x from which on the data show it.
  ///
  /// Points are taken away from the far end; the law with the breaks up to this one is compared with
  /// the law without it, both polished from the nearest greater length at which the break shows. The
  /// least such length is found by bisection, as if a break that shows once were seen ever after.
  /// `free` are free fits by number of breaks that are already known.
  func detectableFrom(_ search: LawSearch, known free: [Int: LawFit]) -> [Double?] {
    guard fit.threshold == nil else { return fit.lawInFrame.breaks.map { _ in nil } }
    // Bins keep the work small; the difference of two criteria does not feel them.
    var coarse = search
    coarse.observations = search.observations.binned(to: 128)
    return (0..<fit.breaks).map { detectableFrom(coarse, known: free, breakAt: $0) }
  }

  private func detectableFrom(
    _ search: LawSearch, known free: [Int: LawFit], breakAt index: Int
  ) -> Double? {
    let t = search.observations.t
    let isIncreasing = search.progress == .increasing
    // The breaks that progress meets before this one, and this one.
    let breaks = stride(from: 3, to: fit.theta.count, by: 3).map { Array(fit.theta[$0..<($0 + 3)]) }
    let met = isIncreasing ? Array(breaks[...index]) : Array(breaks[index...])
    let earlier = isIncreasing ? Array(met.dropLast()) : Array(met.dropFirst())
    let places = lengths(search.observations, isIncreasing: isIncreasing)
    var head = Array(fit.theta.prefix(3))
    if !isIncreasing {
      // Breaks that are not met yet lie at smaller t: there the law has left them behind.
      for b in breaks[..<index] {
        head[1] += b[0] * b[1]
        head[2] += b[0]
      }
    }
    var with: LawFit?
    var without: LawFit?
    /// Polishes both laws at a place; false where the break does not show.
    func shows(at place: Double) -> Bool {
      var part = search
      part.observations = search.observations.filtered {
        isIncreasing ? t[$0] <= place : t[$0] >= place
      }
      guard part.observations.placeCount >= 3 * met.count + 5, !search.isCancelled() else {
        return false
      }
      let richer = part.refitted(with ?? part.describe(head + met.joined()))
      let poorer =
        (without ?? free[earlier.count]).map(part.refitted)
        ?? part.fit(breaks: earlier.count) ?? part.describe(head + earlier.joined())
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
