import Glibc

extension Outcome {
  /// What the residuals say of the law, and the noise of the effect.
  func aboutEvidence(_ report: FitReport, points: Points, options: FitOptions) -> [Warning] {
    var warnings: [Warning] = []
    let fit = reported.fit
    let replicates = Replicates(points, residuals: fit.residuals)
    if let p = lackOfFit(replicates), p < 0.001 {
      warnings.append(
        Warning(
          "lack_of_fit", .warning,
          "the law misses the points by more than their noise allows (p = \(decimal(p)))",
          hint: "allow another break, or check whether the stated noise is too small"))
    }
    if let ratio = replicates.deviationRatio(residual: reported.residualDeviation),
      ratio > 3 || ratio < 1 / 3
    {
      warnings.append(
        Warning(
          "repeated_x_no_sigma", .info,
          "points at equal x scatter \(decimal(ratio)) times as much as the residuals",
          hint: "give sigma, so that every point counts by its own noise"))
    }
    if let p = residualPattern, p < 0.001 {
      warnings.append(
        Warning(
          "residual_pattern", .info,
          "neighbouring residuals have the same sign too often (p = \(decimal(p)))",
          hint: "the curve has structure that the law does not follow; intervals allow for it"))
    }
    if let p = noChange(report), p > 0.05 {
      warnings.append(
        Warning(
          "noise_above_effect", .warning,
          "the data do not rule out that nothing changes at all (p = \(decimal(p)))",
          hint: "measure with less noise or over a wider range of x before acting on the slope"))
    }
    if isSelectionUnstable {
      warnings.append(
        Warning(
          "selection_unstable", .info,
          "without the last point another number of breaks would be reported",
          hint: "look at the candidates: the point at the end decides among them"))
    }
    return warnings
  }

  /// The p-value of the residuals under the stated noise, or under that of the replicates.
  private func lackOfFit(_ replicates: Replicates) -> Double? {
    let fit = reported.fit
    let parameters = Double(fit.theta.count)
    if search.observations.hasAbsoluteWeights {
      let degrees = Double(fit.residuals.count) - parameters
      return degrees > 0 ? chiSquareSurvival(fit.sumOfSquares, degreesOfFreedom: degrees) : nil
    }
    let degrees = Double(replicates.places) - parameters
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

  /// The p-value of a constant: by the noise where it is stated, else by the variance that the law
  /// explains.
  private func noChange(_ report: FitReport) -> Double? {
    if let p = report.shape.trend.pNoChange { return p }
    let fit = reported.fit
    let observations = search.observations
    let explained = Double(fit.theta.count - 1)
    let degrees = Double(fit.residuals.count) - explained - 1
    guard degrees > 0, fit.sumOfSquares > 0 else { return nil }
    let total = observations.weights.reduce(0, +)
    let mean =
      zip(observations.weights, observations.targets).reduce(0) { $0 + $1.0 * $1.1 } / total
    let scatter = zip(observations.weights, observations.targets).reduce(0) {
      $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean)
    }
    let f = max(scatter - fit.sumOfSquares, 0) / explained / (fit.sumOfSquares / degrees)
    return fisherSurvival(f, numerator: explained, denominator: degrees)
  }

  /// Whether the criterion prefers another number of breaks without the last point; the laws are
  /// polished anew, not searched. One point of hundreds decides nothing.
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

  func aboutShape(_ report: FitReport, points: Points, options: FitOptions) -> [Warning] {
    var warnings: [Warning] = []
    let farthest = report.predictions.map(\.decadesBeyond).max() ?? 0
    for turn in report.shape.turningPoints
    where !turn.isInData && turn.pointsBeyond == 0 && turn.decadesBeyond <= farthest {
      warnings.append(
        Warning(
          "turning_point_extrapolated", .error,
          "the law turns at \(turn.x.map(decimal) ?? "10^\(decimal(turn.log10X))"), beyond the data",
          hint: "no point has seen this turn: measure there before believing what lies beyond"))
    }
    if let without = report.shape.withoutLargestPoint, without != report.shape.inData,
      report.shape.turningPoints.contains(where: { $0.isInData && $0.pointsBeyond <= 1 })
    {
      warnings.append(
        Warning(
          "turning_point_single_point", .warning,
          "the turn rests on the last point alone: without it the curve is \(without.rawValue)",
          hint: "measure another scale beyond it"))
    }
    return warnings
  }
}

/// What points at equal x say of the noise.
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

  /// The replicates' standard deviation in units of the residuals'; nil with fewer than 4 degrees of
  /// freedom, which say nothing.
  func deviationRatio(residual: Double) -> Double? {
    guard let variance, degrees >= 4, residual > 0 else { return nil }
    return variance.squareRoot() / residual
  }
}
