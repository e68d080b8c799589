import Glibc

/// The constants of a comparison form in the coordinates of a frame: v = eps + w, with
/// ln w - alpha ln(range - w) = b + c m and m = -ln(e^-t + gamma), which is t where gamma is 0.
struct FormConstants: Sendable, Hashable {
  var limit: Double
  var logCoefficient: Double
  var exponent: Double
  var offset = 0.0
  /// eps_0 - eps.
  var range = 1.0
  /// alpha.
  var strength = 0.0

  static let count = 6
  var parameters: [Double] { [limit, logCoefficient, exponent, offset, range, strength] }

  init(limit: Double, logCoefficient: Double, exponent: Double) {
    self.limit = limit
    self.logCoefficient = logCoefficient
    self.exponent = exponent
  }

  /// The constants in the order of `parameters`.
  init(_ parameters: some RandomAccessCollection<Double>) {
    let values = Array(parameters)
    self.init(limit: values[0], logCoefficient: values[1], exponent: values[2])
    offset = values[3]
    range = values[4]
    strength = values[5]
  }
}

/// The weighted residuals ln vhat - ln v of a comparison form.
struct FormResiduals: LeastSquaresProblem {
  let form: ComparisonForm
  let observations: Observations

  var parameterCount: Int { FormConstants.count }
  var laneCount: Int { (observations.count + 3) / 4 }

  func evaluate(
    at parameters: UnsafePointer<Double>, residuals: UnsafeMutablePointer<Lanes>,
    jacobian: UnsafeMutablePointer<Lanes>?
  ) {
    let constants = FormConstants(
      UnsafeBufferPointer(start: parameters, count: FormConstants.count))
    let stride = laneCount
    // The last group may not be full.
    residuals[stride - 1] = .zero
    if let jacobian {
      for column in 0..<FormConstants.count { jacobian[column * stride + stride - 1] = .zero }
    }
    for i in 0..<observations.count {
      let (value, gradient) = evaluate(constants, at: observations.t[i])
      let root = observations.weights[i].squareRoot()
      residuals[i / 4][i % 4] = root * (log(value) - observations.targets[i])
      guard let jacobian else { continue }
      for column in 0..<FormConstants.count {
        jacobian[column * stride + i / 4][i % 4] = root / value * gradient[column]
      }
    }
  }

  /// v at t, and its derivatives by the constants.
  private func evaluate(_ p: FormConstants, at t: Double) -> (Double, SIMD8<Double>) {
    let inverse = exp(-t) + p.offset
    let m = -log(inverse)
    let logPower = p.logCoefficient + p.exponent * m
    var gradient = SIMD8<Double>(repeating: 0)
    gradient[0] = 1
    let excess: Double
    /// dw/db.
    let slope: Double
    if form.hasCeiling {
      let z = FittedForm.Saturation.place(logPower, range: p.range, strength: p.strength)
      let share = logistic(z)
      let rest = logistic(-z)
      excess = p.range * share
      // dz/db = 1/(rest + alpha share), dw/dz = range share rest; without alpha their product is
      // range share.
      let steepness = p.strength == 0 ? share : share * rest / (rest + p.strength * share)
      slope = p.range * steepness
      gradient[4] = share - (1 - p.strength) * steepness
      gradient[5] = slope * (log(p.range) - softplus(z))
    } else {
      excess = exp(logPower)
      slope = excess
    }
    gradient[1] = slope
    gradient[2] = slope * m
    gradient[3] = -slope * p.exponent / inverse
    return (p.limit + excess, gradient)
  }
}
