import Glibc

/// The cells of one limit, noise level, prior and number of breaks, with their joint evidence.
struct Block {
  let prior: Int
  let breaks: Int
  let limit: Int
  let noise: Double
  /// Log evidence of all the block's cells together, each cell weighted by its prior probability.
  let logEvidence: Double
  let cells: [Cell]
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
/// Columns are scaled to unit norm first, so that a pair of breaks needs its correlation r only:
/// h' G^-1 h = (h1^2 + h2^2 - 2 r h1 h2)/(1 - r^2), det G = 1 - r^2.
struct CellEvidence {
  private let cells: Int
  private let cellsPerLocation: Int
  private let logProbability: [Double]
  private let mostCells: Int
  private let keptCells: Double
  private let keptBlocks: Double
  /// Cells in groups of four: normalised moment over sqrt(2S); log prior less half the log of its
  /// norm, -infinity in what fills up the last group; ...
  private var height: [Lanes]
  private var offset: [Lanes]
  /// ... 1/norm, and correlation with E.
  private var scale: [Lanes]
  private var tilt: [Lanes]
  /// Per pair, row by row: the log of its weight but for (1 - r^2)^-1/2, and (1 - r^2)^-1; in the
  /// end, in place of the former, the weight.
  private var weights: [Lanes]
  private var spreads: [Lanes]
  /// Per row of pairs the largest exponent; in the end the largest weight.
  private var rows: [Double]
  private var blocks: [Block] = []
  /// Log evidence of the heaviest block of each prior and number of breaks.
  private var heaviest: [Double] = []
  /// For each limit and prior, the last noise variance and by how much the evidence of the pairs
  /// exceeded the density's part that no cell changes.
  private var pairs: [Int: (variance: Double, excess: Double)] = [:]

  init(grid: BreakGrid, pass: PosteriorSettings.Pass, settings: PosteriorSettings) {
    cells = grid.count
    cellsPerLocation = grid.widths.count
    logProbability = grid.logProbability
    mostCells = pass.mostCells
    keptCells = settings.keptCells
    keptBlocks = settings.keptBlocks
    let groups = (cells + 3) / 4
    height = [Lanes](repeating: .zero, count: groups)
    offset = [Lanes](repeating: Lanes(repeating: -.infinity), count: groups)
    scale = height
    tilt = height
    weights = [Lanes](repeating: .zero, count: cells * groups)
    spreads = weights
    rows = [Double](repeating: -.infinity, count: cells)
    heaviest = [Double](repeating: -.infinity, count: pass.priors.count * 3)
  }

  /// The blocks found so far that are not too far behind the best of their kind.
  var heavyBlocks: [Block] {
    blocks.filter { $0.logEvidence > heaviest[$0.prior * 3 + $0.breaks] - keptBlocks }
  }

  /// Adds the blocks with 0 ... `mostBreaks` breaks; `base` is the log density's part that no
  /// cell changes.
  mutating func addBlocks(
    design: LinearizedDesign, limit: Int, prior: LawPrior, priorIndex: Int, noise: Double,
    base: Double, mostBreaks: Int
  ) {
    let variance = noise * noise
    let endPrecision = variance / (prior.endExponent.deviation * prior.endExponent.deviation)
    let changePrecision = variance / (prior.change.deviation * prior.change.deviation)
    let endNorm = design.gram[0] + endPrecision
    let endMoment = design.moment[0] + endPrecision * prior.endExponent.mean
    let straight =
      design.responseNorm + endPrecision * prior.endExponent.mean * prior.endExponent.mean
      - endMoment * endMoment / endNorm
    let changePenalty = changePrecision * prior.change.mean * prior.change.mean
    let common =
      base - log(design.constantNorm) / 2 + log(variance) / 2
      + (log(endPrecision) - log(endNorm)) / 2 - straight / (2 * variance)
    func add(_ logEvidence: Double, breaks: Int, cells: [Cell]) {
      let place = priorIndex * 3 + breaks
      heaviest[place] = max(heaviest[place], logEvidence)
      blocks.append(
        Block(
          prior: priorIndex, breaks: breaks, limit: limit, noise: noise, logEvidence: logEvidence,
          cells: cells))
    }
    add(common, breaks: 0, cells: [Cell(first: -1, second: -1, share: 1)])
    guard mostBreaks > 0 else { return }

    let inverseRoot = 1 / (2 * variance).squareRoot()
    let endRoot = 1 / endNorm.squareRoot()
    for cell in 0..<cells {
      let row = cell + 1
      let product = design.gram[row]
      let norm =
        design.gram[row * design.width + row] - product * product / endNorm + changePrecision
      let moment =
        design.moment[row] - product * endMoment / endNorm + changePrecision * prior.change.mean
      let root = 1 / norm.squareRoot()
      scale[cell / 4][cell % 4] = root
      tilt[cell / 4][cell % 4] = product * endRoot * root
      height[cell / 4][cell % 4] = moment * root * inverseRoot
      offset[cell / 4][cell % 4] = logProbability[cell] - log(norm) / 2
    }
    let single = common + (log(changePrecision) - changePenalty / variance) / 2
    let (total, singles) = weighSingles()
    add(single + total, breaks: 1, cells: singles)
    guard mostBreaks > 1 else { return }

    // From one noise variance S to a higher S': the penalised squares do not fall, and no
    // determinant of the three constants' precisions, in units of their priors', falls by more than
    // S'/S each. With Jensen's inequality for the power S/S' the evidence beyond `density` is at most
    // (S'/S)^(3/2) times its power S/S'.
    let density = base - log(design.constantNorm) / 2 + log(variance) / 2
    let key = limit * heaviest.count + priorIndex
    let least = heaviest[priorIndex * 3 + 2] - keptBlocks
    if let last = pairs[key], last.variance < variance {
      let ratio = last.variance / variance
      guard density + ratio * last.excess - 1.5 * log(ratio) > least else { return }
    }
    let double = common + log(changePrecision) - changePenalty / variance + log(2)
    let best = weighPairs(gram: design.gram, width: design.width)
    let sum = sumPairs(best: best)
    let logEvidence = double + best + log(sum.total)
    pairs[key] = (variance, logEvidence - density)
    if logEvidence > least { add(logEvidence, breaks: 2, cells: keepPairs(sum)) }
  }

