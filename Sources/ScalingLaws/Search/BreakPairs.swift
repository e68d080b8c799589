/// The best pairs of breaks, among all pairs of a basis at every limit.
///
/// A point's weight is a square in the limit: with e the distance of v to the highest limit a_0,
///
///     w = s^2 (v - a)^2 = (s e)^2 + 2 (s e)(s D) x + (s D)^2 x^2,    x = (a_0 - a)/D,
///
/// so that three products of two bends give their product at every limit, without cancellation.
struct BreakPairs {
  struct Pair {
    var cost: Double
    var first: Int
    var second: Int
  }

  /// Regions of a break's place; every two of them have one best pair.
  private static let regions = 8

  /// x of every limit, and the cost without breaks.
  private let depths: [Double]
  private let costs: [Double]
  /// Breaks of the basis at one place.
  private let perPlace: Int
  private let groups: Int
  private let points: Int
  /// Bends of single breaks, and of groups of four breaks, point by point.
  private let bends: [Double]
  private let grouped: [Lanes]
  /// (s e)^2, 2 (s e)(s D), (s D)^2 of every point.
  private let weights: [SIMD3<Double>]
  /// The region of each group's place.
  private let regionOfGroup: [Int]
  /// What the cost needs of the breaks of a group at a limit, group by group.
  private let columns: [Columns]

  /// Columns of four breaks after beta and E are projected out, scaled to unit length.
  private struct Columns {
    /// 1/length, 0 for a break that cannot be used.
    var scale = Lanes.zero
    /// Shares of beta's and E's columns before these were projected out.
    var constant = Lanes.zero
    var exponent = Lanes.zero
    /// Product with z.
    var height = Lanes.zero
  }

  /// The pairs of a basis that has a multiple of four breaks at each of some places, on `count` points
  /// and with the systems of all limits.
  init(
    _ points: LinearizedPoints, count: Int, limits: [Double], systems: [LinearizedSystem],
    basis: BreakBasis, places: Int
  ) {
    self.points = count
    perPlace = basis.count / places
    groups = basis.count / 4
    let highest = limits[0]
    let deepest = highest - (limits.last ?? highest)
    let unit = deepest > 0 ? deepest : 1
    depths = limits.map { (highest - $0) / unit }
    costs = systems.map(\.costWithoutBreaks)
    weights = (0..<count).map { i in
      let excess = max(points.values[i / 4][i % 4] - highest, 0)
      let slope = excess > 0 ? points.slopes[i / 4][i % 4] : 0
      let (near, far) = (slope * excess, slope * unit)
      return [near * near, 2 * near * far, far * far]
    }
    let bends = basis.breaks.indices.flatMap { row in
      basis.columns.doubles(count, from: row * basis.laneCount)
    }
    self.bends = bends
    grouped = (0..<groups).flatMap { group in
      (0..<count).map { i in
        let first = 4 * group * count + i
        return Lanes(
          bends[first], bends[first + count], bends[first + 2 * count], bends[first + 3 * count])
      }
    }
    let perPlace = perPlace
    regionOfGroup = (0..<groups).map { 4 * $0 / perPlace * Self.regions / places }
    var columns = [Columns](repeating: Columns(), count: groups * limits.count)
    for (limit, system) in systems.enumerated() {
      let (constant, exponent) = system.norms
      for cell in basis.breaks.indices where system.squares[cell] > 0 {
        let scale = 1 / system.squares[cell].squareRoot()
        let (place, lane) = (cell / 4 * limits.count + limit, cell % 4)
        columns[place].scale[lane] = scale
        columns[place].constant[lane] = scale * system.sums[cell] / constant
        columns[place].exponent[lane] = scale * system.crossExponent[cell] / exponent
        columns[place].height[lane] = scale * system.moments[cell]
      }
    }
    self.columns = columns
  }

