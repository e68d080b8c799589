import Glibc

/// The posterior of the law given one window of the curve, after one pass over the grid.
///
/// Cost: per limit a Gram matrix of all cells; per limit, noise level and prior the closed-form
/// evidence of every pair of cells; exact squares for the few cells that carry weight.
struct WindowPosterior {
  let bins: BinnedCurve
  let noise: CorrelatedNoise
  let grid: BreakGrid
  /// One per limit, from the nearest below the lowest y to zero.
  let designs: [LinearizedDesign]
  private(set) var hypotheses: [Hypothesis] = []

  /// The cells of a block together, or a Laplace mode at one noise level.
  struct Hypothesis {
    let prior: Int
    let breaks: Int
    let noise: Double
    /// Tempered log evidence with all priors but those of breaks and of the prior itself.
    let logMass: Double
    var weight = 0.0
    let content: Content

    /// Whether it shows in a forecast; false for a weight that is no number.
    var carriesWeight: Bool { weight > 1e-4 }
  }

  enum Content {
    case cells([CellPosterior], limit: Int)
    case mode(LaplaceMode, precision: Cholesky)
  }

  /// Nil when cancelled, and when the evidence of every law is beyond the doubles.
  ///
  /// - Parameters:
  ///   - bins: The window's points about the pilot.
  ///   - pass: Grid, priors and powers.
  ///   - mostBreaks: 0, 1 or 2.
  ///   - withModes: Whether the wide prior's Laplace modes take part.
  ///   - settings: The constants that both passes share.
  ///   - isCancelled: Polled now and then.
  init?(
    bins: BinnedCurve, pass: PosteriorSettings.Pass, mostBreaks: Int, withModes: Bool,
    settings: PosteriorSettings, isCancelled: () -> Bool
  ) {
    self.bins = bins
    let shape = pass.grid
    noise = CorrelatedNoise(
      time: bins.time, weight: bins.weight, variance: shape.discrepancy,
      length: shape.discrepancyLength * bins.range)
    grid = BreakGrid(shape: shape, range: bins.range, time: bins.time)
    let floor = bins.pilot.map { exp($0) }.reduce(.infinity, min)
    let ceiling = bins.pilot.map { exp($0) }.reduce(0, max)
    let smallestGap = max(1e-6, min(shape.smallestGap * (ceiling - floor) / floor, 0.5))
    let columns = WhitenedColumns(
      bins: bins, noise: noise, bends: mostBreaks > 0 ? grid.bends : [],
      highest: floor * (1 - smallestGap))
    if isCancelled() { return nil }
    var designs: [LinearizedDesign] = []
    for gap in geometric(from: smallestGap, to: 1, count: shape.limits) {
      designs.append(
        LinearizedDesign(
          bins: bins, noise: noise, columns: columns, limit: floor * (1 - gap), gap: gap))
    }
    self.designs = designs

    guard
      let wideBlocks = addCells(
        pass: pass, mostBreaks: mostBreaks, withModes: withModes, settings: settings,
        isCancelled: isCancelled)
    else { return nil }
    if withModes {
      if isCancelled() { return nil }
      addModes(startingFrom: wideBlocks, pass: pass, settings: settings)
    }
    let weights = BlockWeights.weights(
      of: hypotheses.map { ($0.prior, $0.breaks, $0.logMass) },
      priorWeights: pass.priors.map(\.weight) + [settings.wide.weight], pass: pass)
    for index in hypotheses.indices { hypotheses[index].weight = weights[index] }
    guard hypotheses.contains(where: \.carriesWeight) else { return nil }
  }

  /// Adds the blocks of all limits, noise levels and priors that are not too far behind the best of
  /// their kind.
  ///
  /// - Returns: the wide prior's blocks, from which descents to modes start; nil when cancelled.
  private mutating func addCells(
    pass: PosteriorSettings.Pass, mostBreaks: Int, withModes: Bool, settings: PosteriorSettings,
    isCancelled: () -> Bool
  ) -> [Block]? {
    let logPriors = pass.priors.map { prior in
      zip(prior.limitProbabilities(gaps: designs.map(\.gap)), designs).map {
        log($0) + prior.endWeighting * log($1.endShare)
      }
    }
    var evidence = CellEvidence(bins: bins, grid: grid, pass: pass, settings: settings)
    var wideEvidence = evidence
    var wideBlocks: [Block] = []
    let mostWideBreaks =
      bins.points < settings.pointsForDescent[2] ? min(mostBreaks, 1) : mostBreaks
    var buffer = [Double](repeating: 0, count: bins.count)
    // Log mass of the heaviest block of each prior and number of breaks.
    var heaviest = [Double](repeating: -.infinity, count: pass.priors.count * 3)
    // From low noise to high: the evidence bounds that of the next level.
    for (level, noise) in noiseLevels(pass.grid).enumerated() {
      let base = logDensityBase(noise: noise)
      for (limit, design) in designs.enumerated() {
        if isCancelled() { return nil }
        for (index, prior) in pass.priors.enumerated() {
          let logPrior = logPriors[index][limit]
          let blocks = evidence.blocks(
            design: design, limit: limit, prior: prior, priorIndex: index, noise: noise,
            base: base, mostBreaks: mostBreaks,
            leastOfPairs: heaviest[3 * index + 2] - settings.keptBlocks - logPrior)
          for block in blocks {
            let kind = 3 * index + block.breaks
            guard block.logEvidence + logPrior > heaviest[kind] - settings.keptBlocks else {
              continue
            }
            let logMass = add(block, logPrior: logPrior, power: pass.power, buffer: &buffer)
            heaviest[kind] = max(heaviest[kind], logMass)
          }
        }
        // Starts of descents need no fine choice of the noise.
        if withModes && level == 1 {
          wideBlocks += wideEvidence.blocks(
            design: design, limit: limit, prior: settings.wide, priorIndex: 0, noise: noise,
            base: base, mostBreaks: mostWideBreaks)
        }
      }
    }
    return wideBlocks
  }

