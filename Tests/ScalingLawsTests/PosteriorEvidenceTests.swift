import Glibc
import Testing

@testable import ScalingLaws

/// Five points, two places for a break, one width: small enough for integration by brute force.
private struct TinyProblem {
  let bins: BinnedCurve
  let noise: CorrelatedNoise
  let grid: BreakGrid
  let design: LinearizedDesign
  let pass: PosteriorSettings.Pass
  let prior = LawPrior(
    endExponent: NormalPrior(0.6, 0.5), change: NormalPrior(0.1, 0.4), gapPower: 0, shareAtZero: 0,
    endWeighting: 0, weight: 1)

  init(discrepancy: Double) {
    let shape = GridShape(
      limits: 2, locations: 2, widths: 1, narrowest: 0.3, beyond: 0.2, beyondProbability: 0.3,
      noiseLevels: 1, discrepancy: discrepancy)
    let curve = SortedCurve(
      logX: [0, 0.7, 1.3, 2.1, 3], logY: [1.2, 0.71, 0.42, -0.05, -0.31], weights: [1, 2, 1, 1, 3])
    bins = BinnedCurve(curve, most: 10)
    noise = CorrelatedNoise(
      time: bins.time, weight: bins.weight, variance: discrepancy, length: 0.3 * bins.range)
    grid = BreakGrid(shape: shape, range: bins.range, time: bins.time)
    let columns = WhitenedColumns(bins: bins, noise: noise, bends: grid.bends, highest: 0.5)
    design = LinearizedDesign(bins: bins, noise: noise, columns: columns, limit: 0.2, gap: 0.5)
    var pass = PosteriorSettings().pilot
    pass.grid = shape
    pass.priors = [prior]
    self.pass = pass
  }

  /// Whitens by definition: forward substitution with the Cholesky factor of the covariance.
  func whitenByDefinition(_ column: [Double]) -> [Double] {
    let count = bins.count
    var covariance = [Double](repeating: 0, count: count * count)
    for row in 0..<count {
      for other in 0..<count {
        covariance[row * count + other] =
          noise.variance * exp(-abs(bins.time[row] - bins.time[other]) / (0.3 * bins.range))
          + (row == other ? 1 / bins.weight[row] : 0)
      }
    }
    guard let factor = Cholesky(covariance, size: count)?.factor else { return [] }
    var solution = column
    for row in 0..<count {
      for other in 0..<row { solution[row] -= factor[row * count + other] * solution[other] }
      solution[row] /= factor[row * count + row]
    }
    return solution
  }

  /// ln of the integral of likelihood times prior over (beta, E, c...) on a grid of trapezia; the
  /// flat prior of beta has density 1/sqrt(2 pi), as the evidence of a cell has it.
  func logIntegral(breaks: [Int], deviation: Double, half: Int) -> Double {
    let count = bins.count
    let share = bins.pilot.map { (exp($0) - 0.2) / exp($0) }
    let response = whitenByDefinition(
      bins.pilot.indices.map { share[$0] * log(exp(bins.pilot[$0]) - 0.2) })
    var columns = [whitenByDefinition(share)]
    columns.append(whitenByDefinition(share.indices.map { -share[$0] * bins.time[$0] }))
    for cell in breaks {
      columns.append(
        whitenByDefinition(share.indices.map { share[$0] * grid.bends[cell * count + $0] }))
    }
    let means = [0, prior.endExponent.mean] + breaks.map { _ in prior.change.mean }
    let deviations =
      [.infinity, prior.endExponent.deviation] + breaks.map { _ in prior.change.deviation }
    let size = columns.count
    // Integrate along the axes of the normal posterior's Cholesky factor, 7 deviations each way.
    var precision = [Double](repeating: 0, count: size * size)
    var centre = [Double](repeating: 0, count: size)
    for row in 0..<size {
      for column in 0..<size {
        precision[row * size + column] =
          dot(columns[row], columns[column], count) / (deviation * deviation)
      }
      precision[row * size + row] += 1 / (deviations[row] * deviations[row])
      centre[row] =
        dot(columns[row], response, count) / (deviation * deviation)
        + means[row] / (deviations[row] * deviations[row])
    }
    guard let cholesky = Cholesky(precision, size: size) else { return .nan }
    let factor = cholesky.factor
    centre = cholesky.solve(centre)
    let step = 7 / Double(half)
    var sum = 0.0
    var place = [Int](repeating: -half, count: size)
    var reference = Double.nan
    while true {
      // theta = centre + L'^-1 u.
      var theta = place.map { Double($0) * step }
      for row in stride(from: size - 1, through: 0, by: -1) {
        for inner in row + 1..<max(row + 1, size) {
          theta[row] -= factor[inner * size + row] * theta[inner]
        }
        theta[row] /= factor[row * size + row]
      }
      for row in 0..<size { theta[row] += centre[row] }
      var squares = 0.0
      for bin in 0..<count {
        var residual = response[bin]
        for column in 0..<size { residual -= theta[column] * columns[column][bin] }
        squares += residual * residual
      }
      var logDensity = -squares / (2 * deviation * deviation)
      for row in 1..<size {
        let offset = (theta[row] - means[row]) / deviations[row]
        logDensity -= offset * offset / 2 + log(deviations[row]) + log(2 * Double.pi) / 2
      }
      if reference.isNaN { reference = logDensity }
      sum += exp(logDensity - reference)
      var axis = 0
      while axis < size {
        place[axis] += 1
        if place[axis] <= half { break }
        place[axis] = -half
        axis += 1
      }
      if axis == size { break }
    }
    let volume = (0..<size).reduce(Double(size) * log(step)) { $0 - log(factor[$1 * size + $1]) }
    return reference + log(sum) + volume - log(2 * Double.pi) / 2
  }
}

