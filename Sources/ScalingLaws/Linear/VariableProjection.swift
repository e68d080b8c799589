import Glibc

/// Starting points for a fit, from a grid over the constants that are not linear.
///
/// Given the limit a and the place delta and sharpness f of every break, ln(v - a) is linear in all
/// other constants, so that each cell of a grid over (a, delta, f) costs one tiny linear solve
/// ("variable projection", Golub and Pereyra 1973). The linear basis, in a coordinate tau that grows
/// with progress, is
///
///     g = beta - E tau + sum_k c_k psi_k,    psi = -f sp(-(tau - delta)/f)
///
/// with E the exponent after all breaks: psi vanishes there, so a prior on E and on the c is
/// diagonal. A value's error in ln(v - a) is its error on the objective's scale times the slope of
/// one in the other, which gives the weights.
struct VariableProjection {
  private let points: LinearizedPoints
  private let pointCount: Int
  private let prior: ExponentPrior?
  private let progress: Progress
  private let limits: [Double]
  private let smallest: Double
  private let grid: BreakBasis
  /// The same on more points, for laws that are extended by one break.
  private let finePoints: LinearizedPoints
  private lazy var fineGrid = BreakBasis(grid.breaks, at: finePoints.tau)
  private lazy var fineSystems = limits.map {
    LinearizedSystem(finePoints, limit: $0, basis: fineGrid, prior: prior)
  }
  /// One for each limit.
  private lazy var systems = limits.map {
    LinearizedSystem(points, limit: $0, basis: grid, prior: prior)
  }

  /// Above this number of points the grid is laid on as many bins.
  private static let bins = 32
  private static let limitCount = 18
  /// Places of a break, and sharpnesses at each: a multiple of four, twice as many where there are no
  /// sets of breaks to try.
  private static let places = 32
  private let sharpnesses: Int

  /// A point of the grid with its cost.
  private struct Candidate {
    var cost: Double
    var limit: Int
    /// Indices of the breaks in the grid, ascending.
    var cells: [Int]
  }

  /// For laws with at most so many breaks: those with none need no grid of them.
  init(
    _ observations: Observations, mostBreaks: Int, bounds: LawBounds, prior: ExponentPrior?,
    progress: Progress
  ) {
    let binned = observations.binned(to: Self.bins)
    points = LinearizedPoints(binned, progress: progress)
    pointCount = binned.count
    finePoints = LinearizedPoints(observations.binned(to: 256), progress: progress)
    self.prior = prior
    self.progress = progress
    self.smallest = observations.values.min() ?? 0
    let smallest = binned.values.min() ?? 0
    let spread = (binned.values.max() ?? 0) - smallest
    limits = Self.limits(bounds.limit, below: smallest, spread: spread)
    let location = Bounds(
      bounds.location.lower * progress.sign, bounds.location.upper * progress.sign)
    let step = location.width / Double(Self.places)
    sharpnesses = mostBreaks == 1 ? 8 : 4
    let widths = Self.geometric(
      from: bounds.sharpness.lower, to: 0.3 * bounds.sharpness.upper, count: sharpnesses)
    let places = mostBreaks == 0 ? 0 : Self.places
    grid = BreakBasis(
      (0..<places).flatMap { place in
        widths.map {
          BreakShape(location: location.lower + (Double(place) + 0.5) * step, sharpness: $0)
        }
      }, at: points.tau)
  }

  /// Limits whose distances below the smallest value grow geometrically.
  private static func limits(
    _ range: Bounds, below smallest: Double, spread: Double
  ) -> [Double] {
    let deepest = smallest - range.lower
    guard range.upper > range.lower, deepest > 0 else { return [range.lower] }
    let shallowest = max(smallest - range.upper, 1e-3 * deepest)
    guard shallowest < deepest else { return [range.lower] }
    let headroom = range.upper - smallest
    let above =
      headroom > 0
      ? geometric(from: headroom / 2, to: headroom / 32, count: 5).map { smallest + $0 } : []
    return above + geometric(from: shallowest, to: deepest, count: limitCount).map { smallest - $0 }
  }

  private static func geometric(from first: Double, to last: Double, count: Int) -> [Double] {
    guard count > 1, first > 0, last > 0, last != first else {
      return Array(repeating: first, count: count)
    }
    let ratio = log(last / first) / Double(count - 1)
    return (0..<count).map { first * exp(ratio * Double($0)) }
  }

