import Glibc

/// The cells of one limit, noise level, prior and number of breaks, with their joint evidence.
struct Block {
  let prior: Int
  let breaks: Int
  let limit: Int
  let noise: Double
  /// Log evidence of all the block's cells together, each cell weighted by its prior probability.
  let logEvidence: Double
  var cells: [CellPosterior]
}

/// One hypothesis of where the breaks lie, with its share of the block.
struct Cell {
  /// Grid cells of the breaks; -1 where there is none.
  let first: Int
  let second: Int
  let share: Double
}

/// The closed-form evidence of every cell at one limit, noise level and prior.
///
/// Integrating out (beta, E, c), with S the noise variance, prior precisions (in units of 1/S)
/// lE = S/tE^2 and lc = S/tc^2, and columns made orthogonal to E:
///
///     ln p = base - (q0 + b lc mc^2 - h' G^-1 h)/(2S) + b ln(lc)/2 - ln det(G)/2 + ln p(cells)
///
/// For one break that is h^2/g; for two see `PairEvidence`.
struct CellEvidence {
  private let cells: Int
  private let logProbability: [Lanes]
  private let mostCells: Int
  private let keptCells: Double
  /// Number of points, and their squares within the bins.
  private let points: Double
  private let within: Double
  private var columns: [PairEvidence.Columns]
  /// Log evidence of every cell but for what all have in common.
  private var singles: [Lanes]
  private var pairs: PairEvidence
  /// For each limit and prior, what the pairs promise at higher noise.
  private var prospects: [Int: Prospect] = [:]

  /// The tangent of log evidence in ln S, S the noise variance, at the last level.
  ///
  /// The evidence is nearly concave there, so that its tangent bounds it. With R the mean squares of
  /// the residuals its slope is at most (R/S - n + k)/2, k constants being integrated out.
  private struct Prospect {
    let logVariance: Double
    let logEvidence: Double
    let slope: Double

    func logEvidence(atLogVariance logVariance: Double) -> Double {
      logEvidence + slope * (logVariance - self.logVariance)
    }
  }

  init(
    bins: BinnedCurve, grid: BreakGrid, pass: PosteriorSettings.Pass, settings: PosteriorSettings
  ) {
    points = Double(bins.points)
    within = bins.within
    cells = grid.count
    logProbability = grid.logProbability.lanes(filler: -.infinity)
    mostCells = pass.mostCells
    keptCells = settings.keptCells
    singles = logProbability
    columns = grid.logProbability.map { exp($0) }.lanes(filler: 0).map {
      .init(norm: .zero, moment: .zero, tilt: .zero, probability: $0)
    }
    pairs = PairEvidence(grid: grid)
  }

  /// The blocks with 0 ... `mostBreaks` breaks, less those with two that have no more evidence than
  /// `leastOfPairs`.
  ///
  /// Noise levels are to be asked for in ascending order. `base` is the log density's part that no
  /// cell changes.
  mutating func blocks(
    design: LinearizedDesign, limit: Int, prior: LawPrior, priorIndex: Int, noise: Double,
    base: Double, mostBreaks: Int, leastOfPairs: Double = -.infinity
  ) -> [Block] {
    let variance = noise * noise
    let endPrecision = variance / (prior.endExponent.deviation * prior.endExponent.deviation)
    let changePrecision = variance / (prior.change.deviation * prior.change.deviation)
    let endNorm = design.gram[0] + endPrecision
    let endMoment = design.moment[0] + endPrecision * prior.endExponent.mean
    let straight =
      design.responseNorm + endPrecision * prior.endExponent.mean * prior.endExponent.mean
      - endMoment * endMoment / endNorm
    let changePenalty = changePrecision * prior.change.mean * prior.change.mean
    let density = base - log(design.constantNorm) / 2 + log(variance) / 2
    let common = density + (log(endPrecision) - log(endNorm)) / 2 - straight / (2 * variance)
    func block(_ breaks: Int, _ logEvidence: Double, _ cells: [Cell]) -> Block {
      Block(
        prior: priorIndex, breaks: breaks, limit: limit, noise: noise, logEvidence: logEvidence,
        cells: cells.map { CellPosterior(cell: $0, design: design, prior: prior, noise: noise) })
    }
    var blocks = [block(0, common, [Cell(first: -1, second: -1, share: 1)])]
    guard mostBreaks > 0 else { return blocks }

    let inverseRoot = 1 / (2 * variance).squareRoot()
    let endRoot = 1 / endNorm.squareRoot()
    let endShare = endMoment / endNorm
    for (group, products) in design.cellProducts.enumerated() {
      let tilt = products.withEnd * endRoot
      let norm = products.square - tilt * tilt + changePrecision
      let moment =
        (products.withResponse - products.withEnd * endShare + changePrecision * prior.change.mean)
        * inverseRoot
      columns[group].norm = norm
      columns[group].moment = moment
      columns[group].tilt = tilt
      singles[group] = logProbability[group] + moment * moment / norm - norm.logarithm * 0.5
    }
    let single = common + (log(changePrecision) - changePenalty / variance) / 2
    let (total, heavy) = weighSingles()
    blocks.append(block(1, single + total, heavy))
    guard mostBreaks > 1 else { return blocks }

    let key = 8 * limit + priorIndex
    let logVariance = log(variance)
    if let prospect = prospects[key],
      prospect.logEvidence(atLogVariance: logVariance) < leastOfPairs
    {
      return blocks
    }
    let double = common + log(changePrecision) - changePenalty / variance + log(2)
    let logEvidence =
      double + pairs.weigh(columns, singles: singles, gram: design.gram, width: design.width)
    let pair = block(2, logEvidence, pairs.heaviest(most: mostCells, within: keptCells))
    let squares = pair.cells.reduce(within) { $0 + $1.share * $1.squares }
    prospects[key] = Prospect(
      logVariance: logVariance, logEvidence: logEvidence,
      slope: (squares / variance - points + 4) / 2)
    if logEvidence > leastOfPairs { blocks.append(pair) }
    return blocks
  }

  /// The log of the sum of all single breaks, and the heavy ones.
  private func weighSingles() -> (logSum: Double, cells: [Cell]) {
    let best = singles.reduce(singles[0]) { $0.replacing(with: $1, where: $1 .> $0) }.max()
    let least = exp(-keptCells)
    var weights = singles
    var (total, heavy, count) = (Lanes.zero, Lanes.zero, Lanes.zero)
    for group in weights.indices {
      let weight = (singles[group] - best).exponential
      let isHeavy = weight .> least
      let kept = Lanes.zero.replacing(with: weight, where: isHeavy)
      total += weight
      heavy += kept
      count += Lanes.zero.replacing(with: Lanes(repeating: 1), where: isHeavy)
      weights[group] = kept
    }
    var sampler = SystematicSampler(most: mostCells)
    sampler.begin(total: heavy.sum(), count: Int(count.sum()))
    for cell in 0..<cells where weights[cell / 4][cell % 4] > 0 {
      sampler.pass(cell, -1, weight: weights[cell / 4][cell % 4])
    }
    return (best + log(total.sum()), sampler.cells)
  }
}
