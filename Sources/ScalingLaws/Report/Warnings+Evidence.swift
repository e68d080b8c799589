import Glibc

extension FittedCurve {
  /// Warnings about the residuals and the noise.
  func aboutEvidence(_ report: FitReport, points: Points, options: FitOptions) -> [Warning] {
    var warnings: [Warning] = []
    let fit = reported.fit
    let replicates = Replicates(points, residuals: fit.residuals)
    if let p = lackOfFit(replicates), p < 0.001 { warnings.append(.lackOfFit(p: p)) }
    if !search.observations.hasAbsoluteWeights,
      let ratio = replicates.deviationRatio(residual: reported.residualDeviation), ratio < 1 / 3
    {
      warnings.append(.repeatedX(scatter: ratio))
    }
    if let outlier = outlyingPoint {
      warnings.append(.outlyingPoint(x: points.x[outlier.index], times: outlier.deviations))
    }
    if let p = residualPattern, p < 0.001 { warnings.append(.residualPattern(p: p)) }
    if let p = reported.noChange(report.shape.trend), p > LawReport.noChangeLevel {
      warnings.append(.noiseAboveEffect(p: p))
    }
    if isSelectionUnstable { warnings.append(.selectionUnstable) }
    return warnings
  }

  /// The p-value of the residuals under the stated noise, or under that of the replicates.
  private func lackOfFit(_ replicates: Replicates) -> Double? {
    if let p = reported.knownNoiseSurvival { return p }
    let fit = reported.fit
    // The degrees of freedom between places are those of the points less those of the replicates.
    let degrees = fit.degreesOfFreedom - replicates.degrees
    guard let pure = replicates.variance, pure > 0, degrees > 0 else { return nil }
    let misfit = max(fit.sumOfSquares - pure * replicates.degrees, 0) / degrees
    return fisherSurvival(misfit / pure, numerator: degrees, denominator: replicates.degrees)
  }

  /// The p-value of the lag-1 autocorrelation, which scatters by 1/sqrt(n) about 0.
  private var residualPattern: Double? {
    let n = Double(reported.fit.residuals.count)
    guard n >= 8 else { return nil }
    return Normal.cumulative(-reported.fit.autocorrelation * n.squareRoot())
  }

  /// The point farthest from the law, if it is more than six robust deviations away. Normal noise
  /// is never that large; but an outlier among twenty points attracts the law until it is only
  /// about eight away.
  private var outlyingPoint: (index: Int, deviations: Double)? {
    let fit = reported.fit
    let magnitudes = fit.residuals.map { abs($0) }
    guard fit.degreesOfFreedom >= 6, magnitudes.count >= 8,
      let index = magnitudes.indices.max(by: { magnitudes[$0] < magnitudes[$1] })
    else { return nil }
    let deviation = 1.4826 * magnitudes.sorted()[magnitudes.count / 2]
    // With exact values the residuals are rounding errors.
    guard deviation > 1e-9 else { return nil }
    let deviations = magnitudes[index] / deviation
    return deviations > 6 ? (index, deviations) : nil
  }

  /// Whether the criterion prefers another number of breaks without the last point. The laws are
  /// refined, not searched. Not checked for hundreds of points, where one point decides nothing.
  private var isSelectionUnstable: Bool {
    guard selection.method == .aicc, free.count > 1, search.observations.count <= 256 else {
      return false
    }
    var smaller = search
    let count = search.observations.count
    smaller.observations = search.observations.filtered {
      search.progress == .increasing ? $0 < count - 1 : $0 > 0
    }
    func preferred(_ fits: [(Int, LawFit)]) -> Int? {
      Selection.fewestBreaks(
        fits.map { ($0, Selection.aicc($1, effectiveCount: selection.effectiveCount)) })
    }
    let all = free.sorted { $0.key < $1.key }
    return preferred(all.map { ($0.key, $0.value) })
      != preferred(all.map { ($0.key, smaller.refitted($0.value)) })
  }

  /// Warnings about turning points and about bends that overlap.
  func aboutShape(_ report: FitReport) -> [Warning] {
    var warnings: [Warning] = []
    if report.shape.label.turns > report.shape.inData.turns {
      warnings.append(
        .turningPointExtrapolated(
          inData: report.shape.inData, withForecast: report.shape.label))
    }
    if let without = report.shape.withoutLargestPoint, without != report.shape.inData,
      report.shape.turningPoints.contains(where: { $0.isInData && $0.pointsBeyond <= 1 })
    {
      warnings.append(.turningPointSinglePoint(without: without))
    }
    for (index, segment) in report.segments.enumerated().dropFirst().dropLast() {
      let changes = [index - 1, index].map { abs(reported.law.breaks[$0].exponentChange) }
      // Smaller differences are the tail of a bend elsewhere.
      guard abs(segment.slopeReached - segment.exponent) > 0.25 * (changes.max() ?? 0) else {
        continue
      }
      warnings.append(
        .bendsOverlap(first: index, reached: segment.slopeReached, exponent: segment.exponent))
    }
    return warnings
  }
}

/// The noise estimated from points at equal x.
private struct Replicates {
  /// Distinct x.
  let places: Int
  /// Points beyond the first at each x.
  let degrees: Double
  /// The variance of residuals about their mean at each x; nil without replicates.
  let variance: Double?

  init(_ points: Points, residuals: [Double]) {
    var sum = 0.0
    var start = 0
    while start < points.count {
      var end = start + 1
      while end < points.count && points.x[end] == points.x[start] { end += 1 }
      let group = residuals[start..<end]
      let mean = group.reduce(0, +) / Double(group.count)
      sum += group.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      start = end
    }
    places = points.distinctCount
    degrees = Double(points.count - points.distinctCount)
    variance = degrees > 0 ? sum / degrees : nil
  }

  /// The replicates' standard deviation in units of the residuals'; nil with fewer than 4 degrees
  /// of freedom, which are too few.
  func deviationRatio(residual: Double) -> Double? {
    guard let variance, degrees >= 4, residual > 0 else { return nil }
    return variance.squareRoot() / residual
  }
}
