import Glibc

/// Starting points for a fit, from a grid over the constants that are not linear.
///
/// Given the limit a and the place delta and sharpness f of every break, ln(v - a) is linear in all
/// other constants, so that each cell of a grid over (a, delta, f) costs one tiny linear solve
/// ("variable projection", Golub and Pereyra 1973), and Gram matrices make that cost independent of
/// the number of points. The linear basis, in a coordinate tau that grows with progress, is
///
///     g = beta - E tau + sum_k c_k psi_k,    psi = -f sp(-(tau - delta)/f)
///
/// with E the exponent after all breaks: psi vanishes there, so a prior on E and on the c is
/// diagonal. A value's error in ln(v - a) is its error on the objective's scale times the slope of
/// one in the other, which gives the weights.
struct VariableProjection {
  private let tau: [Double]
  private let observations: Observations
  private let prior: ExponentPrior?
  private let progress: Progress
  private let limits: [Double]
  private let locations: [Double]
  private let sharpnesses: [Double]

  /// A point of the grid with its cost.
  private struct Candidate {
    var cost: Double
    var limit: Int
    /// Indices of the cells of (delta, f), ascending.
    var cells: [Int]
  }

  /// Cells of the grid.
  struct Resolution {
    var limits = 12
    var locations: Int
    var sharpnesses: Int
    /// How many starts are handed on.
    var starts: Int

    static func usual(breaks: Int) -> Resolution {
      switch breaks {
      case 0, 1: Resolution(locations: 24, sharpnesses: 8, starts: 12)
      case 2: Resolution(locations: 24, sharpnesses: 8, starts: 32)
      default: Resolution(locations: 18, sharpnesses: 5, starts: 16)
      }
    }
  }

  private let resolution: Resolution

  init(
    _ observations: Observations, bounds: LawBounds, prior: ExponentPrior?, progress: Progress,
    resolution: Resolution
  ) {
    let binned = observations.binned(to: 128)
    self.observations = binned
    self.prior = prior
    self.progress = progress
    self.resolution = resolution
    tau = binned.t.map { $0 * progress.sign }
    let smallest = binned.values.min() ?? 0
    let spread = (binned.values.max() ?? 0) - smallest
    limits = Self.limits(
      bounds.limit, below: smallest, spread: spread, count: resolution.limits)
    let ends = [bounds.location.lowerBound, bounds.location.upperBound]
      .map { $0 * progress.sign }.sorted()
    let step = (ends[1] - ends[0]) / Double(resolution.locations)
    locations = (0..<resolution.locations).map { ends[0] + (Double($0) + 0.5) * step }
    sharpnesses = Self.geometric(
      from: bounds.sharpness.lowerBound, to: bounds.sharpness.upperBound,
      count: resolution.sharpnesses)
  }

  /// Limits whose distances below the smallest value grow geometrically.
  private static func limits(
    _ range: ClosedRange<Double>, below smallest: Double, spread: Double, count: Int
  ) -> [Double] {
    let deepest = smallest - range.lowerBound
    guard range.upperBound > range.lowerBound, deepest > 0 else { return [range.lowerBound] }
    let shallowest = max(smallest - range.upperBound, min(0.01 * spread, deepest / 2))
    guard shallowest < deepest else { return [range.lowerBound] }
    return geometric(from: shallowest, to: deepest, count: count).map { smallest - $0 }
  }

  private static func geometric(from first: Double, to last: Double, count: Int) -> [Double] {
    guard count > 1, first > 0, last > first else { return [first] }
    let ratio = log(last / first) / Double(count - 1)
    return (0..<count).map { first * exp(ratio * Double($0)) }
  }

  /// Parameters of the most promising cells that differ from each other, best first.
  func starts(breaks: Int) -> [[Double]] {
    let cellCount = locations.count * sharpnesses.count
    let basis = breaks == 0 ? [] : cellBasis()
    var candidates: [Candidate] = []
    var systems: [LinearizedSystem] = []
    for (index, limit) in limits.enumerated() {
      let system = LinearizedSystem(
        tau: tau, observations: observations, limit: limit, basis: basis, prior: prior,
        cells: cellCount, needsGram: breaks >= 2)
      systems.append(system)
      candidates += Self.candidates(
        in: system, limit: index, breaks: breaks, locations: locations.count,
        sharpnesses: sharpnesses.count)
    }
    candidates.sort { ($0.cost, $0.limit) < ($1.cost, $1.limit) }
    var chosen: [Candidate] = []
    var result: [[Double]] = []
    for candidate in candidates {
      guard chosen.count < resolution.starts else { break }
      guard chosen.allSatisfy({ differs($0, candidate) }),
        let theta = parameters(of: candidate, in: systems[candidate.limit])
      else { continue }
      chosen.append(candidate)
      result.append(theta)
    }
    return result
  }

