/// A law fitted to observations, in the coordinates of their frame.
struct LawFit: Sendable {
  let frame: Frame
  /// (a, beta, c0, then c, delta, ln f of each break).
  var theta: [Double]
  let prior: ExponentPrior?
  /// The weighted sum of squares and the prior's terms.
  var cost: Double
  /// The weighted residuals on the objective's scale, in order of t.
  var residuals: [Double]
  var termination: LevenbergMarquardt.Termination

  /// The number of free constants (see `LawBounds.freeCount`).
  let freeCount: Int
  /// Whether the residuals are in units of known standard errors.
  let hasKnownNoise: Bool
  /// t of every residual.
  let places: [Double]
  /// Where Huber's loss turns linear; nil: squared residuals.
  let threshold: Double?
  /// The criterion of the choice of the number of breaks; nil without a choice.
  var criterion: Double?
  /// Parameters of other laws that the search found: local optima, then starts, both best first.
  var alternatives: [[Double]] = []

  var breaks: Int { theta.count / 3 - 1 }
  var law: BrokenPowerLaw { frame.law(theta) }
  /// The loss of the residuals: their sum of squares, or Huber's.
  var sumOfSquares: Double {
    guard let k = threshold else { return residuals.reduce(0) { $0 + $1 * $1 } }
    return residuals.reduce(0) { sum, r in
      sum + (abs(r) <= k ? r * r : 2 * k * abs(r) - k * k)
    }
  }

  /// The factor that converts residuals to units of y: the frame's scale under the linear
  /// objective, 1 when residuals are relative or in units of known standard errors.
  var residualUnit: Double {
    frame.objective == .linear && !hasKnownNoise ? frame.scale : 1
  }

  /// The loss in units of y on the linear scale; the largest double where it exceeds that.
  var sumOfSquaresInUnits: Double {
    min(sumOfSquares * residualUnit * residualUnit, .greatestFiniteMagnitude)
  }

  /// The lag-1 autocorrelation of the residuals, limited to 0...0.95. Residuals at equal x are
  /// averaged, because replicates have no order.
  var autocorrelation: Double {
    let residuals = means
    let sum = residuals.reduce(0) { $0 + $1 * $1 }
    guard sum > 0, sum.isFinite else { return 0 }
    let products = zip(residuals, residuals.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
    return min(max(products / sum, 0), 0.95)
  }

  /// The mean residual of every distinct x, scaled to the variance of one residual.
  private var means: [Double] {
    var means: [Double] = []
    var start = 0
    while start < residuals.count {
      let end = places[start...].firstIndex { $0 != places[start] } ?? residuals.count
      let sum = residuals[start..<end].reduce(0, +)
      means.append(sum / Double(end - start).squareRoot())
      start = end
    }
    return means
  }

  /// The effective number of independent points, n (1 - rho)/(1 + rho).
  var effectiveCount: Double {
    let rho = autocorrelation
    return Double(residuals.count) * (1 - rho) / (1 + rho)
  }

  /// (1 + rho)/(1 - rho): the number of residuals per independent point.
  var dependence: Double {
    let rho = autocorrelation
    return (1 + rho) / (1 - rho)
  }

  /// Whether a break is centred outside the points.
  var hasBreakOutside: Bool {
    let (first, last) = (places.first ?? 0, places.last ?? 0)
    return stride(from: 4, to: theta.count, by: 3).contains {
      !(theta[$0] >= first && theta[$0] <= last)
    }
  }

  /// Whether the residuals are significantly autocorrelated (p < 0.001), or significantly larger
  /// than the known noise.
  var leavesPattern: Bool {
    let degrees = Double(residuals.count - freeCount)
    if hasKnownNoise, degrees > 0,
      chiSquareSurvival(sumOfSquares, degreesOfFreedom: degrees) < 1e-3
    {
      return true
    }
    return autocorrelation * Double(residuals.count).squareRoot() > 3.1
  }

  /// The number of points less the number of free constants, at least 1.
  var degreesOfFreedom: Double { Double(max(residuals.count - freeCount, 1)) }

  /// The law of v as a function of t.
  var lawInFrame: BrokenPowerLaw { Frame.lawInFrame(theta) }
}