@Suite("Evidence of the grid's cells")
struct PosteriorEvidenceTests {
  @Test("the Kalman filter whitens as the Cholesky factor does", arguments: [0, 0.3, 4])
  func whitening(discrepancy: Double) {
    let problem = TinyProblem(discrepancy: discrepancy)
    let column = [1.0, -2, 0.5, 3, 1]
    var filtered = column
    problem.noise.whiten(&filtered)
    for (own, expected) in zip(filtered, problem.whitenByDefinition(column)) {
      #expect(abs(own - expected) < 1e-13)
    }
  }

  @Test(
    "the closed form equals numerical integration", arguments: [0, 1], [0.02, 0.2])
  func closedForm(discrepancy: Double, deviation: Double) {
    let problem = TinyProblem(discrepancy: discrepancy)
    var evidence = CellEvidence(
      bins: problem.bins, grid: problem.grid, pass: problem.pass, settings: PosteriorSettings())
    let blocks = evidence.blocks(
      design: problem.design, limit: 0, prior: problem.prior, priorIndex: 0, noise: deviation,
      base: 0, mostBreaks: 2)
    let found = Dictionary(uniqueKeysWithValues: blocks.map { ($0.breaks, $0.logEvidence) })

    let probability = problem.grid.logProbability.map { exp($0) }
    let none = problem.logIntegral(breaks: [], deviation: deviation, half: 20)
    let singles = (0..<2).map {
      probability[$0] * exp(problem.logIntegral(breaks: [$0], deviation: deviation, half: 20))
    }
    let pair =
      problem.logIntegral(breaks: [0, 1], deviation: deviation, half: 12)
      + log(2 * probability[0] * probability[1])
    #expect(abs(found[0, default: .nan] - none) < 1e-9)
    #expect(abs(found[1, default: .nan] - log(singles[0] + singles[1])) < 1e-9)
    // The exponential of a pair's evidence is approximate to 3e-6.
    #expect(abs(found[2, default: .nan] - pair) < 1e-6)
  }

  @Test("the mean of a cell solves its normal equations, and its squares are the residuals'")
  func cellMean() {
    let problem = TinyProblem(discrepancy: 1)
    let cell = CellPosterior(
      cell: Cell(first: 0, second: 1, share: 1), design: problem.design, prior: problem.prior,
      noise: 0.1)
    let design = problem.design
    let count = problem.bins.count
    func column(_ index: Int) -> [Double] {
      (0..<count).map { bin in
        func whitened(_ column: Int) -> Double {
          design.columns.near[column * count + bin]
            + design.depth * design.columns.far[column * count + bin]
        }
        return whitened(index + 1) - design.projections[index] * whitened(0)
      }
    }
    var residuals = design.response
    for bin in 0..<count {
      residuals[bin] -= cell.mean.0 * column(0)[bin]
      residuals[bin] -= cell.mean.1 * column(1)[bin]
      residuals[bin] -= cell.mean.2 * column(2)[bin]
    }
    #expect(abs(dot(residuals, residuals, count) - cell.squares) < 1e-12)
    // The gradient of the penalised squares vanishes.
    let end =
      dot(column(0), residuals, count)
      + 0.01 / 0.25 * (problem.prior.endExponent.mean - cell.mean.0)
    #expect(abs(end) < 1e-12)
  }
}
