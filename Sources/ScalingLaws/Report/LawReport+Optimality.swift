/// How near the constants of a law are to a minimum, and why the last descent ended.
struct Optimality: Sendable {
  let termination: LevenbergMarquardt.Termination
  /// The largest cosine between the residuals and the derivative by a free constant (MINPACK's
  /// gtol); a constant at a bound counts only if it would move away from it. Nil when the residuals
  /// are rounding errors.
  let largestCosine: Double?

  /// Whether the constants are at a minimum: the largest cosine is below 1e-4.
  var isMinimum: Bool { largestCosine.map { $0 < 1e-4 } ?? true }

  var isConverged: Bool { termination.isConverged && isMinimum }

  var ending: String {
    termination.description
      + (largestCosine.map {
        "; the cosine of the residuals and their derivatives is \(decimal($0)) or less"
      } ?? "")
  }
}

extension LawReport {
  /// Evaluates the residuals and their derivatives once.
  var optimality: Optimality {
    Optimality(termination: fit.termination, largestCosine: largestCosine)
  }

  private var largestCosine: Double? {
    let problem = LawResiduals(
      observations, breaks: fit.breaks, prior: fit.prior, threshold: fit.threshold)
    let (lanes, count) = (problem.laneCount, fit.theta.count)
    var buffer = [Lanes](repeating: .zero, count: lanes * (count + 1))
    return buffer.withUnsafeMutableBufferPointer { buffer in
      guard let residuals = buffer.baseAddress else { return nil }
      fit.theta.withUnsafeBufferPointer { theta in
        guard let theta = theta.baseAddress else { return }
        problem.evaluate(at: theta, residuals: residuals, jacobian: residuals + lanes)
      }
      let size = dot(residuals, residuals, lanes: lanes).squareRoot()
      guard size / Double(fit.residuals.count).squareRoot() > Self.exactness else { return nil }
      return (0..<count).reduce(0.0) { largest, i in
        let column = residuals + lanes * (i + 1)
        let length = dot(column, column, lanes: lanes).squareRoot()
        let slope = dot(column, residuals, lanes: lanes)
        let tolerance = 1e-9 * max(abs(fit.theta[i]), 1)
        let isHeld =
          slope > 0
          ? fit.theta[i] - box.lower[i] <= tolerance : box.upper[i] - fit.theta[i] <= tolerance
        return isHeld || box.isFixed(i) || length == 0
          ? largest : max(largest, abs(slope) / (length * size))
      }
    }
  }

  /// Residuals of this size on the objective's scale are rounding errors.
  private static let exactness = 1e-9
}

extension LevenbergMarquardt.Termination: CustomStringConvertible {
  var description: String {
    switch self {
    case .costSettled: "the sum of squares no longer fell"
    case .noDescent: "no step lowered the sum of squares"
    case .stationary: "nothing was left to improve"
    case .iterationLimit: "the iteration limit was reached"
    case .startNotFinite: "the start gave residuals that are not finite"
    case .cancelled: "the fit was cancelled"
    }
  }
}
