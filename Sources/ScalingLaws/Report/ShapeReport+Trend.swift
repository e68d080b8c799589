import Glibc

extension ShapeReport.Trend {
  /// Weighted least squares of y on log10 x. Standard errors and trials count as absolute, unless
  /// the residuals are much larger.
  static func of(_ points: Points) -> Self {
    let u = points.x.map { log10($0) }
    // In units of the largest y, weight and standard error, so that squares do not overflow.
    let height = points.y.reduce(.leastNormalMagnitude) { max($0, abs($1)) }
    let y = points.y.map { $0 / height }
    let weights: [Double]
    /// The standard error at weight 1; nil where it is not known.
    let deviation: Double?
    switch points.noise {
    case .unknown: (weights, deviation) = (Array(repeating: 1, count: u.count), nil)
    case .weights(let w):
      let largest = w.max() ?? 1
      (weights, deviation) = (w.map { $0 / largest }, nil)
    case .standardErrors(let sigma):
      let least = sigma.min() ?? 1
      (weights, deviation) = (sigma.map { least / $0 * (least / $0) }, least / height)
    case .trials(let trials):
      // One proportion for all: under "no change" every y has the same binomial error.
      let pooled =
        zip(points.y, trials).reduce(0) { $0 + $1.0 * $1.1 } / trials.reduce(0, +)
      (weights, deviation) = (trials, max(pooled * (1 - pooled), 1e-12).squareRoot() / height)
    }
    let total = weights.reduce(0, +)
    func mean(_ v: [Double]) -> Double {
      zip(weights, v).reduce(0) { $0 + $1.0 * $1.1 } / total
    }
    let (meanU, meanY) = (mean(u), mean(y))
    func sum(_ term: (Int) -> Double) -> Double {
      u.indices.reduce(0) { $0 + weights[$1] * term($1) }
    }
    let uu = sum { (u[$0] - meanU) * (u[$0] - meanU) }
    let uy = sum { (u[$0] - meanU) * (y[$0] - meanY) }
    let yy = sum { (y[$0] - meanY) * (y[$0] - meanY) }
    // With extreme weights only one place may count.
    guard uu > 0 else { return .init(slopePerDecade: 0, p: nil, pNoChange: nil) }
    let slope = uy / uu
    let degrees = Double(u.count - 2)
    let misfit = max(yy - uy * slope, 0)
    func survival(_ squares: Double, _ deviation: Double, degrees: Double) -> Double {
      chiSquareSurvival(pow(squares.squareRoot() / deviation, 2), degreesOfFreedom: degrees)
    }
    var p: Double?
    if let deviation, degrees < 1 || survival(misfit, deviation, degrees: degrees) >= 0.001 {
      p = 2 * Normal.cumulative(-abs(uy) / uu.squareRoot() / deviation)
    } else if degrees > 0 {
      p =
        misfit == 0
        ? (slope == 0 ? 1 : 0)
        : 2
          * StudentT(degreesOfFreedom: degrees)
          .cumulative(-abs(slope) / (misfit / degrees / uu).squareRoot())
    }
    let largest = Double.greatestFiniteMagnitude
    return .init(
      slopePerDecade: min(max(slope * height, -largest), largest), p: p,
      pNoChange: deviation.map { survival(yy, $0, degrees: degrees + 1) })
  }
}

extension LawReport {
  /// With a p-value of no change above this, the noise may explain everything.
  static let noChangeLevel = 0.05

  /// The probability of residuals this large under noise that is known; nil where it is not.
  var knownNoiseSurvival: Double? {
    observations.hasAbsoluteWeights
      ? chiSquareSurvival(fit.sumOfSquares, degreesOfFreedom: fit.degreesOfFreedom) : nil
  }

  /// Whether noise alone could explain the points.
  func isPerhapsNoise(_ trend: ShapeReport.Trend) -> Bool {
    noChange(trend).map { $0 > Self.noChangeLevel } ?? false
  }

  /// The p-value of "no change": by the stated noise if the residuals agree with it, else by the
  /// variance that the law or a straight line explains, whichever gives the smaller p-value.
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
    // Double the smaller of two p-values (Bonferroni).
    return trend.p.map { min(2 * min(p, $0), 1) } ?? p
  }
}
