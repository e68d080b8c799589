import Glibc

/// The residuals of a law at observations, with the prior's terms as further residuals.
///
/// With q = e^g h'(v) and h the objective's scale, the derivatives of h(v) are: by a h'(v), by beta
/// q, by c0 -t q, and for each break by c -phi q, by delta c w q, by ln f -c (phi - (t - delta) w) q,
/// where phi = f sp(z), w = logistic(z), z = (t - delta)/f.
struct LawResiduals: LeastSquaresProblem {
  let breaks: Int
  let prior: ExponentPrior?
  /// Where the loss turns from quadratic to linear (Huber); nil: squared residuals throughout.
  let threshold: Double?
  private let objective: Objective
  private let unit: Double
  private let t: [Lanes]
  private let targets: [Lanes]
  private let rootWeights: [Lanes]

  init(
    _ observations: Observations, breaks: Int, prior: ExponentPrior? = nil,
    threshold: Double? = nil
  ) {
    self.breaks = breaks
    self.prior = prior
    self.threshold = threshold
    objective = observations.frame.objective
    unit = observations.frame.unit
    // The last group is filled with copies of the last point that weigh nothing.
    t = observations.t.lanes(filler: observations.t.last ?? 0)
    targets = observations.targets.lanes(filler: observations.targets.last ?? 0)
    rootWeights = observations.weights.map { $0.squareRoot() }.lanes(filler: 0)
  }

  var parameterCount: Int { 3 + 3 * breaks }
  var dataLaneCount: Int { t.count }
  var laneCount: Int { t.count + (prior == nil ? 0 : (1 + breaks + 3) / 4) }

  func evaluate(
    at theta: UnsafePointer<Double>, residuals: UnsafeMutablePointer<Lanes>,
    jacobian: UnsafeMutablePointer<Lanes>
  ) {
    t.withUnsafeBufferPointer { t in
      targets.withUnsafeBufferPointer { targets in
        rootWeights.withUnsafeBufferPointer { rootWeights in
          for i in 0..<t.count {
            evaluate(
              lane: i, theta, t[i], targets[i], rootWeights[i], residuals, jacobian)
          }
        }
      }
    }
    if let prior { evaluate(prior, theta, residuals, jacobian) }
  }

  @inline(__always)
  private func evaluate(
    lane i: Int, _ theta: UnsafePointer<Double>, _ t: Lanes, _ target: Lanes, _ rootWeight: Lanes,
    _ residuals: UnsafeMutablePointer<Lanes>, _ jacobian: UnsafeMutablePointer<Lanes>
  ) {
    let stride = laneCount
    var g = theta[1] - t * theta[2]
    for k in 0..<breaks {
      let f = exp(theta[5 + 3 * k])
      let (softplus, logistic) = ((t - theta[4 + 3 * k]) * (1 / f)).softplusAndLogistic
      let bend = softplus * f
      g -= bend * theta[3 + 3 * k]
      jacobian[(3 + 3 * k) * stride + i] = bend
      jacobian[(4 + 3 * k) * stride + i] = logistic
    }
    let excess = g.exponential
    let value = excess + theta[0]
    let transformed: Lanes
    var slope: Lanes
    switch objective {
    case .log:
      transformed = value.logarithm
      slope = rootWeight / value
    case .log1p:
      let argument = value * unit + 1
      transformed = argument.logarithm
      slope = rootWeight * unit / argument
    case .linear:
      transformed = value
      slope = rootWeight
    }
    var residual = rootWeight * (transformed - target)
    if let threshold { Self.applyHuber(threshold, &residual, &slope) }
    residuals[i] = residual
    let q = slope * excess
    jacobian[i] = slope
    jacobian[stride + i] = q
    jacobian[2 * stride + i] = -t * q
    for k in 0..<breaks {
      let column = jacobian + (3 + 3 * k) * stride + i
      let bend = column[0]
      let logistic = column[stride]
      let c = theta[3 + 3 * k]
      column[0] = -bend * q
      column[stride] = c * logistic * q
      column[2 * stride] = (-c) * (bend - (t - theta[4 + 3 * k]) * logistic) * q
    }
  }

  /// Turns residuals beyond the threshold k into roots of Huber's loss, 2k|r| - k^2, so that the sum
  /// of their squares is the loss.
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
    _ residuals: UnsafeMutablePointer<Lanes>, _ jacobian: UnsafeMutablePointer<Lanes>
  ) {
    let stride = laneCount
    for row in dataLaneCount..<stride {
      residuals[row] = .zero
      for column in 0..<parameterCount { jacobian[column * stride + row] = .zero }
    }
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
    let byExponent = root * slope / ExponentPrior.width
    switch prior.progress {
    case .increasing:
      set(jacobian + 2 * stride, 0, byExponent)
      for k in 0..<breaks { set(jacobian + (3 + 3 * k) * stride, 0, byExponent) }
    case .decreasing:
      set(jacobian + 2 * stride, 0, -byExponent)
    }
    for k in 0..<breaks {
      set(residuals, 1 + k, root * theta[3 + 3 * k])
      set(jacobian + (3 + 3 * k) * stride, 1 + k, root)
    }
  }
}

extension [Double] {
  /// The values in groups of four, the last group filled up with `filler`.
  fileprivate func lanes(filler: Double) -> [Lanes] {
    stride(from: 0, to: count, by: 4).map { start in
      var group = Lanes(repeating: filler)
      for i in start..<Swift.min(start + 4, count) { group[i - start] = self[i] }
      return group
    }
  }
}
