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
  /// Times of the bins.
  private let time: [Lanes]

  init(
    bins: BinnedCurve, noise: CorrelatedNoise, grid: BreakGrid, prior: LawPrior, floor: Double,
    logSmallestGap: Double, limits: Int
  ) {
    self.bins = bins
    self.noise = noise
    self.grid = grid
    self.prior = prior
    self.floor = floor
    self.logSmallestGap = logSmallestGap
    self.limits = limits
    time = bins.time.lanes(filler: 0)
  }

  var parameterCount: Int { 3 + 3 * breaks }
  var laneCount: Int { (bins.count + 1 + breaks + 3) / 4 }
  private var widthRange: ClosedRange<Double> {
    log(grid.widths[0])...log(grid.widths[grid.widths.count - 1])
  }

  func evaluate(
    at theta: UnsafePointer<Double>, residuals: UnsafeMutablePointer<Lanes>,
    jacobian: UnsafeMutablePointer<Lanes>?
  ) {
    writeLogLaw(theta, at: time, to: residuals, jacobian, stride: laneCount)
    let count = bins.count
    let stride = 4 * laneCount
    residuals.withMemoryRebound(to: Double.self, capacity: stride) { rows in
      for bin in 0..<count { rows[bin] -= bins.level[bin] }
      for row in count..<stride { rows[row] = 0 }
      noise.whiten(rows)
      rows[count] = root(prior.endExponent) * (theta[2] - prior.endExponent.mean)
      for k in 0..<breaks {
        rows[count + 1 + k] = root(prior.change) * (theta[3 + 3 * k] - prior.change.mean)
      }
    }
    jacobian?.withMemoryRebound(to: Double.self, capacity: stride * parameterCount) { rows in
      for column in 0..<parameterCount {
        for row in count..<stride { rows[column * stride + row] = 0 }
        noise.whiten(rows + column * stride)
      }
      rows[2 * stride + count] = root(prior.endExponent)
      for k in 0..<breaks { rows[(3 + 3 * k) * stride + count + 1 + k] = root(prior.change) }
    }
  }

  /// The residual of a constant's normal prior is this much per unit.
  private func root(_ normal: NormalPrior) -> Double { variance.squareRoot() / normal.deviation }

  /// The law's ln and its derivatives by the constants, `stride` groups apart.
  func writeLogLaw(
    _ theta: UnsafePointer<Double>, at time: [Lanes], to level: UnsafeMutablePointer<Lanes>,
    _ jacobian: UnsafeMutablePointer<Lanes>?, stride: Int
  ) {
    let (beta, end) = (theta[1], theta[2])
    time.withUnsafeBufferPointer { time in
      for i in time.indices { level[i] = time[i].times(-end, plus: beta) }
      for k in 0..<breaks {
        let (change, location) = (theta[3 + 3 * k], theta[4 + 3 * k])
        let width = exp(theta[5 + 3 * k])
        for i in time.indices {
          let argument = (location - time[i]) * (1 / width)
          let (softplus, step) = argument.softplusAndLogistic
          let bend = softplus * width
          level[i].addProduct(bend, -change)
          guard let column = jacobian.map({ $0 + (3 + 3 * k) * stride + i }) else { continue }
          column[0] = -bend
          column[stride] = step * (-change)
          column[2 * stride] = (argument * step * width - bend) * change
        }
      }
      let gap = exp(theta[0])
      let limit = floor * (1 - gap)
      for i in time.indices {
        let power = level[i].exponential
        let value = power + limit
        level[i] = value.logarithm
        guard let jacobian else { continue }
        let share = power / value
        jacobian[i] = -floor * gap / value
        jacobian[stride + i] = share
        jacobian[2 * stride + i] = -time[i] * share
        for column in 3..<max(3, parameterCount) { jacobian[column * stride + i] *= share }
      }
    }
  }

  /// Descends from a start in rounds between which the noise variance is estimated anew, until it
  /// stands.
  func descend(from start: [Double], noise deviation: Double) -> LaplaceMode {
    var problem = self
    problem.breaks = start.count / 3 - 1
    problem.variance = deviation * deviation
    let solver = LevenbergMarquardt(
      maximumIterations: 60, costTolerance: 1e-5, smallDecreases: 2)
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