  /// The noise levels of the grid, about the best fit with at most one break.
  private func noiseLevels(_ shape: GridShape) -> [Double] {
    let best = designs.map(\.smallestSquares).reduce(.infinity, min) + bins.within
    let least = max(1e-6, (best / Double(max(1, bins.points - 3))).squareRoot())
    return (0..<shape.noiseLevels).map { 0.75 * least * pow(shape.noiseStep, Double($0)) }
  }

  /// The part of the log density that no cell changes.
  private func logDensityBase(noise level: Double) -> Double {
    -noise.logDeterminant / 2 - Double(bins.points) * log(level)
      - bins.within / (2 * level * level)
  }

  mutating func add(_ hypothesis: Hypothesis) {
    if hypothesis.logMass.isFinite { hypotheses.append(hypothesis) }
  }

  /// Corrects the evidence of a block and adds it; returns its log mass.
  private mutating func add(
    _ block: Block, logPrior: Double, power: Double, buffer: inout [Double]
  ) -> Double {
    var cells = block.cells
    let limit = designs[block.limit].limit
    let correction = correctShares(of: &cells, limit: limit, buffer: &buffer)
    let logMass = block.logEvidence + correction + logPrior
    add(
      Hypothesis(
        prior: block.prior, breaks: block.breaks, noise: block.noise, logMass: power * logMass,
        content: .cells(cells, limit: block.limit)))
    return logMass
  }

  /// Replaces the linearised squares of a block's cells by the exact ones; returns the change of
  /// the block's log evidence.
  ///
  /// It removes the cells whose linearisation lies: limits just under the lowest y.
  private func correctShares(
    of cells: inout [CellPosterior], limit: Double, buffer: inout [Double]
  ) -> Double {
    var excess = [Double](repeating: 0, count: cells.count)
    buffer.withUnsafeMutableBufferPointer { buffer in
      guard let residual = buffer.baseAddress else { return }
      for (index, cell) in cells.enumerated() {
        cell.writeLogLaw(to: residual, limit: limit, time: bins.time, bends: grid.bends)
        for bin in 0..<bins.count { residual[bin] = bins.level[bin] - residual[bin] }
        noise.whiten(residual)
        excess[index] = (dot(residual, residual, bins.count) - cell.squares) / (2 * cell.variance)
      }
    }
    // Relative to the least excess, so that the shares of a hopeless block are numbers still.
    let least = excess.reduce(.infinity, min)
    var total = 0.0
    for index in cells.indices {
      cells[index].share *= exp(least - excess[index])
      total += cells[index].share
    }
    for index in cells.indices { cells[index].share /= total }
    return log(total) - least
  }

  /// The posterior mean of ln of the law at the bins.
  func meanLogLaw() -> [Double] {
    var mean = [Double](repeating: 0, count: bins.count)
    var curve = mean
    var total = 0.0
    for hypothesis in hypotheses {
      guard case .cells(let cells, let limit) = hypothesis.content else { continue }
      for cell in cells {
        let weight = hypothesis.weight * cell.share
        guard weight > 1e-6 else { continue }
        curve.withUnsafeMutableBufferPointer { curve in
          guard let curve = curve.baseAddress else { return }
          cell.writeLogLaw(
            to: curve, limit: designs[limit].limit, time: bins.time, bends: grid.bends)
        }
        for bin in mean.indices { mean[bin] += weight * curve[bin] }
        total += weight
      }
    }
    return mean.map { $0 / total }
  }

  /// The geometric mean of the noise.
  var typicalNoise: Double { exp(hypotheses.reduce(0) { $0 + $1.weight * log($1.noise) }) }
}
