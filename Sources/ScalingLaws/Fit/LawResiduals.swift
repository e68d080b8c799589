import Glibc

/// The residuals of a law at observations, with the prior's terms as further residuals.
///
/// With q = e^g h'(v) and h the objective's scale, the derivatives of h(v) are: by a h'(v), by beta
/// q, by c0 -t q, and for each break by c -phi q, by delta c w q, by ln f -c (phi - (t - delta) w)
/// q, where phi = f sp(z), w = logistic(z), z = (t - delta)/f.
final class LawResiduals: LeastSquaresProblem, Sendable {
  let breaks: Int
  let prior: ExponentPrior?
  /// Where the loss turns from quadratic to linear (Huber); nil: squared residuals throughout.
  let threshold: Double?
  let objective: Objective
  private let unit: Double
  /// Number of observations.
  let count: Int
  let t: [Lanes]
  private let targets: [Lanes]
  private let rootWeights: [Lanes]
  /// 0 for the copies that fill the last group.
  let inverseRootWeights: [Lanes]

  init(
    _ observations: Observations, breaks: Int, prior: ExponentPrior? = nil,
    threshold: Double? = nil
  ) {
    self.breaks = breaks
    self.prior = prior
    self.threshold = threshold
    objective = observations.frame.objective
    unit = observations.frame.unit
    count = observations.count
    // The last group is filled with copies of the last point with weight 0.
    t = observations.t.lanes(filler: observations.t.last ?? 0)
    targets = observations.targets.lanes(filler: observations.targets.last ?? 0)
    rootWeights = observations.weights.map { $0.squareRoot() }.lanes(filler: 0)
    inverseRootWeights = observations.weights.map { 1 / $0.squareRoot() }.lanes(filler: 0)
  }

  var parameterCount: Int { 3 + 3 * breaks }
  var dataLaneCount: Int { t.count }
  var laneCount: Int { t.count + (prior == nil ? 0 : (1 + breaks + 3) / 4) }

  func evaluate(
    at theta: UnsafePointer<Double>, residuals: UnsafeMutablePointer<Lanes>,
    jacobian: UnsafeMutablePointer<Lanes>?
  ) {
    t.withUnsafeBufferPointer { t in
      guard let t = t.baseAddress else { return }
      writeLogExcess(theta, t, to: residuals, jacobian)
      targets.withUnsafeBufferPointer { targets in
        rootWeights.withUnsafeBufferPointer { rootWeights in
          let (a, stride) = (theta[0], laneCount)
          for i in targets.indices {
            // At this point the residuals still hold g.
            let excess = residuals[i].exponential
            var (residual, slope) = scale(excess + a, targets[i], rootWeights[i])
            if let threshold { Self.applyHuber(threshold, &residual, &slope) }
            residuals[i] = residual
            guard let jacobian else { continue }
            jacobian[i] = slope
            jacobian[stride + i] = slope * excess
          }
        }
      }
      if let jacobian { writeColumns(theta, t, to: jacobian) }
    }
    if let prior { evaluate(prior, theta, residuals, jacobian) }
  }

  /// The residuals alone, one for each observation.
  func values(at theta: [Double]) -> [Double] {
    var residuals = [Lanes](repeating: .zero, count: laneCount)
    evaluate(at: theta, residuals: &residuals, jacobian: nil)
    return residuals.doubles(count)
  }

  /// Writes g, and phi and w of every break to the columns of its c and delta.
  @inline(__always)
  private func writeLogExcess(
    _ theta: UnsafePointer<Double>, _ t: UnsafePointer<Lanes>,
    to g: UnsafeMutablePointer<Lanes>, _ jacobian: UnsafeMutablePointer<Lanes>?
  ) {
    let count = dataLaneCount
    let (beta, c0) = (theta[1], theta[2])
    for i in 0..<count { g[i] = t[i].times(-c0, plus: beta) }
    for k in 0..<breaks {
      let (c, delta, f) = (theta[3 + 3 * k], theta[4 + 3 * k], exp(theta[5 + 3 * k]))
      let steepness = 1 / f
      if let bends = jacobian.map({ $0 + (3 + 3 * k) * laneCount }) {
        let shares = bends + laneCount
        for i in 0..<count {
          let (softplus, logistic) = ((t[i] - delta) * steepness).softplusAndLogistic
          let bend = softplus * f
          g[i].addProduct(bend, -c)
          bends[i] = bend
          shares[i] = logistic
        }
      } else {
        for i in 0..<count { g[i].addProduct(((t[i] - delta) * steepness).softplus * f, -c) }
      }
    }
  }

  /// A weighted residual, and its derivative by the value.
  @inline(__always)
  private func scale(_ value: Lanes, _ target: Lanes, _ rootWeight: Lanes) -> (Lanes, Lanes) {
    switch objective {
    case .log: return (rootWeight * (value.logarithm - target), rootWeight / value)
    case .log1p:
      let argument = value * unit + 1
      return (rootWeight * (argument.logarithm - target), rootWeight * unit / argument)
    case .linear: return (rootWeight * (value - target), rootWeight)
    }
  }

