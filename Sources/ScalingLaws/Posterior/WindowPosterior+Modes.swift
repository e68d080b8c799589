import Glibc

extension WindowPosterior {
  /// Descends from the heaviest cells of the wide prior and adds every mode found, at six noise
  /// levels about its own.
  mutating func addModes(
    startingFrom blocks: [Block], pass: PosteriorSettings.Pass, settings: PosteriorSettings
  ) {
    let wide = settings.wide
    let problem = LaplaceProblem(
      bins: bins, noise: noise, grid: grid, prior: wide,
      floor: bins.pilot.map { exp($0) }.reduce(.infinity, min),
      logSmallestGap: log(designs[0].gap), limits: designs.count)
    let totalGap = designs.reduce(0) { $0 + pow($1.gap, wide.gapPower) }
    let last = exp(bins.pilot[bins.count - 1])
    for breaks in settings.descents.indices
    where bins.points >= settings.pointsForDescent[breaks] {
      var modes: [LaplaceMode] = []
      for start in starts(among: blocks, breaks: breaks, settings: settings) {
        let mode = problem.descend(from: start.constants, noise: start.noise)
        if modes.contains(where: { $0.isSame(as: mode) }) { continue }
        modes.append(mode)
        for level in 0..<6 {
          let deviation = 0.75 * mode.variance.squareRoot() * pow(1.3, Double(level))
          guard
            let weighed = mode.problem.weigh(mode, variance: deviation * deviation)
          else { continue }
          let logPrior =
            wide.gapPower * mode.constants[0] - log(totalGap)
            + wide.endWeighting * log(max(1e-9, 1 - mode.limit / last))
          add(
            Hypothesis(
              prior: pass.priors.count, breaks: breaks, noise: deviation,
              logMass: pass.power * (weighed.logEvidence + logPrior - settings.wideHandicap),
              content: .mode(mode, precision: weighed.precision)))
        }
      }
    }
  }

  /// The constants of the heaviest cells that are not neighbours of a heavier one.
  private func starts(
    among blocks: [Block], breaks: Int, settings: PosteriorSettings
  ) -> [(constants: [Double], noise: Double)] {
    let (prior, count) = (settings.wide, settings.descents[breaks])
    var candidates: [(cell: CellPosterior, block: Block, logMass: Double)] = []
    for block in blocks where block.breaks == breaks {
      let design = designs[block.limit]
      let logPrior = prior.gapPower * log(design.gap) + prior.endWeighting * log(design.endShare)
      candidates += block.cells.map { ($0, block, block.logEvidence + log($0.share) + logPrior) }
    }
    candidates.sort { $0.logMass > $1.logMass }
    let least = (candidates.first?.logMass ?? 0) - settings.keptStarts
    var chosen: [(cell: CellPosterior, block: Block, logMass: Double)] = []
    for candidate in candidates {
      if chosen.count == count || candidate.logMass < least { break }
      let isNeighbour = chosen.contains {
        abs($0.block.limit - candidate.block.limit) <= 2
          && grid.areNeighbours($0.cell.first, candidate.cell.first)
          && grid.areNeighbours($0.cell.second, candidate.cell.second)
      }
      if !isNeighbour { chosen.append(candidate) }
    }
    return chosen.map { start in
      let design = designs[start.block.limit]
      let cell = start.cell
      var constants = [log(design.gap), cell.beta, cell.mean.0]
      for (place, change) in [(cell.first, cell.mean.1), (cell.second, cell.mean.2)]
      where place >= 0 {
        constants += [change, grid.location(of: place), log(grid.width(of: place))]
      }
      return (constants, start.block.noise)
    }
  }
}
