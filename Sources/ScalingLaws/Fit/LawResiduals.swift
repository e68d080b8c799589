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
