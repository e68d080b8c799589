import Glibc

extension ShapeReport.Trend {
  /// Weighted least squares of y on log10 x. Standard errors and trials are taken as absolute, unless
  /// the points scatter about the line by far more.
  static func of(_ points: Points) -> Self {
    let u = points.x.map { log10($0) }
    let weights: [Double]
    let isAbsolute: Bool
    switch points.noise {
    case .unknown: (weights, isAbsolute) = (Array(repeating: 1, count: u.count), false)
    case .weights(let w): (weights, isAbsolute) = (w, false)
    case .standardErrors(let s): (weights, isAbsolute) = (s.map { 1 / ($0 * $0) }, true)
    case .trials(let trials):
      // One proportion for all: under "no change" every y has the same binomial error.
      let pooled =
        zip(points.y, trials).reduce(0) { $0 + $1.0 * $1.1 } / trials.reduce(0, +)
      let unit = max(pooled * (1 - pooled), 1e-12)
      (weights, isAbsolute) = (trials.map { $0 / unit }, true)
    }
    let total = weights.reduce(0, +)
    func mean(_ v: [Double]) -> Double {
      zip(weights, v).reduce(0) { $0 + $1.0 * $1.1 } / total
    }
    let meanU = mean(u)
    let meanY = mean(points.y)
    var uu = 0.0
    var uy = 0.0
    var yy = 0.0
    for i in u.indices {
      uu += weights[i] * (u[i] - meanU) * (u[i] - meanU)
      uy += weights[i] * (u[i] - meanU) * (points.y[i] - meanY)
      yy += weights[i] * (points.y[i] - meanY) * (points.y[i] - meanY)
    }
    let slope = uy / uu
    let degrees = Double(u.count - 2)
    var p: Double?
    let misfit = max(yy - uy * slope, 0)
    if isAbsolute, degrees < 1 || chiSquareSurvival(misfit, degreesOfFreedom: degrees) >= 0.001 {
      p = 2 * Normal.cumulative(-abs(uy) / uu.squareRoot())
    } else if degrees > 0 {
      p =
        misfit == 0
        ? (slope == 0 ? 1 : 0)
        : 2
          * StudentT(degreesOfFreedom: degrees)
          .cumulative(-abs(slope) / (misfit / degrees / uu).squareRoot())
    }
    return .init(
      slopePerDecade: slope, p: p,
      pNoChange: isAbsolute
        ? chiSquareSurvival(yy, degreesOfFreedom: Double(u.count - 1)) : nil)
  }
}

extension LawReport {
  /// A p-value of no change above this leaves room for none.
  static let noChangeLevel = 0.05

  /// The probability of residuals this large under noise that is known; nil where it is not.
  var knownNoiseSurvival: Double? {
    observations.hasAbsoluteWeights
      ? chiSquareSurvival(fit.sumOfSquares, degreesOfFreedom: fit.degreesOfFreedom) : nil
  }

  /// Whether the noise may be all that there is.
  func isPerhapsNoise(_ trend: ShapeReport.Trend) -> Bool {
    noChange(trend).map { $0 > Self.noChangeLevel } ?? false
  }

  /// The p-value of a constant: by the noise where it is stated and true, else by the variance that the
  /// law explains or a straight line does, whichever shows a change more clearly.
  func noChange(_ trend: ShapeReport.Trend) -> Double? {
    if let p = trend.pNoChange, knownNoiseSurvival ?? 0 >= 0.001 { return p }
    let degrees = fit.degreesOfFreedom
    let explained = Double(fit.residuals.count) - degrees - 1
    guard explained > 0, fit.residuals.count > fit.theta.count, fit.sumOfSquares > 0 else {
      return nil
    }
    let total = observations.weights.reduce(0, +)
    let mean =
      zip(observations.weights, observations.targets).reduce(0) { $0 + $1.0 * $1.1 } / total
    let scatter = zip(observations.weights, observations.targets).reduce(0) {
      $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean)
    }
    let f = max(scatter - fit.sumOfSquares, 0) / explained / (fit.sumOfSquares / degrees)
    let p = fisherSurvival(f, numerator: explained, denominator: degrees)
    // The smaller of two p-values counts twice.
    return trend.p.map { min(2 * min(p, $0), 1) } ?? p
  }
}
