import Glibc

/// Starting points for a fit, from a grid over the nonlinear constants.
///
/// Given the limit a and the place delta and width f of every break, ln(v - a) is linear in all
/// other constants, so each cell of a grid over (a, delta, f) needs one small linear solve
/// ("variable projection", Golub and Pereyra 1973). The linear basis, in a coordinate tau that
/// grows with progress, is
///
///     g = beta - E tau + sum_k c_k psi_k,    psi = -f sp(-(tau - delta)/f)
///
/// with E the exponent after all breaks: psi vanishes there, so a prior on E and on the c is
/// diagonal. Errors in ln(v - a) are converted to the objective's scale by its slope, which gives
/// the weights.
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

  /// The number of bins; with fewer points these are used themselves.
  private static let bins = 32
  private static let limitCount = 18
  /// The number of places of a break, and of widths at each: a multiple of four, twice as many when
  /// no sets of breaks are tried.
  private static let places = 32
  private let widthCount: Int

  /// A point of the grid with its cost.
  private struct Candidate {
    var cost: Double
    var limitIndex: Int
    /// Indices of the breaks in the grid, ascending.
    var cells: [Int]
  }

  /// A grid for laws with at most `mostBreaks` breaks.
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
    widthCount = mostBreaks == 1 ? 8 : 4
    let widths = Self.geometric(
      from: bounds.width.lower, to: 0.3 * bounds.width.upper, count: widthCount)
    let places = mostBreaks == 0 ? 0 : Self.places
    grid = BreakBasis(
      (0..<places).flatMap { place in
        widths.map {
          BreakShape(location: location.lower + (Double(place) + 0.5) * step, width: $0)
        }
      }, at: points.tau)
  }

  /// Limits with geometrically growing distances below the smallest value.
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

  /// Parameters of the most promising laws with `breaks` breaks that differ from each other, best
  /// first.
  mutating func starts(breaks: Int) -> [[Double]] {
    let most = [4, 12, 24, 72][breaks]
    let systems = systems
    var candidates: [Candidate] = []
    // With three breaks every second limit suffices.
    let step = breaks < 3 ? 1 : 2
    for limitIndex in stride(from: 0, to: systems.count, by: step) {
      let system = systems[limitIndex]
      switch breaks {
      case 0:
        candidates.append(
          Candidate(cost: system.costWithoutBreaks, limitIndex: limitIndex, cells: []))
      case 1:
        for (cell, cost) in lowest(system.costsOfOneBreak) {
          candidates.append(Candidate(cost: cost, limitIndex: limitIndex, cells: [cell]))
        }
      default:
        candidates += BreakSets(system, size: breaks, places: Self.places).best().map {
          Candidate(cost: $0.cost, limitIndex: limitIndex, cells: $0.cells)
        }
      }
    }
    return best(most, of: candidates, differing: differs) {
      parameters(
        limit: limits[$0.limitIndex], system: systems[$0.limitIndex], cells: $0.cells, basis: grid)
    }
  }

  /// The parameters of the candidates of least cost that differ from each other and have any.
  private func best(
    _ count: Int, of candidates: [Candidate], differing: (Candidate, Candidate) -> Bool,
    parameters: (Candidate) -> [Double]?
  ) -> [[Double]] {
    var chosen: [Candidate] = []
    var result: [[Double]] = []
    for candidate in candidates.sorted(by: {
      ($0.cost, $0.limitIndex) < ($1.cost, $1.limitIndex)
    }) {
      guard chosen.count < count else { break }
      guard chosen.allSatisfy({ differing($0, candidate) }), let theta = parameters(candidate)
      else { continue }
      chosen.append(candidate)
      result.append(theta)
    }
    return result
  }

  /// Parameters of a law extended by one break, at the places that lower the cost most.
  mutating func starts(extending theta: [Double], most count: Int) -> [[Double]] {
    let breaks = stride(from: 3, to: theta.count, by: 3).map {
      BreakShape(location: theta[$0 + 1] * progress.sign, width: exp(theta[$0 + 2]))
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
    for (limitIndex, system) in systems.enumerated() {
      let costs = system.costs(extending: known, byFirst: grid.count)
      candidates += lowest(costs).map {
        Candidate(cost: $0.cost, limitIndex: limitIndex, cells: [$0.cell])
      }
    }
    return best(count, of: candidates) { a, b in
      a.limitIndex < own.count || b.limitIndex < own.count
        ? a.cells != b.cells : differs(a, b)
    } parameters: {
      parameters(
        limit: tried[$0.limitIndex], system: systems[$0.limitIndex], cells: known + $0.cells,
        basis: basis)
    }
  }

  /// Whether two candidates differ by more than one cell in some delta or f, or, with at most one
  /// break, by more than two in a.
  private func differs(_ a: Candidate, _ b: Candidate) -> Bool {
    if a.cells.isEmpty || (a.cells.count == 1 && abs(a.limitIndex - b.limitIndex) > 2) {
      return true
    }
    return zip(a.cells, b.cells).contains { i, j in
      let count = widthCount
      return abs(i / count - j / count) > 1 || abs(i % count - j % count) > 1
    }
  }

  /// Local minima of a cost over the grid of a break's place and width.
  private func lowest(_ costs: [Double]) -> [(cell: Int, cost: Double)] {
    let (places, widths) = (Self.places, widthCount)
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

  /// The parameters of a fit with some breaks of a basis; nil when their columns are dependent or a
  /// change of exponent is too large.
  private func parameters(
    limit: Double, system: LinearizedSystem, cells: [Int], basis: BreakBasis
  ) -> [Double]? {
    guard let linear = system.solution(cells) else { return nil }
    let breaks = zip(cells, linear.changes).map { cell, change in
      (
        change: change, location: basis.breaks[cell].location * progress.sign,
        width: basis.breaks[cell].width
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
    for b in breaks { theta += [b.change, b.location, log(b.width)] }
    return theta
  }
}