  /// Completes the columns of c0 and of the breaks, given q in the column of beta.
  @inline(__always)
  private func writeColumns(
    _ theta: UnsafePointer<Double>, _ t: UnsafePointer<Lanes>,
    to jacobian: UnsafeMutablePointer<Lanes>
  ) {
    let stride = laneCount
    let q = jacobian + stride
    for i in 0..<dataLaneCount { jacobian[2 * stride + i] = -t[i] * q[i] }
    for k in 0..<breaks {
      let (c, delta) = (theta[3 + 3 * k], theta[4 + 3 * k])
      let column = jacobian + (3 + 3 * k) * stride
      for i in 0..<dataLaneCount {
        let bend = column[i]
        let share = column[stride + i]
        column[i] = -bend * q[i]
        column[stride + i] = c * share * q[i]
        column[2 * stride + i] = -c * bend.addingProduct(delta - t[i], share) * q[i]
      }
    }
  }

  /// Turns residuals beyond the threshold k into roots of Huber's loss, 2k|r| - k^2, so that the
  /// sum of their squares is the loss.
  @inline(__always)
  private static func applyHuber(_ k: Double, _ residual: inout Lanes, _ slope: inout Lanes) {
    let isNegative = residual .< 0
    let magnitude = residual.replacing(with: -residual, where: isNegative)
    let isFar = magnitude .> k
    let root = (magnitude * (2 * k) - k * k)
      .replacing(with: Lanes(repeating: 1), where: .!isFar).squareRoot()
    residual.replace(with: root.replacing(with: -root, where: isNegative), where: isFar)
    slope.replace(with: slope * k / root, where: isFar)
  }

  /// Writes the prior's terms below the data: the end exponent, then every change of exponent.
  private func evaluate(
    _ prior: ExponentPrior, _ theta: UnsafePointer<Double>,
    _ residuals: UnsafeMutablePointer<Lanes>, _ jacobian: UnsafeMutablePointer<Lanes>?
  ) {
    let stride = laneCount
    for row in dataLaneCount..<stride { residuals[row] = .zero }
    func set(_ pointer: UnsafeMutablePointer<Lanes>, _ row: Int, _ value: Double) {
      pointer[dataLaneCount + row / 4][row % 4] = value
    }
    let root = prior.strength.squareRoot()
    let nu = ExponentPrior.degreesOfFreedom
    let z = (prior.endExponent(theta, breaks: breaks) - prior.centre) / ExponentPrior.width
    // r = sign(z) sqrt(nu ln(1 + z^2/nu)), near zero r = z.
    let student = (nu * log1p(z * z / nu)).squareRoot()
    let r = z < 0 ? -student : student
    let slope = abs(z) < 1e-8 ? 1 : z / (1 + z * z / nu) / r
    set(residuals, 0, root * r)
    for k in 0..<breaks { set(residuals, 1 + k, root * theta[3 + 3 * k]) }
    guard let jacobian else { return }
    for row in dataLaneCount..<stride {
      for column in 0..<parameterCount { jacobian[column * stride + row] = .zero }
    }
    let byExponent = root * slope / ExponentPrior.width
    switch prior.progress {
    case .increasing:
      set(jacobian + 2 * stride, 0, byExponent)
      for k in 0..<breaks { set(jacobian + (3 + 3 * k) * stride, 0, byExponent) }
    case .decreasing:
      set(jacobian + 2 * stride, 0, -byExponent)
    }
    for k in 0..<breaks { set(jacobian + (3 + 3 * k) * stride, 1 + k, root) }
  }
}

/// A prior for the exponent at the end of a curve.
///
/// It adds to the cost s2 [5 ln(1 + z^2/5) + sum c_i^2] with z = (E - centre)/0.3, where E is the
/// exponent at the end of progress: a Student term, which penalizes unusual exponents moderately,
/// and a ridge on the changes of exponent.
struct ExponentPrior: Sendable, Hashable {
  /// The usual exponent: 0.7 for falling metrics, -0.3 for those that grow without bound.
  let centre: Double
  /// s2: the variance of a residual, inflated for autocorrelation.
  let strength: Double
  let progress: Progress

  static let width = 0.3
  static let degreesOfFreedom = 5.0
  static let usualFall = 0.7
  static let usualGrowth = -0.3

  /// The exponent at the far end of progress: c0 + sum c_i, or -c0 when progress runs to small x.
  func endExponent(_ theta: UnsafePointer<Double>, breaks: Int) -> Double {
    switch progress {
    case .increasing:
      var exponent = theta[2]
      for i in 0..<breaks { exponent += theta[3 + 3 * i] }
      return exponent
    case .decreasing: return -theta[2]
    }
  }
}

extension LawSearch {
  /// A fit with the prior and as many breaks as the free fit, from whose residuals the strength of the
  /// prior comes.
  func fitWithPrior(centre: Double, noiseOf free: LawFit) -> LawFit? {
    let rho = free.autocorrelation
    let strength = 1.5 * free.sumOfSquares / free.degreesOfFreedom * (1 + rho) / (1 - rho)
    return fit(
      breaks: free.breaks,
      prior: ExponentPrior(centre: centre, strength: strength, progress: progress), known: [free])
  }
}

