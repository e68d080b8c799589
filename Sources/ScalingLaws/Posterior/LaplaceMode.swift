import Glibc

/// A local optimum of the exact law under the wide prior, about which it is linear enough.
///
/// The grid's cells are too coarse where noise is low and bends are sharp.
struct LaplaceMode {
  /// ln gap, beta, E, then c, delta, ln f of each break.
  let constants: [Double]
  let problem: LaplaceProblem
  /// Whitened residuals ln y - ln yhat and derivatives of ln yhat, constant by constant.
  let residuals: [Double]
  let derivatives: [Double]
  /// Sum of squares of the residuals.
  let squares: Double

  var limit: Double { problem.floor * (1 - exp(constants[0])) }
  /// The noise variance that the residuals suggest.
  var variance: Double { problem.variance }

  init(constants: [Double], problem: LaplaceProblem) {
    self.constants = constants
    self.problem = problem
    let count = problem.bins.count
    let lanes = problem.laneCount
    var residuals = [Lanes](repeating: .zero, count: lanes)
    var jacobian = [Lanes](repeating: .zero, count: lanes * constants.count)
    problem.evaluate(at: constants, residuals: &residuals, jacobian: &jacobian)
    self.residuals = residuals.doubles(count).map { -$0 }
    derivatives = constants.indices.flatMap { jacobian.doubles(count, from: $0 * lanes) }
    squares = dot(self.residuals, self.residuals, count)
  }

  /// Whether two descents ended in one place, breaks in either order.
  func isSame(as other: LaplaceMode) -> Bool {
    let own = constants
    guard own.count == other.constants.count else { return false }
    let swapped = own.count == 9 ? Array(own[0..<3] + own[6..<9] + own[3..<6]) : own
    return [own, swapped].contains { candidate in
      zip(candidate, other.constants).allSatisfy { abs($0 - $1) < 0.1 }
    }
  }

  /// Means and variances of the curve at four times, given the weights of the residuals in the
  /// departure from the law.
  func forecast(
    at time: Lanes, weights: [[Double]], fade: Lanes, precision: Cholesky
  ) -> (mean: Lanes, variance: Lanes) {
    var mean = Lanes.zero
    var gradient = [Lanes](repeating: .zero, count: constants.count)
    problem.writeLogLaw(constants, at: [time], to: &mean, &gradient, stride: 1)
    let count = residuals.count
    var variance = Lanes.zero
    for lane in 0..<4 {
      let direction = gradient.indices.map { column in
        derivatives.withUnsafeBufferPointer { derivatives in
          guard let columns = derivatives.baseAddress else { return 0.0 }
          return gradient[column][lane]
            - fade[lane] * dot(weights[lane], columns + column * count, count)
        }
      }
      variance[lane] = min(
        4, zip(direction, precision.solve(direction)).reduce(0) { $0 + $1.0 * $1.1 })
      mean[lane] += fade[lane] * dot(weights[lane], residuals, count)
    }
    return (mean, variance)
  }
}
