import Glibc

/// Searches the best constants of a comparison form. Starts come from a grid over the constants
/// that are not linear in ln(v - eps); each is refined on the exact residuals.
struct FormSearch {
  let form: ComparisonForm
  let observations: Observations

  private static let polishedStarts = 3
  private static let largestExponent = 50.0
  private static let largestStrength = 20.0

  private typealias Start = (constants: FormConstants, cost: Double)

  func fit() -> FormConstants? {
    let starts = starts.sorted { $0.cost < $1.cost }
    // m1 is a line in ln x, so the regression is the exact solution.
    if form == .m1 { return starts.first?.constants }
    let solver = LevenbergMarquardt()
    let problem = FormResiduals(form: form, observations: observations)
    let box = box
    return starts.prefix(Self.polishedStarts)
      .map { solver.minimize(problem, from: $0.constants.parameters, in: box) }
      .filter(\.cost.isFinite).min { $0.cost < $1.cost }
      .map { FormConstants($0.parameters) }
  }

  private var smallest: Double { observations.values.min() ?? 0 }
  private var spread: Double { (observations.values.max() ?? 0) - smallest }
  /// The range of ln gamma: from an offset that hardly changes the last point to one that dominates
  /// at the first point.
  private var offsetRange: Bounds {
    Bounds(exp(-observations.range.upper - 3), exp(-observations.range.lower + 5))
  }

  private var box: Box {
    var box = Box(count: FormConstants.count)
    func set(_ i: Int, _ lower: Double, _ upper: Double) {
      box.lower[i] = lower
      box.upper[i] = upper
    }
    set(0, 0, form.hasLimit ? 1.05 * smallest : 0)
    set(2, -Self.largestExponent, Self.largestExponent)
    set(3, 0, form.hasOffset ? offsetRange.upper : 0)
    if form.hasCeiling {
      set(4, 1e-9 * spread, 100 * (smallest + spread))
      set(5, 0, Self.largestStrength)
    } else {
      set(4, 1, 1)
      set(5, 0, 0)
    }
    return box
  }

  /// The best start for every limit, or for every offset in forms without a limit.
  private var starts: [Start] {
    let limits =
      form.hasLimit ? geometric(from: 1e-3, to: 1, count: 12).map { smallest * (1 - $0) } : [0]
    let offsets =
      form.hasOffset
      ? [0] + geometric(from: offsetRange.lower, to: offsetRange.upper, count: 24) : [0]
    let headrooms =
      form.hasCeiling ? geometric(from: 1e-3, to: 10, count: 9).map { $0 * spread } : []
    return limits.flatMap { limit -> [Start] in
      let starts =
        form.hasCeiling
        ? headrooms.map { start(limit: limit, headroom: $0) }
        : offsets.map { start(limit: limit, offset: $0) }
      guard form.hasLimit else { return starts }
      return starts.min { $0.cost < $1.cost }.map { [$0] } ?? []
    }
  }

  private func geometric(from first: Double, to last: Double, count: Int) -> [Double] {
    (0..<count).map { first * pow(last / first, Double($0) / Double(count - 1)) }
  }

  /// The regression of ln(v - eps) on m(t).
  private func start(limit: Double, offset: Double) -> Start {
    let m = observations.t.map { -log(exp(-$0) + offset) }
    let line = regression(of: limit, on: [m])
    var constants = FormConstants(
      limit: limit, logCoefficient: line.intercept, exponent: line.slopes[0])
    constants.offset = offset
    return (constants, line.cost)
  }

  /// The regression of ln(v - eps) on t and ln(eps_0 - v), eps_0 `headroom` above the largest v.
  private func start(limit: Double, headroom: Double) -> Start {
    let range = smallest + spread - limit + headroom
    let distances = observations.values.map { log(limit + range - $0) }
    var line = regression(of: limit, on: [observations.t, distances])
    if !(line.slopes[1] >= 0) {
      line = regression(of: limit, on: [observations.t])
      line.slopes.append(0)
    }
    var constants = FormConstants(
      limit: limit, logCoefficient: line.intercept, exponent: line.slopes[0])
    constants.range = range
    constants.strength = min(line.slopes[1], Self.largestStrength)
    return (constants, line.cost)
  }

  /// Weighted least squares of z = ln(v - limit) on columns and a constant. An error in ln v is one
  /// of (v - limit)/v in z, which gives the weights.
  private func regression(of limit: Double, on columns: [[Double]])
    -> (intercept: Double, slopes: [Double], cost: Double)
  {
    let values = observations.values
    let z = values.map { log(max($0 - limit, .leastNormalMagnitude)) }
    let weights = values.indices.map { i in
      let share = max(values[i] - limit, 0) / values[i]
      return observations.weights[i] * share * share
    }
    let total = weights.reduce(0, +)
    func centred(_ column: [Double]) -> (mean: Double, column: [Double]) {
      let mean = zip(weights, column).reduce(0) { $0 + $1.0 * $1.1 } / total
      return (mean, column.map { $0 - mean })
    }
    func product(_ a: [Double], _ b: [Double]) -> Double {
      weights.indices.reduce(0) { $0 + weights[$1] * a[$1] * b[$1] }
    }
    let response = centred(z)
    let regressors = columns.map(centred)
    let normal = regressors.flatMap { a in regressors.map { product(a.column, $0.column) } }
    let moments = regressors.map { product($0.column, response.column) }
    guard let cholesky = Cholesky(normal, size: columns.count) else {
      return (response.mean, columns.map { _ in 0 }, product(response.column, response.column))
    }
    let slopes = cholesky.solve(moments)
    let intercept = zip(slopes, regressors).reduce(response.mean) { $0 - $1.0 * $1.1.mean }
    let explained = zip(slopes, moments).reduce(0) { $0 + $1.0 * $1.1 }
    return (intercept, slopes, product(response.column, response.column) - explained)
  }
}

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
