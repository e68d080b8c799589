import Glibc

/// The exact law under the wide prior, as residuals: those of the bins, whitened, then those of the
/// prior in units of the noise.
///
/// Constants are (ln gap, beta, E, {c, delta, ln f}), with a = floor (1 - gap).
struct LaplaceProblem: LeastSquaresProblem {
  let bins: BinnedCurve
  let noise: CorrelatedNoise
  let grid: BreakGrid
  let prior: LawPrior
  /// The lowest pilot value.
  let floor: Double
  let logSmallestGap: Double
  /// Number of limits of the grid, over which the prior of the gap is spread.
  let limits: Int
  var breaks = 0
  var variance = 1.0

  var parameterCount: Int { 3 + 3 * breaks }
  var laneCount: Int { (bins.count + 1 + breaks + 3) / 4 }
  private var widthRange: ClosedRange<Double> {
    log(grid.widths[0])...log(grid.widths[grid.widths.count - 1])
  }

  func evaluate(
    at theta: UnsafePointer<Double>, residuals: UnsafeMutablePointer<Lanes>,
    jacobian: UnsafeMutablePointer<Lanes>
  ) {
    let count = bins.count
    let stride = 4 * laneCount
    residuals.withMemoryRebound(to: Double.self, capacity: stride) { residuals in
      jacobian.withMemoryRebound(to: Double.self, capacity: stride * parameterCount) { jacobian in
        for bin in 0..<count {
          residuals[bin] =
            logLaw(theta, at: bins.time[bin], derivatives: jacobian + bin, stride: stride)
            - bins.level[bin]
        }
        for row in count..<stride {
          residuals[row] = 0
          for column in 0..<parameterCount { jacobian[column * stride + row] = 0 }
        }
        noise.whiten(residuals)
        for column in 0..<parameterCount { noise.whiten(jacobian + column * stride) }
        for (row, column) in ([2] + (0..<breaks).map { 3 + 3 * $0 }).enumerated() {
          let normal = column == 2 ? prior.endExponent : prior.change
          let root = variance.squareRoot() / normal.deviation
          residuals[count + row] = root * (theta[column] - normal.mean)
          jacobian[column * stride + count + row] = root
        }
      }
    }
  }

  /// ln of the law and its derivatives by the constants, written `stride` apart.
  func logLaw(
    _ theta: UnsafePointer<Double>, at time: Double, derivatives: UnsafeMutablePointer<Double>,
    stride: Int
  ) -> Double {
    let gap = exp(theta[0])
    var exponent = theta[1] - theta[2] * time
    for k in 0..<breaks {
      let first = 3 + 3 * k
      let change = theta[first]
      let width = exp(theta[first + 2])
      let argument = (theta[first + 1] - time) / width
      let bend = width * softplus(argument)
      let step = logistic(argument)
      exponent -= change * bend
      derivatives[first * stride] = -bend
      derivatives[(first + 1) * stride] = -change * step
      derivatives[(first + 2) * stride] = change * (argument * width * step - bend)
    }
    let power = exp(min(700, max(-700, exponent)))
    let level = floor * (1 - gap) + power
    let share = power / level
    derivatives[0] = -floor * gap / level
    derivatives[stride] = share
    derivatives[2 * stride] = -time * share
    for index in 3..<max(3, parameterCount) { derivatives[index * stride] *= share }
    return log(level)
  }

  /// Descends from a start in rounds between which the noise variance is estimated anew, until it
  /// stands.
  func descend(from start: [Double], noise deviation: Double) -> LaplaceMode {
    var problem = self
    problem.breaks = start.count / 3 - 1
    problem.variance = deviation * deviation
    let solver = LevenbergMarquardt(
      maximumIterations: 60, costTolerance: 1e-7, smallDecreases: 2)
    var constants = start
    var mode = LaplaceMode(constants: start, problem: problem)
    for _ in 0..<20 {
      constants = solver.minimize(problem, from: constants, in: problem.box).parameters
      mode = LaplaceMode(constants: constants, problem: problem)
      let variance = max(
        1e-12, (mode.squares + bins.within) / Double(max(1, bins.points - 3)))
      let hasSettled = abs(variance - problem.variance) < 0.1 * problem.variance
      problem.variance = variance
      if hasSettled { break }
    }
    return LaplaceMode(constants: constants, problem: problem)
  }

  /// Flat constants stay in the ranges of the grid, a little widened.
  private var box: Box {
    var box = Box(count: parameterCount)
    box.lower[0] = logSmallestGap - 1.5
    box.upper[0] = 0
    for first in stride(from: 3, to: parameterCount, by: 3) {
      box.lower[first + 1] = -bins.range
      box.upper[first + 1] = grid.span - bins.range
      box.lower[first + 2] = widthRange.lowerBound - 0.7
      box.upper[first + 2] = widthRange.upperBound + 0.7
    }
    return box
  }

  /// The precision of a mode's constants at a noise variance, and its log evidence on the scale of
  /// the grid's cells; nil where the precision is singular.
  ///
  /// What is flat in the objective gets the variance of its uniform prior, so that a constant
  /// which the data leave free is given no more room than the grid gives it.
  func weigh(_ mode: LaplaceMode, variance: Double) -> (precision: Cholesky, logEvidence: Double)? {
    let size = parameterCount
    let count = bins.count
    let widths = widthRange.upperBound - widthRange.lowerBound
    var precision = [Double](repeating: 0, count: size * size)
    mode.derivatives.withUnsafeBufferPointer { derivatives in
      guard let columns = derivatives.baseAddress else { return }
      for row in 0..<size {
        for column in 0...row {
          precision[row * size + column] =
            dot(columns + row * count, columns + column * count, count) / variance
        }
      }
    }
    var penalty = 0.0
    func add(_ normal: NormalPrior, at index: Int) {
      let offset = (mode.constants[index] - normal.mean) / normal.deviation
      penalty += offset * offset
      precision[index * size + index] += 1 / (normal.deviation * normal.deviation)
    }
    precision[0] += 12 / (logSmallestGap * logSmallestGap)
    add(prior.endExponent, at: 2)
    for first in stride(from: 3, to: size, by: 3) {
      add(prior.change, at: first)
      precision[(first + 1) * size + first + 1] += 12 / (grid.span * grid.span)
      precision[(first + 2) * size + first + 2] += 12 / (widths * widths)
    }
    guard let factor = Cholesky(precision, size: size) else { return nil }
    let halfLogDeterminant = (0..<size).reduce(0) { $0 + log(factor.factor[$1 * size + $1]) }
    let logDensity =
      -noise.logDeterminant / 2 - Double(bins.points) * log(variance) / 2
      - (mode.squares + bins.within) / (2 * variance) - penalty / 2
    let logPrior =
      -log(prior.endExponent.deviation)
      - Double(breaks) * log(prior.change.deviation * grid.span * widths)
      + (breaks == 2 ? log(2) : 0) - log(-logSmallestGap / Double(limits - 1))
    // sqrt(2 pi) of every constant integrated out, less those of normal priors and of beta.
    let constants = Double(size - 2 - breaks) / 2 * log(2 * Double.pi)
    return (factor, logDensity + logPrior + constants - halfLogDeterminant)
  }
}
