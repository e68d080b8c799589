import Glibc

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

  /// R'^-1 of columns QR, row by row; nil when the columns are dependent up to rounding.
  private static func invertedTriangle(of columns: [[Lanes]], lanes: Int) -> [Double]? {
    let size = columns.count
    guard size > 0 else { return [] }
    var columns = columns.flatMap { $0 }
    let orthogonal = columns.withUnsafeMutableBufferPointer { columns in
      columns.baseAddress.flatMap {
        OrthogonalColumns($0, count: size, lanes: lanes, tolerance: 1e-26)
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