  /// Parameters of the most promising laws with no break or some that differ from each other,
  /// best first.
  mutating func starts(breaks: Int) -> [[Double]] {
    let most = [4, 12, 24, 72][breaks]
    let systems = systems
    var candidates: [Candidate] = []
    // With three breaks every second limit is enough: neighbours hardly differ.
    let step = breaks < 3 ? 1 : 2
    for limit in stride(from: 0, to: systems.count, by: step) {
      let system = systems[limit]
      switch breaks {
      case 0: candidates.append(Candidate(cost: system.costWithoutBreaks, limit: limit, cells: []))
      case 1:
        for (cell, cost) in lowest(system.costsOfOneBreak) {
          candidates.append(Candidate(cost: cost, limit: limit, cells: [cell]))
        }
      default:
        candidates += BreakSets(system, size: breaks, places: Self.places).best().map {
          Candidate(cost: $0.cost, limit: limit, cells: $0.cells)
        }
      }
    }
    candidates.sort { ($0.cost, $0.limit) < ($1.cost, $1.limit) }
    var chosen: [Candidate] = []
    var result: [[Double]] = []
    for candidate in candidates {
      guard chosen.count < most else { break }
      guard chosen.allSatisfy({ differs($0, candidate) }),
        let theta = parameters(
          limit: limits[candidate.limit], system: systems[candidate.limit],
          cells: candidate.cells, basis: grid)
      else { continue }
      chosen.append(candidate)
      result.append(theta)
    }
    return result
  }

  /// Parameters of laws with one break more than a law, where it lowers the cost most.
  mutating func starts(extending theta: [Double], most count: Int) -> [[Double]] {
    let breaks = stride(from: 3, to: theta.count, by: 3).map {
      BreakShape(location: theta[$0 + 1] * progress.sign, sharpness: exp(theta[$0 + 2]))
    }
    let basis = fineGrid.appending(BreakBasis(breaks, at: finePoints.tau))
    let known = Array(grid.count..<basis.count)
    let nearer = [0.5, 0.9, 0.99, 0.999].map { theta[0] + (smallest - theta[0]) * $0 }
    let own = [theta[0]] + nearer
    let tried = own + limits
    let systems =
      own.map { LinearizedSystem(finePoints, limit: $0, basis: basis, prior: prior) }
      + fineSystems.map { $0.extended(to: basis) }
    var candidates: [Candidate] = []
    for (limit, system) in systems.enumerated() {
      let costs = system.costs(extending: known, byFirst: grid.count)
      candidates += lowest(costs).map { Candidate(cost: $0.cost, limit: limit, cells: [$0.cell]) }
    }
    candidates.sort { ($0.cost, $0.limit) < ($1.cost, $1.limit) }
    var chosen: [Candidate] = []
    var result: [[Double]] = []
    for candidate in candidates {
      guard chosen.count < count else { break }
      guard
        chosen.allSatisfy({
          $0.limit < own.count || candidate.limit < own.count
            ? $0.cells != candidate.cells : differs($0, candidate)
        }),
        let theta = parameters(
          limit: tried[candidate.limit], system: systems[candidate.limit],
          cells: known + candidate.cells, basis: basis)
      else { continue }
      chosen.append(candidate)
      result.append(theta)
    }
    return result
  }

  /// More than one cell apart in some delta or f; with at most one break also more than two in a:
  /// descents of several breaks find their own way to it.
  private func differs(_ a: Candidate, _ b: Candidate) -> Bool {
    if a.cells.isEmpty || (a.cells.count == 1 && abs(a.limit - b.limit) > 2) { return true }
    return zip(a.cells, b.cells).contains { i, j in
      let count = sharpnesses
      return abs(i / count - j / count) > 1 || abs(i % count - j % count) > 1
    }
  }

  /// Local minima of a cost over the grid of a break's place and sharpness.
  private func lowest(_ costs: [Double]) -> [(cell: Int, cost: Double)] {
    let (places, widths) = (Self.places, sharpnesses)
    return costs.withUnsafeBufferPointer { costs in
      var minima: [(cell: Int, cost: Double)] = []
      for place in 0..<places {
        for width in 0..<widths {
          let cost = costs[place * widths + width]
          guard cost.isFinite else { continue }
          let near = max(width - 1, 0)..<min(width + 2, widths)
          func isUndercut(at place: Int) -> Bool {
            near.contains { costs[place * widths + $0] < cost }
          }
          if isUndercut(at: place) || (place > 0 && isUndercut(at: place - 1))
            || (place + 1 < places && isUndercut(at: place + 1))
          {
            continue
          }
          minima.append((place * widths + width, cost))
        }
      }
      return minima
    }
  }

  /// The parameters of a fit with some breaks of a basis; nil when they cannot be told apart or
  /// change the exponent too much.
  private func parameters(
    limit: Double, system: LinearizedSystem, cells: [Int], basis: BreakBasis
  ) -> [Double]? {
    guard let linear = system.solution(cells) else { return nil }
    let breaks = zip(cells, linear.changes).map { cell, change in
      (
        change: change, location: basis.breaks[cell].location * progress.sign,
        sharpness: basis.breaks[cell].sharpness
      )
    }.sorted { $0.location < $1.location }
    var theta = [limit, linear.beta, 0]
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
