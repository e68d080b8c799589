import Glibc

/// A fitted law with its covariance, from which its report is made.
struct LawReport: Sendable {
  let fit: LawFit
  let law: BrokenPowerLaw
  let observations: Observations
  let box: Box
  /// The user's constraints.
  private let constraints: Constraints
  let covariance: Covariance?
  let fault: CovarianceFault?
  /// The two-sided probability of intervals.
  let level: Double
  /// Student's quantile: half the width of an interval in standard deviations; nil without a
  /// covariance.
  let studentQuantile: Double?
  /// The refits of a bootstrap, if intervals are made from them.
  var bootstrap: Bootstrap?

  init(_ fit: LawFit, search: LawSearch, intervals: FitOptions.Intervals) {
    self.fit = fit
    law = fit.law
    observations = search.observations
    constraints = search.constraints
    level = intervals.level
    box = search.bounds(hasPrior: fit.prior != nil).box(breaks: fit.breaks)
    guard intervals.method != .none else {
      (covariance, studentQuantile) = (nil, nil)
      fault = .notRequested
      return
    }
    do {
      let covariance = try Covariance(fit, observations: search.observations, box: box)
      self.covariance = covariance
      // Use the lower tail, which is accurate for levels near 1.
      studentQuantile = -StudentT(degreesOfFreedom: covariance.degreesOfFreedom)
        .quantile((1 - level) / 2)
      fault = nil
    } catch {
      (covariance, studentQuantile) = (nil, nil)
      fault = error.fault
    }
  }

  /// For equal y: a law without a covariance.
  init(constant fit: LawFit, search: LawSearch) {
    self.fit = fit
    law = fit.law
    observations = search.observations
    constraints = search.constraints
    level = 0.9
    box = Box(count: fit.theta.count)
    (covariance, studentQuantile) = (nil, nil)
    fault = .constantMetric
  }

  /// The factor from a standard error to half the width of an interval.
  private var halfWidthFactor: Double? {
    guard let covariance, let studentQuantile else { return nil }
    return covariance.inflation.squareRoot() * studentQuantile
  }

  /// The gradient of a constant by theta; the constants are a, ln|b|, c0, then c, ln d, ln f. Only
  /// ln|b| depends on two parameters: ln|b| = beta + c0 t0 + ln(scale).
  private func gradient(of index: Int) -> [Double] {
    var gradient = [Double](repeating: 0, count: fit.theta.count)
    switch index {
    case 0:
      gradient[0] = fit.frame.orientation == .direct ? fit.frame.scale : -fit.frame.scale
    case 1:
      gradient[1] = 1
      gradient[2] = fit.frame.origin
    default: gradient[index] = 1
    }
    return gradient
  }

  /// Half the width of the interval of ln|y - a| in the middle of the data. Unlike ln b, it does
  /// not depend on the unit of x. Nil without a covariance.
  var excessHalfWidth: Double? {
    guard let covariance, covariance.free.contains(1), let halfWidthFactor else { return nil }
    var gradient = [Double](repeating: 0, count: fit.theta.count)
    gradient[1] = 1
    return halfWidthFactor * covariance.variance(gradient).squareRoot()
  }

  /// The constants of the law with their standard errors and intervals.
  var constants: [ConstantEstimate] {
    Constant.all(breaks: fit.breaks).enumerated().map { index, constant in
      var estimate = ConstantEstimate(
        constant: constant, value: nil, log10: nil, standardError: nil, lower: nil, upper: nil,
        isFixed: box.isFixed(index),
        isAtBound: !box.isFixed(index)
          && Covariance.isAtBound(fit.theta[index], box.lower[index], box.upper[index]))
      let deviation: Double? = covariance.flatMap { covariance in
        // ln b depends on c0 too, so check that b itself is free.
        guard covariance.free.contains(index) else { return nil }
        return covariance.variance(gradient(of: index)).squareRoot()
      }
      let halfWidth = deviation.flatMap { deviation in halfWidthFactor.map { $0 * deviation } }
      switch constant {
      case .a: set(&estimate, law.limit, deviation, halfWidth)
      case .c0: set(&estimate, law.exponent, deviation, halfWidth)
      case .c(let i): set(&estimate, law.breaks[i - 1].exponentChange, deviation, halfWidth)
      case .b:
        set(
          &estimate, logarithm: law.logCoefficient, sign: law.sign.rawValue, deviation, halfWidth)
      case .d(let i):
        set(&estimate, logarithm: law.breaks[i - 1].logLocation, sign: 1, deviation, halfWidth)
      case .f(let i):
        set(&estimate, logarithm: log(law.breaks[i - 1].width), sign: 1, deviation, halfWidth)
        estimate.log10 = nil
      }
      if let bootstrap, !estimate.isFixed, !estimate.isAtBound {
        set(&estimate, from: bootstrap.laws.map { $0.naturalValue(of: constant) })
      }
      estimate.value = estimate.value.map { constraints.holding($0, of: constant) }
      return estimate
    }
  }

  /// Sets the interval and the standard error from resamples, on the constant's natural scale.
  private func set(_ estimate: inout ConstantEstimate, from values: [Double]) {
    guard let interval = Bootstrap.interval(values, level: level) else { return }
    let mean = values.reduce(0, +) / Double(values.count)
    let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
    switch estimate.constant {
    case .a, .c0, .c:
      estimate.standardError = square.squareRoot().finite
      (estimate.lower, estimate.upper) = (interval.lower.finite, interval.upper.finite)
    case .b, .d, .f:
      let sign = estimate.constant == .b ? law.sign.rawValue : 1
      estimate.standardError = estimate.value.flatMap { linearError(square.squareRoot(), of: $0) }
      let ends = [sign * exp(interval.lower), sign * exp(interval.upper)].sorted()
      (estimate.lower, estimate.upper) = (ends[0].finite, ends[1].finite)
    }
  }

