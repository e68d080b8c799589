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
  /// Over the free parameters, row by row.
  let matrix: [Double]
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
    var normal = [Double](repeating: 0, count: p * p)
    fit.theta.withUnsafeBufferPointer { theta in
      buffer.withUnsafeMutableBufferPointer { buffer in
        guard let theta = theta.baseAddress, let base = buffer.baseAddress else { return }
        residuals.evaluate(at: theta, residuals: base, jacobian: base + lanes)
        for i in 0..<p {
          for j in 0..<p {
            normal[i * p + j] = dot(
              base + lanes * (i + 1), base + lanes * (j + 1), lanes: lanes)
          }
        }
      }
    }
    let free = (0..<p).filter { i in
      !box.isFixed(i) && !Self.isAtBound(fit.theta[i], box.lower[i], box.upper[i])
        && normal[i * p + i] > 0
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
    // Scale to a unit diagonal before the inversion.
    let roots = free.map { normal[$0 * p + $0].squareRoot() }
    let scaled = (0..<(size * size)).map { k in
      normal[free[k / size] * p + free[k % size]] / (roots[k / size] * roots[k % size])
    }
    guard let cholesky = Cholesky(scaled, size: size, tolerance: 1e-26) else {
      throw CovarianceError(fault: .singular)
    }
    let inverse = cholesky.inverse
    condition = Self.norm(scaled, size: size) * Self.norm(inverse, size: size)
    inflation = observations.hasAbsoluteWeights ? 1 : fit.dependence
    var matrix = inverse
    for k in matrix.indices { matrix[k] *= residualVariance / (roots[k / size] * roots[k % size]) }
    self.matrix = matrix
    guard matrix.allSatisfy(\.isFinite) else { throw CovarianceError(fault: .singular) }
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

  /// The maximum norm: the largest sum of magnitudes in a row.
  private static func norm(_ matrix: [Double], size: Int) -> Double {
    (0..<size).map { row in
      matrix[(row * size)..<((row + 1) * size)].reduce(0) { $0 + abs($1) }
    }.max() ?? 0
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
      for j in 0..<size { sum += g[free[i]] * matrix[i * size + j] * h[free[j]] }
    }
    return sum
  }
}

/// No covariance, and why.
struct CovarianceError: Error {
  let fault: CovarianceFault
}
