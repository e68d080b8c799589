import Glibc

extension LawReport {
  /// The reports of the breaks.
  func breaks(points: Points, search: LawSearch, known free: [Int: LawFit]) -> [BreakReport] {
    let estimates = constants
    let detectable = detectableFrom(search, known: free)
    return law.breaks.enumerated().map { i, b in
      let location = estimates[4 + 3 * i]
      let starts = b.logX(atCompletion: 0.1)
      let ends = b.logX(atCompletion: 0.9)
      let before = points.x.count { log($0) < b.logLocation }
      return BreakReport(
        index: i + 1, x: representable(b.location), log10X: b.logLocation / log(10),
        lower: location.lower, upper: location.upper,
        y: law.value(atLogX: b.logLocation).finite, starts: representable(exp(starts)),
        ends: representable(exp(ends)), slopeBefore: law.slope(afterBreaks: i),
        slopeAfter: law.slope(afterBreaks: i + 1),
        sharpness: BreakReport.Sharpness(of: b),
        pointsBefore: before, pointsAfter: points.count - before,
        place: before == 0 ? .beforeData : before == points.count ? .beyondData : .inData,
        detectableFrom: detectable[i].flatMap { place in
          // The x of the nearest point, because e^place would have a rounding error.
          points.x.min { abs(log($0) - place) < abs(log($1) - place) }
        })
    }
  }

  /// The power laws between the breaks (paper A.2): y - a = C_k x^-(c0 + ... + c_{k-1}) with
  /// C_k = b prod_{i<k} d_i^(c_i), so that neighbours meet at each d.
  func segments(points: Points) -> [Segment] {
    var segments: [Segment] = []
    let (first, last) = (log(points.x.first ?? 1), log(points.x.last ?? 1))
    for k in 0...law.breaks.count {
      let logCoefficient = law.logCoefficient(afterBreaks: k)
      let slope = law.slope(afterBreaks: k)
      let from = k > 0 ? law.breaks[k - 1].logLocation : -.infinity
      let to = k < law.breaks.count ? law.breaks[k].logLocation : .infinity
      let inside = places(from: max(from, first), to: min(to, last))
      segments.append(
        Segment(
          index: k + 1, from: k > 0 ? representable(exp(from)) : nil,
          to: k < law.breaks.count ? representable(exp(to)) : nil, exponent: slope,
          slopeReached: slopeReached(afterBreaks: k),
          coefficient: representable(law.sign.rawValue * exp(logCoefficient)),
          log10Coefficient: logCoefficient / log(10),
          largestGap: inside.map { u in
            abs(expm1(law.logExcess(atLogX: u) - (logCoefficient + slope * u)))
          }.max()?.finite))
    }
    return segments
  }

  /// The slope between breaks k and k + 1 that is nearest to the exponent there. Before the first
  /// and after the last break the law reaches the exponent.
  private func slopeReached(afterBreaks k: Int) -> Double {
    let slope = law.slope(afterBreaks: k)
    guard k > 0, k < law.breaks.count else { return slope }
    let ends = (law.breaks[k - 1].logLocation, law.breaks[k].logLocation)
    let slopes = ([ends.0] + places(from: ends.0, to: ends.1)).map(law.slope(atLogX:))
    return slopes.min { abs($0 - slope) < abs($1 - slope) } ?? slope
  }

  /// Even steps of ln x from one end to the other; empty when `from` exceeds `to`.
  private func places(from: Double, to: Double) -> [Double] {
    let steps = 128
    return from < to
      ? (0...steps).map { from + (to - from) * Double($0) / Double(steps) } : []
  }

  /// The limit of the law at the end of progress.
  func limit(progress: Progress) -> LimitReport {
    // The number of breaks before the end of progress. Towards x = 0 there are none, and the excess
    // vanishes there if it grows with x.
    let passed = progress == .increasing ? law.breaks.count : 0
    let slope = law.slope(afterBreaks: passed) * progress.sign
    guard slope < 0 || law.logCoefficient == -.infinity else {
      let level = law.limit + law.sign.rawValue * exp(law.logCoefficient(afterBreaks: passed))
      return LimitReport(
        value: slope == 0 && level.isFinite
          ? .finite(level) : .unbounded(above: law.sign == .positive))
    }
    let a = constants[0]
    return LimitReport(value: .finite(law.limit), lower: a.lower, upper: a.upper)
  }
}

extension BreakReport.Sharpness {
  /// The sharpness of a bend, by its width f ln 81 in ln x from 10 % to 90 % of its change.
  public init(of bend: BrokenPowerLaw.Break) {
    let range = bend.width * log(81)
    self = range < log(2) ? .sharp : range < log(10) ? .moderate : .gradual
  }
}