  /// More than one cell apart in some delta or f, or more than two in a.
  private func differs(_ a: Candidate, _ b: Candidate) -> Bool {
    if abs(a.limit - b.limit) > 2 || a.cells.isEmpty { return true }
    return zip(a.cells, b.cells).contains { i, j in
      let count = sharpnesses.count
      return abs(i / count - j / count) > 1 || abs(i % count - j % count) > 1
    }
  }

  /// psi of every cell (row) at every tau (column), rows in groups of four.
  private func cellBasis() -> [Double] {
    var basis: [Double] = []
    basis.reserveCapacity(locations.count * sharpnesses.count * tau.count)
    for delta in locations {
      for f in sharpnesses {
        for tau in tau { basis.append(-f * softplus((delta - tau) / f)) }
      }
    }
    return basis
  }

  private static func candidates(
    in system: LinearizedSystem, limit: Int, breaks: Int, locations: Int, sharpnesses: Int
  ) -> [Candidate] {
    switch breaks {
    case 0:
      return [Candidate(cost: system.costWithoutBreaks, limit: limit, cells: [])]
    case 1:
      return singles(in: system, limit: limit, locations: locations, sharpnesses: sharpnesses)
    case 2:
      return pairs(in: system, limit: limit, sharpnesses: sharpnesses, locations: locations)
    default:
      // Beam search: the best sets of one break fewer, each extended by every cell.
      var beam = pairs(in: system, limit: limit, sharpnesses: sharpnesses, locations: locations)
      beam.sort { $0.cost < $1.cost }
      for size in 3...breaks {
        var extended: [Candidate] = []
        var seen: Set<[Int]> = []
        for set in beam.prefix(12) {
          for (cell, cost) in system.costs(extending: set.cells) {
            let cells = (set.cells + [cell]).sorted()
            if seen.insert(cells).inserted {
              extended.append(Candidate(cost: cost, limit: limit, cells: cells))
            }
          }
        }
        extended.sort { $0.cost < $1.cost }
        beam = Array(extended.prefix(size == breaks ? 48 : 12))
      }
      return beam
    }
  }

  /// Local minima over the grid of one break's place and sharpness.
  private static func singles(
    in system: LinearizedSystem, limit: Int, locations: Int, sharpnesses: Int
  ) -> [Candidate] {
    let costs = (0..<(locations * sharpnesses)).map(system.cost(ofCell:))
    var result: [Candidate] = []
    for i in 0..<locations {
      for j in 0..<sharpnesses {
        let cost = costs[i * sharpnesses + j]
        guard cost.isFinite else { continue }
        var isLowest = true
        for k in max(i - 1, 0)...min(i + 1, locations - 1) {
          for l in max(j - 1, 0)...min(j + 1, sharpnesses - 1)
          where costs[k * sharpnesses + l] < cost { isLowest = false }
        }
        if isLowest {
          result.append(Candidate(cost: cost, limit: limit, cells: [i * sharpnesses + j]))
        }
      }
    }
    return result
  }

  /// The best pair of cells for every pair of regions of the two places.
  private static func pairs(
    in system: LinearizedSystem, limit: Int, sharpnesses: Int, locations: Int
  ) -> [Candidate] {
    let regions = 8
    var best = [(cost: Double, first: Int, second: Int)](
      repeating: (.infinity, 0, 0), count: regions * regions)
    let cells = locations * sharpnesses
    for first in 0..<cells {
      let row = first / sharpnesses * regions / locations * regions
      // Two breaks at one place are one break.
      for second in min((first / sharpnesses + 1) * sharpnesses, cells)..<cells {
        let cost = system.cost(ofPair: first, second)
        let region = row + second / sharpnesses * regions / locations
        if cost < best[region].cost { best[region] = (cost, first, second) }
      }
    }
    return best.filter { $0.cost.isFinite }.map {
      Candidate(cost: $0.cost, limit: limit, cells: [$0.first, $0.second])
    }
  }

  /// The parameters of a fit at a candidate's cells; nil when a change of exponent is out of range.
  private func parameters(of candidate: Candidate, in system: LinearizedSystem) -> [Double]? {
    guard let linear = system.solution(cells: candidate.cells),
      linear.changes.allSatisfy({ abs($0) <= LawBounds.largestExponentChange })
    else { return nil }
    let breaks = zip(candidate.cells, linear.changes).map { cell, change in
      (
        change: change, location: locations[cell / sharpnesses.count] * progress.sign,
        sharpness: sharpnesses[cell % sharpnesses.count]
      )
    }.sorted { $0.location < $1.location }
    var theta = [limits[candidate.limit], linear.beta, 0]
    switch progress {
    case .increasing:
      // psi = (tau - delta) - f sp(z): the linear part goes into beta and c0.
      theta[1] -= breaks.reduce(0) { $0 + $1.change * $1.location }
      theta[2] = linear.endExponent - breaks.reduce(0) { $0 + $1.change }
    case .decreasing:
      // Mirrored, psi = -f sp(z) with z of the law itself.
      theta[2] = -linear.endExponent
    }
    for b in breaks { theta += [b.change, b.location, log(b.sharpness)] }
    return theta
  }
}