  /// The log of the sum of all single breaks, and the heavy ones.
  private func weighSingles() -> (logSum: Double, cells: [Cell]) {
    var exponents = [Double](repeating: 0, count: cells)
    for cell in 0..<cells {
      let moment = height[cell / 4][cell % 4]
      exponents[cell] = offset[cell / 4][cell % 4] + moment * moment
    }
    let best = exponents.max() ?? 0
    let weights = exponents.map { exp($0 - best) }
    let least = exp(-keptCells)
    var sampler = SystematicSampler(most: mostCells)
    let heavy = weights.filter { $0 > least }
    sampler.begin(total: heavy.reduce(0, +), count: heavy.count)
    for cell in 0..<cells where weights[cell] > least {
      sampler.pass(cell, -1, weight: weights[cell])
    }
    return (best + log(weights.reduce(0, +)), sampler.cells)
  }

  /// Correlations are kept this far from 1.
  private static let leastRest = 1e-9
  /// Pairs whose exponents are this far behind the best are too light to add up to anything, even
  /// with the weight that correlation gives them.
  private static let summed = 18.0

  /// Fills `weights` with the exponents of all pairs and `spreads`; returns the largest exponent.
  private mutating func weighPairs(gram: [Double], width: Int) -> Double {
    let groups = height.count
    let (cells, perLocation) = (cells, cellsPerLocation)
    return Self.withPointers(gram, height, offset, scale, tilt, &weights, &spreads, &rows) {
      gram, height, offset, scale, tilt, weights, spreads, rows in
      var best = -Double.infinity
      for first in 0..<cells {
        var rowBest = Lanes(repeating: -.infinity)
        // Two breaks at one place are one break.
        let begin = (first / perLocation + 1) * perLocation
        guard begin < cells else { break }
        let row = UnsafeRawPointer(gram + (first + 1) * width + 1)
        let own = (group: first / 4, lane: first % 4)
        let ownHeight = height[own.group][own.lane]
        let (square, twice) = (ownHeight * ownHeight, 2 * ownHeight)
        let ownOffset = offset[own.group][own.lane]
        let ownScale = scale[own.group][own.lane]
        let ownTilt = tilt[own.group][own.lane]
        for group in (begin / 4)..<groups {
          let product = row.loadUnaligned(fromByteOffset: 32 * group, as: Lanes.self)
          let correlation = product * (scale[group] * ownScale) - tilt[group] * ownTilt
          let rest = 1 - correlation * correlation
          let least = Lanes(repeating: CellEvidence.leastRest)
          let spread = 1 / rest.replacing(with: least, where: rest .< least)
          let other = height[group]
          var exponent =
            offset[group] + ownOffset + (square + other * (other - correlation * twice)) * spread
          if group == begin / 4 {
            for lane in 0..<(begin % 4) { exponent[lane] = -.infinity }
          }
          weights[first * groups + group] = exponent
          spreads[first * groups + group] = spread
          rowBest = rowBest.replacing(with: exponent, where: exponent .> rowBest)
        }
        rows[first] = rowBest.max()
        best = max(best, rows[first])
      }
      return best
    }
  }

  /// Sums of the weights of pairs, relative to that of the largest exponent.
  private struct PairSum {
    var total = 0.0
    /// The largest weight.
    var largest = 0.0
  }

  /// Turns the exponents of pairs into weights.
  private mutating func sumPairs(best: Double) -> PairSum {
    let groups = height.count
    var total = Lanes.zero
    var largest = 0.0
    for first in 0..<cells {
      guard rows[first] > best - Self.summed else {
        rows[first] = 0
        continue
      }
      let places = (first * groups + rowGroups(first).lowerBound)..<((first + 1) * groups)
      var rowLargest = Lanes.zero
      weights.withUnsafeMutableBufferPointer { weights in
        spreads.withUnsafeBufferPointer { spreads in
          for place in places {
            let weight =
              (weights[place] - best).approximateExponential * spreads[place].squareRoot()
            weights[place] = weight
            total += weight
            rowLargest = rowLargest.replacing(with: weight, where: weight .> rowLargest)
          }
        }
      }
      rows[first] = rowLargest.max()
      largest = max(largest, rows[first])
    }
    return PairSum(total: total.sum(), largest: largest)
  }

