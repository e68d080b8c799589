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
  /// Per cell: normalised moment over sqrt(2S); log prior less half the log of its norm, ...
  private var height: [Double]
  private var offset: [Double]
  /// ... 1/norm, and correlation with E.
  private var scale: [Double]
  private var tilt: [Double]
  /// Per pair, row by row: the log of its weight.
  private var exponents: [Double]
  private var candidates: [(cell: Cell, weight: Double)] = []
  private var blocks: [Block] = []
  /// Log evidence of the heaviest block of each prior and number of breaks.
  private var heaviest: [Double] = []

  init(grid: BreakGrid, pass: PosteriorSettings.Pass, settings: PosteriorSettings) {
    cells = grid.count
    cellsPerLocation = grid.widths.count
    logProbability = grid.logProbability
    mostCells = pass.mostCells
    keptCells = settings.keptCells
    keptBlocks = settings.keptBlocks
    height = [Double](repeating: 0, count: cells)
    offset = height
    scale = height
    tilt = height
    exponents = [Double](repeating: 0, count: cells * cells)
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
      scale[cell] = 1 / norm.squareRoot()
      tilt[cell] = product * endRoot * scale[cell]
      height[cell] = moment * scale[cell] * inverseRoot
      offset[cell] = logProbability[cell] - log(norm) / 2
    }
    let single = common + (log(changePrecision) - changePenalty / variance) / 2
    add(single + weighSingles(), breaks: 1, cells: keep())
    guard mostBreaks > 1 else { return }
    let double = common + log(changePrecision) - changePenalty / variance + log(2)
    let best = weighPairs(gram: design.gram, width: design.width)
    // No sum of pairs exceeds their number times the largest term.
    let bound = double + best + log(Double(cells * cells))
    guard bound > heaviest[priorIndex * 3 + 2] - keptBlocks else { return }
    add(double + best + log(sumPairs(best: best)), breaks: 2, cells: keep())
  }

  /// Fills `candidates` with the heavy single breaks; returns the log of the sum of all.
  private mutating func weighSingles() -> Double {
    candidates.removeAll(keepingCapacity: true)
    var best = -Double.infinity
    for cell in 0..<cells { best = max(best, offset[cell] + height[cell] * height[cell]) }
    var sum = 0.0
    let least = exp(-keptCells)
    for cell in 0..<cells {
      let weight = exp(offset[cell] + height[cell] * height[cell] - best)
      sum += weight
      if weight > least { candidates.append((Cell(first: cell, second: -1, share: 0), weight)) }
    }
    return best + log(sum)
  }

  /// Correlations are kept this far from 1.
  private static let leastRest = 1e-9

  /// Fills `exponents` with the log weights of all pairs; returns the largest.
  private mutating func weighPairs(gram: [Double], width: Int) -> Double {
    let cells = self.cells
    let perLocation = cellsPerLocation
    return withPointers(gram) { gram, height, offset, scale, tilt, exponents in
      var best = SIMD2<Double>(repeating: -.infinity)
      for first in 0..<cells {
        let begin = (first / perLocation + 1) * perLocation
        guard begin < cells else { break }
        let row = gram + (first + 1) * width + 1
        let place = first * cells
        let firstHeight = SIMD2(repeating: height[first])
        let square = firstHeight * firstHeight
        let firstOffset = SIMD2(repeating: offset[first])
        let firstScale = SIMD2(repeating: scale[first])
        let firstTilt = SIMD2(repeating: tilt[first])
        var second = begin
        while second < cells {
          // The last two lanes may be one pair twice.
          let next = min(second + 1, cells - 1)
          let correlation =
            SIMD2(row[second], row[next]) * firstScale * SIMD2(scale[second], scale[next])
            - firstTilt * SIMD2(tilt[second], tilt[next])
          let rest = 1 - correlation * correlation
          let least = SIMD2(repeating: CellEvidence.leastRest)
          let spread = 1 / rest.replacing(with: least, where: rest .< least)
          let other = SIMD2(height[second], height[next])
          let quadratic = square + other * (other - 2 * correlation * firstHeight)
          let exponent =
            firstOffset + SIMD2(offset[second], offset[next]) + quadratic * spread
            + 0.5 * approximateLog(spread)
          exponents[place + second] = exponent[0]
          exponents[place + next] = exponent[1]
          best = best.replacing(with: exponent, where: exponent .> best)
          second += 2
        }
      }
      return max(best[0], best[1])
    }
  }

  /// Fills `candidates` with the heavy pairs of breaks; returns the sum of all relative to `best`.
  private mutating func sumPairs(best: Double) -> Double {
    candidates.removeAll(keepingCapacity: true)
    var sum = 0.0
    exponents.withUnsafeBufferPointer { exponents in
      for first in 0..<cells {
        let begin = (first / cellsPerLocation + 1) * cellsPerLocation
        for second in begin..<max(begin, cells) {
          let exponent = exponents[first * cells + second] - best
          guard exponent > -CellEvidence.summed else { continue }
          let weight = exp(exponent)
          sum += weight
          if exponent > -keptCells {
            candidates.append((Cell(first: first, second: second, share: 0), weight))
          }
        }
      }
    }
    return sum
  }

  /// Pairs this many nats behind the best are too light to add up to anything.
  private static let summed = 11.0

  /// The candidates with their shares, at most `mostCells` of them by systematic resampling.
  private func keep() -> [Cell] {
    let total = candidates.reduce(0) { $0 + $1.weight }
    guard candidates.count > mostCells else {
      return candidates.map {
        Cell(first: $0.cell.first, second: $0.cell.second, share: $0.weight / total)
      }
    }
    var kept: [Cell] = []
    var passed = 0.0
    var drawn = 0
    for candidate in candidates {
      passed += candidate.weight / total * Double(mostCells)
      let before = drawn
      while drawn < mostCells && Double(drawn) + 0.5 < passed { drawn += 1 }
      guard drawn > before else { continue }
      kept.append(
        Cell(
          first: candidate.cell.first, second: candidate.cell.second,
          share: Double(drawn - before) / Double(mostCells)))
    }
    return kept
  }

  private mutating func withPointers<Result>(
    _ gram: [Double],
    _ body: (
      UnsafePointer<Double>, UnsafePointer<Double>, UnsafePointer<Double>, UnsafePointer<Double>,
      UnsafePointer<Double>, UnsafeMutablePointer<Double>
    ) -> Result
  ) -> Result {
    // The pointers of Swift arrays passed in this way live until `body` returns.
    body(gram, height, offset, scale, tilt, &exponents)
  }
}

/// ln of positive normal numbers, to 2e-5.
///
/// The exponent's bits, and a polynomial for the significand m: least squares for ln(1 + m) at
/// Chebyshev points of [0, 1].
@inline(__always)
private func approximateLog(_ value: SIMD2<Double>) -> SIMD2<Double> {
  let bits = unsafeBitCast(value, to: SIMD2<UInt64>.self)
  // An integer below 2^52 becomes a double by setting the bits of 2^52 above it.
  let exponent =
    unsafeBitCast((bits &>> 52) | 0x4330_0000_0000_0000, to: SIMD2<Double>.self)
    - 4_503_599_627_371_519
  let m =
    unsafeBitCast((bits & 0x000F_FFFF_FFFF_FFFF) | 0x3FF0_0000_0000_0000, to: SIMD2<Double>.self)
    - 1
  var series = m * 0.030449005 + (-0.13158183)
  series = series * m + 0.28527268
  series = series * m + (-0.49023072)
  series = series * m + 0.99923548
  return exponent * 0.693147180559945309 + series * m + 9.9750326e-06
}