  /// For each limit the best pair of every two regions, where there is one.
  func best() -> [[Pair]] {
    let square = Self.regions * Self.regions
    // For every two regions the limits follow each other.
    var best = (0..<square).flatMap { _ in costs.map { Pair(cost: $0, first: 0, second: 0) } }
    best.withUnsafeMutableBufferPointer { best in
      columns.withUnsafeBufferPointer { columns in
        guard let best = best.baseAddress, let columns = columns.baseAddress else { return }
        for first in 0..<(4 * groups) { search(first, columns, best) }
      }
    }
    return costs.indices.map { limit in
      (0..<square).map { best[$0 * costs.count + limit] }.filter { $0.cost < costs[limit] }
    }
  }

  /// Compares the pairs of one break with all at later places: two breaks at one place are one.
  private func search(
    _ first: Int, _ columns: UnsafePointer<Columns>, _ best: UnsafeMutablePointer<Pair>
  ) {
    let limits = depths.count
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 3 * points + limits) { buffer in
      for i in 0..<points {
        let product = weights[i] * bends[first * points + i]
        for k in 0..<3 { buffer[3 * i + k] = Lanes(repeating: product[k]) }
      }
      // The break's own columns: scale, constant, exponent, height.
      let own = UnsafeMutableBufferPointer(rebasing: buffer[(3 * points)...])
      for limit in 0..<limits {
        let columns = columns[first / 4 * limits + limit]
        let lane = first % 4
        own[limit] = Lanes(
          columns.scale[lane], columns.constant[lane], columns.exponent[lane],
          columns.height[lane])
      }
      let begin = min((first / perPlace + 1) * perPlace / 4, groups)
      for group in begin..<groups {
        let products = products(buffer, group: group)
        let columns = columns + group * limits
        let region = regionOfGroup[first / 4] * Self.regions + regionOfGroup[group]
        let best = best + region * limits
        for limit in 0..<limits {
          let others = columns[limit]
          let r = correlations(own[limit], others, products, depth: depths[limit])
          let height = own[limit][3]
          let other = others.height
          // A pair gains numerator / rest; hardly any gains enough to be worth the division.
          let numerator = (other - r * height).times(other, plus: (height - r * other) * height)
          let rest = r.times(-r, plus: 1)
          let cost = costs[limit]
          guard any(numerator .> rest * (cost - best[limit].cost)) else { continue }
          let gains = numerator / rest
          for lane in 0..<4 where cost - gains[lane] < best[limit].cost {
            if isUsable(own[limit], others, lane, correlation: r[lane]) {
              best[limit] = Pair(cost: cost - gains[lane], first: first, second: 4 * group + lane)
            }
          }
        }
      }
    }
  }

  /// The three products of a break, whose bends are weighted, with those of a group.
  @inline(__always)
  private func products(_ weighted: UnsafeMutableBufferPointer<Lanes>, group: Int)
    -> (Lanes, Lanes, Lanes)
  {
    var (near, middle, far) = (Lanes.zero, Lanes.zero, Lanes.zero)
    grouped.withUnsafeBufferPointer { grouped in
      for i in 0..<points {
        let bend = grouped[group * points + i]
        near.addProduct(weighted[3 * i], bend)
        middle.addProduct(weighted[3 * i + 1], bend)
        far.addProduct(weighted[3 * i + 2], bend)
      }
    }
    return (near, middle, far)
  }

  /// Correlations of the columns of one break with those of a group.
  @inline(__always)
  private func correlations(
    _ own: Lanes, _ others: Columns, _ products: (Lanes, Lanes, Lanes), depth: Double
  ) -> Lanes {
    let product = products.0.addingProduct(products.1.addingProduct(products.2, depth), depth)
    return (product * (others.scale * own[0]))
      .addingProduct(others.constant, -own[1])
      .addingProduct(others.exponent, -own[2])
  }

  /// Whether two breaks can be told apart and change the exponent within bounds.
  private func isUsable(_ own: Lanes, _ others: Columns, _ lane: Int, correlation r: Double)
    -> Bool
  {
    let rest = 1 - r * r
    let largest = LawBounds.largestExponentChange * rest
    let (scale, height) = (own[0], own[3])
    return scale > 0 && others.scale[lane] > 0 && rest > LinearizedSystem.collinear
      && abs(height - r * others.height[lane]) * scale <= largest
      && abs(others.height[lane] - r * height) * others.scale[lane] <= largest
  }
}