  /// The groups of cells at later places than a cell's.
  private func rowGroups(_ first: Int) -> Range<Int> {
    let begin = (first / cellsPerLocation + 1) * cellsPerLocation / 4
    return min(begin, height.count)..<height.count
  }

  /// The heavy pairs with their shares.
  private func keepPairs(_ sum: PairSum) -> [Cell] {
    let groups = height.count
    let least = sum.largest * exp(-keptCells)
    var sampler = SystematicSampler(most: mostCells)
    let heavyRows = (0..<cells).filter { rows[$0] > least }
    weights.withUnsafeBufferPointer { weights in
      var count = Lanes.zero
      let totals = heavyRows.map { first in
        var total = Lanes.zero
        for group in rowGroups(first) {
          let four = weights[first * groups + group]
          let isHeavy = four .> least
          total += four.replacing(with: Lanes.zero, where: .!isHeavy)
          count += Lanes(repeating: 0).replacing(with: Lanes(repeating: 1), where: isHeavy)
        }
        return total.sum()
      }
      sampler.begin(total: totals.reduce(0, +), count: Int(count.sum()))
      for (first, total) in zip(heavyRows, totals) where !sampler.skip(total) {
        for group in rowGroups(first) {
          let four = weights[first * groups + group]
          let isHeavy = four .> least
          if sampler.skip(four.replacing(with: Lanes.zero, where: .!isHeavy).sum()) { continue }
          for lane in 0..<4 where four[lane] > least {
            sampler.pass(first, 4 * group + lane, weight: four[lane])
          }
        }
      }
    }
    return sampler.cells
  }

  private static func withPointers<Result>(
    _ gram: [Double], _ height: [Lanes], _ offset: [Lanes], _ scale: [Lanes], _ tilt: [Lanes],
    _ weights: inout [Lanes], _ spreads: inout [Lanes], _ rows: inout [Double],
    _ body: (
      UnsafePointer<Double>, UnsafePointer<Lanes>, UnsafePointer<Lanes>, UnsafePointer<Lanes>,
      UnsafePointer<Lanes>, UnsafeMutablePointer<Lanes>, UnsafeMutablePointer<Lanes>,
      UnsafeMutablePointer<Double>
    ) -> Result
  ) -> Result {
    // The pointers of Swift arrays passed in this way live until `body` returns.
    body(gram, height, offset, scale, tilt, &weights, &spreads, &rows)
  }
}

/// Draws at most so many of the cells that pass, in proportion to their weights and in their order.
///
/// No more cells than may be drawn are all kept with their shares.
private struct SystematicSampler {
  let most: Int
  private var keepsAll = false
  private var total = 0.0
  private var passed = 0.0
  private var drawn = 0
  private(set) var cells: [Cell] = []

  init(most: Int) {
    self.most = most
    cells.reserveCapacity(most)
  }

  /// Says what will pass.
  mutating func begin(total: Double, count: Int) {
    self.total = total
    keepsAll = count <= most
  }

  /// Lets cells pass together; false, and they must pass one by one, when some would be drawn.
  mutating func skip(_ weight: Double) -> Bool {
    let next = passed + weight / total * Double(most)
    guard !keepsAll, next < Double(drawn) + 0.499_999 else { return false }
    passed = next
    return true
  }

  mutating func pass(_ first: Int, _ second: Int, weight: Double) {
    var share = weight / total
    if !keepsAll {
      passed += share * Double(most)
      let before = drawn
      while drawn < most && Double(drawn) + 0.5 < passed { drawn += 1 }
      guard drawn > before else { return }
      share = Double(drawn - before) / Double(most)
    }
    cells.append(Cell(first: first, second: second, share: share))
  }
}

extension Lanes {
  /// e^x to 3e-7 for x up to 0, and 0 below -700.
  @inline(__always)
  fileprivate var approximateExponential: Lanes {
    let x = self.replacing(with: Lanes(repeating: -700), where: self .< -700)
    // 2^k e^r, |r| <= ln(2)/2; adding 1.5 * 2^52 leaves k in the low bits of the sum.
    let shifted = x * 0x1.71547652b82fep0 + 0x1.8p52
    let r = x - (shifted - 0x1.8p52) * 0.693147180559945309
    var p = r * (1 / 720) + (1 / 120)
    p = p * r + (1 / 24)
    p = p * r + (1 / 6)
    p = p * r + 0.5
    p = p * r + 1
    p = p * r + 1
    let exponent = unsafeBitCast(shifted, to: SIMD4<Int64>.self) &+ SIMD4<Int64>(repeating: 1023)
    return p * unsafeBitCast(exponent &<< SIMD4<Int64>(repeating: 52), to: Lanes.self)
  }
}
