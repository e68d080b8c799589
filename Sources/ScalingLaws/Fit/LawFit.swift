import Glibc

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

  /// The estimated variance of a residual.
  var residualVariance: Double { sumOfSquares / degreesOfFreedom }

  /// The law of v as a function of t.
  var lawInFrame: BrokenPowerLaw { Frame.lawInFrame(theta) }
}

/// The covariance of the constants of a fitted law, by linearization at the optimum.
///
/// Covariance = s2 (J'J)^-1 over the parameters that are free, where s2 is the residual variance,
/// or 1 when the standard errors of the points are known. Under Huber's loss, whose derivative psi
/// is the residual cut off at the threshold, s2 = K^2 sum(psi^2)/(n - p)/m^2 with m the share of
/// the points inside the threshold and K = 1 + p/n (1 - m)/m (Huber, Robust Statistics, section
/// 7.6).
struct Covariance: Sendable {
  /// Indices of theta that are neither fixed nor at a bound.
  let free: [Int]
  /// s R'^-1 for the free columns QR of the Jacobian, a lower triangle row by row: the covariance
  /// is the sum of the products of each row with itself. Products of J would lose twice as many
  /// digits where constants are nearly interchangeable.
  private let rows: [Double]
  /// The variance of one residual of unit weight.
  let residualVariance: Double
  /// (1 + rho)/(1 - rho) for residuals of autocorrelation rho: the factor by which intervals widen
  /// the variances of the matrix, because correlated residuals count as fewer points.
  let inflation: Double
  /// For Student's quantiles; infinite when the standard errors of the points are known.
  let degreesOfFreedom: Double
  /// The condition number of J'J scaled to a unit diagonal.
  let condition: Double

  init(_ fit: LawFit, observations: Observations, box: Box) throws(CovarianceError) {
    let p = fit.theta.count
    let residuals = LawResiduals(observations, breaks: fit.breaks, prior: fit.prior)
    let lanes = residuals.laneCount
    var buffer = [Lanes](repeating: .zero, count: lanes * (p + 1))
    fit.theta.withUnsafeBufferPointer { theta in
      buffer.withUnsafeMutableBufferPointer { buffer in
        guard let theta = theta.baseAddress, let base = buffer.baseAddress else { return }
        residuals.evaluate(at: theta, residuals: base, jacobian: base + lanes)
      }
    }
    let columns = (1...p).map { Array(buffer[(lanes * $0)..<(lanes * ($0 + 1))]) }
    let lengths = columns.map { dot($0, $0, lanes: lanes).squareRoot() }
    let free = (0..<p).filter { i in
      !box.isFixed(i) && !Self.isAtBound(fit.theta[i], box.lower[i], box.upper[i])
        && lengths[i] > 0
    }
    self.free = free
    let size = free.count
    let degrees = fit.residuals.count - fit.freeCount
    if observations.hasAbsoluteWeights {
      residualVariance = 1
      degreesOfFreedom = .infinity
    } else {
      // Otherwise the residuals are 0 and give no estimate of the noise.
      guard degrees > 0 else {
        throw CovarianceError(
          fault: .noDegreesOfFreedom(points: fit.residuals.count, constants: fit.freeCount))
      }
      let usable = Double(degrees)
      degreesOfFreedom = usable
      residualVariance =
        fit.threshold.map { Self.variance(of: fit, threshold: $0, degrees: usable) }
        ?? fit.sumOfSquares / usable
    }
    inflation = observations.hasAbsoluteWeights ? 1 : fit.dependence
    guard
      let inverse = Self.invertedTriangle(of: free.map { columns[$0] }, lanes: lanes)
    else { throw CovarianceError(fault: .singular) }
    // Scaled to a unit diagonal, J'J has the same condition in all units.
    func norm(_ entry: (Int, Int) -> Double) -> Double {
      (0..<size).map { i in (0..<size).reduce(0) { $0 + abs(entry(i, $1)) } }.max() ?? 0
    }
    let scales = free.map { lengths[$0] }
    condition =
      norm { i, j in
        dot(columns[free[i]], columns[free[j]], lanes: lanes) / (scales[i] * scales[j])
      }
      * norm { i, j in
        let product = (0..<size).reduce(0) {
          $0 + inverse[$1 * size + i] * inverse[$1 * size + j]
        }
        return product * scales[i] * scales[j]
      }
    let deviation = residualVariance.squareRoot()
    rows = inverse.map { $0 * deviation }
    guard rows.allSatisfy(\.isFinite) else { throw CovarianceError(fault: .singular) }
  }

  /// Where less than this share of the square of a column is left by the others, more than half the
  /// digits of an interval are rounding errors.
  private static let leastShare = 1e-16

  /// R'^-1 of columns QR, row by row; nil when the columns are dependent up to rounding.
  private static func invertedTriangle(of columns: [[Lanes]], lanes: Int) -> [Double]? {
    let size = columns.count
    guard size > 0 else { return [] }
    var columns = columns.flatMap { $0 }
    let orthogonal = columns.withUnsafeMutableBufferPointer { columns in
      columns.baseAddress.flatMap {
        OrthogonalColumns($0, count: size, lanes: lanes, tolerance: leastShare)
      }
    }
    guard let orthogonal else { return nil }
    var rows = [Double](repeating: 0, count: size * size)
    for i in 0..<size {
      rows[i * size + i] = 1
      for k in 0..<i {
        let share = orthogonal.share(of: i, in: k)
        for j in 0...k { rows[i * size + j] -= share * rows[k * size + j] }
      }
    }
    // Until here the diagonal of R is 1.
    return rows.indices.map { rows[$0] / orthogonal.squares[$0 / size].squareRoot() }
  }

  /// The variance of a residual under Huber's loss (see the type).
  private static func variance(of fit: LawFit, threshold: Double, degrees: Double) -> Double {
    let count = Double(fit.residuals.count)
    let inside = Double(max(fit.residuals.count { abs($0) <= threshold }, 1)) / count
    let squares = fit.residuals.reduce(0) { sum, residual in
      let bounded = min(abs(residual), threshold)
      return sum + bounded * bounded
    }
    let correction = 1 + Double(fit.freeCount) / count * (1 - inside) / inside
    return correction * correction * squares / degrees / (inside * inside)
  }

  /// Whether a value lies on a bound, up to rounding.
  static func isAtBound(_ value: Double, _ lower: Double, _ upper: Double) -> Bool {
    let tolerance = 1e-9 * max(abs(value), lower.isFinite && upper.isFinite ? upper - lower : 1)
    return value - lower <= tolerance || upper - value <= tolerance
  }

  /// g' C g for a gradient by all parameters of theta.
  func variance(_ gradient: [Double]) -> Double { covariance(gradient, gradient) }

  /// g' C h for two gradients by all parameters of theta.
  func covariance(_ g: [Double], _ h: [Double]) -> Double {
    let size = free.count
    var sum = 0.0
    for i in 0..<size {
      var (a, b) = (0.0, 0.0)
      // The rows are those of a lower triangle.
      for j in 0...i {
        a += rows[i * size + j] * g[free[j]]
        b += rows[i * size + j] * h[free[j]]
      }
      sum += a * b
    }
    return sum
  }
}

/// No covariance, and why.
struct CovarianceError: Error {
  let fault: CovarianceFault
}
