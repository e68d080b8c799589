@testable import ScalingLaws

/// A least-squares problem given by its residuals, each with its gradient.
struct ResidualFunctions: LeastSquaresProblem, Sendable {
  let parameterCount: Int
  let residualCount: Int
  let evaluate: @Sendable ([Double]) -> [(residual: Double, gradient: [Double])]

  var laneCount: Int { (residualCount + 3) / 4 }

  func evaluate(
    at parameters: UnsafePointer<Double>, residuals: UnsafeMutablePointer<Lanes>,
    jacobian: UnsafeMutablePointer<Lanes>?
  ) {
    for row in 0..<laneCount { residuals[row] = .zero }
    if let jacobian {
      for row in 0..<(laneCount * parameterCount) { jacobian[row] = .zero }
    }
    let parameters = (0..<parameterCount).map { parameters[$0] }
    for (i, row) in evaluate(parameters).enumerated() {
      residuals[i / 4][i % 4] = row.residual
      guard let jacobian else { continue }
      for (k, derivative) in row.gradient.enumerated() {
        jacobian[k * laneCount + i / 4][i % 4] = derivative
      }
    }
  }
}