extension LawResiduals {
  /// With v = a + e^g, h the objective's scale (h'' = -h'^2 on both logarithmic ones), q = h' e^g
  /// and derivatives along the direction,
  ///
  ///     h(v)'' = -(h' v')^2 + (q g')^2/q + q g''.
  ///
  /// h' v' and q g' are products of the Jacobian with the direction, and so are all terms of q g''
  /// but those of phi'', (1 - w) w (delta' + (t - delta) ln f')^2/f + (phi - (t - delta) w) ln
  /// f'^2.
  ///
  /// - Returns: false for Huber's loss, which is not supported.
  func writeCurvature(
    along direction: UnsafePointer<Double>, at theta: UnsafePointer<Double>,
    jacobian: UnsafePointer<Lanes>, to curvature: UnsafeMutablePointer<Lanes>
  ) -> Bool {
    guard threshold == nil else { return false }
    let (count, stride) = (dataLaneCount, laneCount)
    let isLogarithmic = objective != .linear
    withUnsafeTemporaryAllocation(of: MovingBreak.self, capacity: breaks) { buffer in
      var movingCount = 0
      // A break with c = 0 changes nothing.
      for first in Swift.stride(from: 3, to: parameterCount, by: 3) where theta[first] != 0 {
        buffer.initializeElement(
          at: movingCount,
          to: MovingBreak(theta + first, direction + first, jacobian + first * stride))
        movingCount += 1
      }
      let moving = buffer[..<movingCount]
      for i in 0..<count {
        // With q = 0 all terms with 1/q are 0.
        let q = jacobian[stride + i]
        let inverse = 1 / q.replacing(with: Lanes(repeating: 1), where: q .== 0)
        var byExcess = (q * direction[1]).addingProduct(jacobian[2 * stride + i], direction[2])
        var bend = Lanes.zero
        for own in moving {
          let (byOwn, ownBend) = own.derivatives(at: t[i], row: i, stride: stride, inverse)
          byExcess += byOwn
          bend += ownBend
        }
        bend.addProduct(byExcess * byExcess, inverse)
        if isLogarithmic {
          let byValue = byExcess.addingProduct(jacobian[i], direction[0])
          bend.addProduct(-byValue * byValue, inverseRootWeights[i])
        }
        curvature[i] = bend
      }
    }
    if let prior {
      for row in count..<stride { curvature[row] = .zero }
      curvature[count][0] = prior.curvature(along: direction, at: theta, breaks: breaks)
    }
    return true
  }
}

/// A break whose constants change along a direction.
private struct MovingBreak {
  private let delta: Double
  private let inverseChange: Double
  private let steepness: Double
  /// The direction's c, delta and ln f.
  private let byChange: Double
  private let byLocation: Double
  private let byWidth: Double
  /// The break's columns of the Jacobian.
  private let columns: UnsafePointer<Lanes>

  /// From the break's constants, those of the direction, and the break's first column.
  init(
    _ theta: UnsafePointer<Double>, _ direction: UnsafePointer<Double>,
    _ columns: UnsafePointer<Lanes>
  ) {
    (delta, inverseChange, steepness) = (theta[1], 1 / theta[0], exp(-theta[2]))
    (byChange, byLocation, byWidth) = (direction[0], direction[1], direction[2])
    self.columns = columns
  }

  /// The break's terms of q g' and q g'', given 1/q.
  @inline(__always)
  func derivatives(at t: Lanes, row: Int, stride: Int, _ inverse: Lanes) -> (Lanes, Lanes) {
    let (change, location) = (columns[row], columns[stride + row])
    let width = columns[2 * stride + row]
    let rest = (location * inverse).times(-inverseChange, plus: 1)
    let shift = (t - delta).times(byWidth, plus: byLocation)
    let along = (location * byLocation).addingProduct(width, byWidth)
    let bend = (width * (byWidth * byWidth))
      .addingProduct(rest * location, shift * shift * -steepness)
    return (
      along.addingProduct(change, byChange),
      bend.addingProduct(along, 2 * byChange * inverseChange)
    )
  }
}

extension ExponentPrior {
  /// The second derivative along a direction of the residual sqrt(s2 5 ln(1 + z^2/5)), with z's
  /// sign.
  fileprivate func curvature(
    along direction: UnsafePointer<Double>, at theta: UnsafePointer<Double>, breaks: Int
  ) -> Double {
    let z = (endExponent(theta, breaks: breaks) - centre) / Self.width
    let speed = endExponent(direction, breaks: breaks) / Self.width
    let nu = Self.degreesOfFreedom
    let u = z * z / nu
    // r^2 = nu ln(1 + u) twice derived; near zero r'' = -3 z/(2 nu).
    let r = (nu * log1p(u)).squareRoot()
    let slope = z / (1 + u) / r
    let bend =
      abs(z) < 1e-3
      ? -1.5 * z / nu : ((1 - u) / ((1 + u) * (1 + u)) - slope * slope) / (z < 0 ? -r : r)
    return strength.squareRoot() * bend * speed * speed
  }
}