  /// The standard error of a constant, from that of its logarithm; nil when twice the error exceeds
  /// the value, because then only the interval on the logarithm is useful.
  private func linearError(_ deviation: Double, of value: Double) -> Double? {
    deviation < 0.5 ? representable(deviation * abs(value)) : nil
  }

  private func set(
    _ estimate: inout ConstantEstimate, _ value: Double, _ deviation: Double?, _ halfWidth: Double?
  ) {
    estimate.value = value.finite
    estimate.standardError = deviation?.finite
    if let halfWidth {
      estimate.lower = (value - halfWidth).finite
      estimate.upper = (value + halfWidth).finite
    }
  }

  /// Sets the interval of a constant with a fixed sign, made on the logarithm.
  private func set(
    _ estimate: inout ConstantEstimate, logarithm: Double, sign: Double, _ deviation: Double?,
    _ halfWidth: Double?
  ) {
    estimate.value = representable(sign * exp(logarithm))
    estimate.log10 = (logarithm / log(10)).finite
    estimate.standardError = deviation.flatMap { linearError($0, of: exp(logarithm)) }
    if let halfWidth {
      let ends = [sign * exp(logarithm - halfWidth), sign * exp(logarithm + halfWidth)].sorted()
      estimate.lower = ends[0].finite
      estimate.upper = ends[1].finite
    }
  }

  var correlation: FittedLaw.Correlation? {
    guard let covariance else { return nil }
    let names = Constant.all(breaks: fit.breaks)
    let gradients = covariance.free.map(gradient(of:))
    let deviations = gradients.map { covariance.variance($0).squareRoot() }
    guard deviations.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
    // db = b d ln|b|, so a negative b changes the signs of its correlations.
    let signs = covariance.free.map { $0 == 1 ? law.sign.rawValue : 1 }
    var matrix = gradients.indices.map { _ in [Double](repeating: 1, count: gradients.count) }
    for i in gradients.indices {
      for j in 0..<i {
        matrix[i][j] =
          signs[i] * signs[j] * covariance.covariance(gradients[i], gradients[j])
          / (deviations[i] * deviations[j])
        matrix[j][i] = matrix[i][j]
      }
    }
    return .init(order: covariance.free.map { names[$0] }, matrix: matrix)
  }

  /// The variance of a new measurement about the law, on the objective's scale.
  var measurementVariance: Double? {
    guard covariance != nil || bootstrap != nil else { return nil }
    // With known standard errors the weighted residuals have variance 1.
    let estimated = observations.hasAbsoluteWeights ? 1 : fit.residualVariance
    return (covariance?.residualVariance ?? estimated) / observations.meanWeight
  }

  /// The law as reported, with the quality of its agreement with `points`.
  func fittedLaw(points: Points) -> FittedLaw {
    let forecast = points.x.map { law.value(at: $0) }
    let meanY = points.y.reduce(0, +) / Double(points.count)
    let total = points.y.reduce(0) { $0 + ($1 - meanY) * ($1 - meanY) }
    let residual = zip(forecast, points.y).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    var msle: Double?
    if points.y.allSatisfy({ $0 > -1 }) && forecast.allSatisfy({ $0 > -1 }) {
      msle =
        zip(forecast, points.y).reduce(0) { sum, pair in
          let difference = log1p(pair.0) - log1p(pair.1)
          return sum + difference * difference
        } / Double(points.count)
    }
    var level: Double?
    if case .reflected(let at) = fit.frame.orientation { level = at }
    let optimality = optimality
    return FittedLaw(
      law: law, constants: constants, correlation: correlation, covarianceFault: fault,
      quality: Quality(
        objective: fit.frame.objective, reflectedAt: level,
        sumOfSquares: fit.sumOfSquaresInUnits,
        msle: msle?.finite, rmsle: LogError(forecast: forecast, measured: points.y),
        r2: total > 0 ? (1 - residual / total).finite : nil,
        aicc: (fit.criterion
          ?? Selection.aicc(
            fit, effectiveCount: fit.hasKnownNoise ? Double(points.count) : fit.effectiveCount))?
          .finite,
        residualDeviation: min(
          (fit.residualVariance / observations.meanWeight).squareRoot()
            * (fit.frame.objective == .linear ? fit.frame.scale : 1), .greatestFiniteMagnitude),
        residualAutocorrelation: fit.autocorrelation,
        isConverged: optimality.isConverged, stoppedBecause: optimality.ending))
  }
}

/// A nonzero value that a double can hold; nil for overflow and underflow.
func representable(_ value: Double) -> Double? {
  value.isFinite && value != 0 ? value : nil
}

extension Double {
  /// The value itself, or nil where it is infinite or not a number.
  var finite: Double? { isFinite ? self : nil }
}

extension BrokenPowerLaw {
  /// A constant, or its logarithm where it is positive by nature.
  fileprivate func naturalValue(of constant: Constant) -> Double {
    switch constant {
    case .a: limit
    case .b: logCoefficient
    case .c0: exponent
    case .c(let i): breaks[i - 1].exponentChange
    case .d(let i): breaks[i - 1].logLocation
    case .f(let i): log(breaks[i - 1].width)
    }
  }
}

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
