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
  /// What the cost needs of the breaks of a group at a limit, limit by limit.
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
    columns = systems.flatMap { system in
      let (constant, exponent) = system.norms
      var columns = [Columns](repeating: Columns(), count: basis.count / 4)
      for cell in basis.breaks.indices where system.squares[cell] > 0 {
        let scale = 1 / system.squares[cell].squareRoot()
        columns[cell / 4].scale[cell % 4] = scale
        columns[cell / 4].constant[cell % 4] = scale * system.sums[cell] / constant
        columns[cell / 4].exponent[cell % 4] = scale * system.crossExponent[cell] / exponent
        columns[cell / 4].height[cell % 4] = scale * system.moments[cell]
      }
      return columns
    }
  }

  /// For each limit the best pair of every two regions, where there is one.
  func best() -> [[Pair]] {
    let square = Self.regions * Self.regions
    var best = [Pair](
      repeating: Pair(cost: .infinity, first: 0, second: 0), count: costs.count * square)
    for limit in costs.indices {
      for k in 0..<square { best[limit * square + k].cost = costs[limit] }
    }
    best.withUnsafeMutableBufferPointer { best in
      columns.withUnsafeBufferPointer { columns in
        for first in 0..<(4 * groups) { search(first, columns, &best) }
      }
    }
    return costs.indices.map { limit in
      best[(limit * square)..<((limit + 1) * square)]
        .filter { $0.cost < costs[limit] }
    }
  }

  /// Compares the pairs of one break with all at later places: two breaks at one place are one.
  private func search(
    _ first: Int, _ columns: UnsafeBufferPointer<Columns>,
    _ best: inout UnsafeMutableBufferPointer<Pair>
  ) {
    let regions = Self.regions
    let places = 4 * groups / perPlace
    let row = first / perPlace * regions / places * regions
    let limits = depths.count
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 3 * points + limits) { buffer in
      for i in 0..<points {
        let product = weights[i] * bends[first * points + i]
        for k in 0..<3 { buffer[3 * i + k] = Lanes(repeating: product[k]) }
      }
      // The break's own columns: scale, constant, exponent, height.
      let own = UnsafeMutableBufferPointer(rebasing: buffer[(3 * points)...])
      for limit in 0..<limits {
        let columns = columns[limit * groups + first / 4]
        let lane = first % 4
        own[limit] = Lanes(
          columns.scale[lane], columns.constant[lane], columns.exponent[lane],
          columns.height[lane])
      }
      let begin = min((first / perPlace + 1) * perPlace / 4, groups)
      for group in begin..<groups {
        let products = products(buffer, group: group)
        let region = row + 4 * group / perPlace * regions / places
        for limit in 0..<limits {
          let others = columns.baseAddress.unsafelyUnwrapped + (limit * groups + group)
          let r = correlations(own[limit], others, products, depth: depths[limit])
          let height = own[limit][3]
          let other = others.pointee.height
          let gains =
            (height * (height - r * other) + other * (other - r * height)) / (1 - r * r)
          let cost = costs[limit]
          let place = limit * regions * regions + region
          guard any(gains .> cost - best[place].cost) else { continue }
          for lane in 0..<4 where cost - gains[lane] < best[place].cost {
            if isUsable(own[limit], others.pointee, lane, correlation: r[lane]) {
              best[place] = Pair(cost: cost - gains[lane], first: first, second: 4 * group + lane)
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
        near += weighted[3 * i] * bend
        middle += weighted[3 * i + 1] * bend
        far += weighted[3 * i + 2] * bend
      }
    }
    return (near, middle, far)
  }

  /// Correlations of the columns of one break with those of a group.
  @inline(__always)
  private func correlations(
    _ own: Lanes, _ others: UnsafePointer<Columns>, _ products: (Lanes, Lanes, Lanes),
    depth: Double
  ) -> Lanes {
    (products.0 + (products.1 + products.2 * depth) * depth) * (others.pointee.scale * own[0])
      - others.pointee.constant * own[1] - others.pointee.exponent * own[2]
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
