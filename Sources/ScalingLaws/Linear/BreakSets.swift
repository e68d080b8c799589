/// The best sets of up to four breaks of a grid at one limit: every set is tried.
///
/// All columns have unit length, with beta and E projected out. Adding a break to a set adds a row
/// to a Cholesky factor. Of every other column, the remaining squared length u and the product h
/// with z give its gain as the next break: h^2/u.
struct BreakSets {
  struct Found {
    var cost: Double
    /// Indices of the breaks in the grid, ascending in place; of the last entries only `size`
    /// count.
    var cells = SIMD4<Int32>()
  }

  /// A column with a smaller remaining share of its square than this counts as dependent on the
  /// others; such breaks would have large opposite changes.
  private static let least = 1e-3

  /// The number of regions of a break's place; `best` returns one set for each combination of
  /// regions.
  static let regions = 8

  private let system: LinearizedSystem
  private let size: Int
  private let perPlace: Int
  private let groups: Int
  private let regionOfGroup: [Int]

  /// Sets of `size` breaks, no two at one of the grid's places, which have a multiple of four
  /// breaks each.
  init(_ system: LinearizedSystem, size: Int, places: Int) {
    self.system = system
    self.size = size
    groups = system.count / 4
    perPlace = system.count / max(places, 1)
    let perPlace = perPlace
    regionOfGroup = (0..<groups).map { 4 * $0 / perPlace * Self.regions / places }
  }

  /// The best set of every combination of regions, where there is one.
  func best() -> [(cost: Double, cells: [Int])] {
    let combinations = (0..<size).reduce(1) { product, _ in product * Self.regions }
    let nothing = Found(cost: system.costWithoutBreaks)
    var found = [Found](repeating: nothing, count: combinations)
    let columns = system.unitColumns()
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 3 * size * groups) { buffer in
      columns.correlations.withUnsafeBufferPointer { correlations in
        regionOfGroup.withUnsafeBufferPointer { regionOfGroup in
          found.withUnsafeMutableBufferPointer { found in
            guard let base = buffer.baseAddress, let found = found.baseAddress,
              let correlations = correlations.baseAddress,
              let regionOfGroup = regionOfGroup.baseAddress
            else { return }
            for group in 0..<groups {
              base[group] = columns.heights[group]
              base[size * groups + group] = columns.squares[group]
            }
            var search = Search(
              size: size, groups: groups, perPlace: perPlace, regionOfGroup: regionOfGroup,
              correlations: correlations, heights: base, squares: base + size * groups,
              rows: base + 2 * size * groups, found: found)
            search.extend(depth: 0, from: 0, region: 0, cost: system.costWithoutBreaks)
          }
        }
      }
    }
    return found.filter { $0.cost < nothing.cost }.map { found in
      (found.cost, (0..<size).map { Int(found.cells[$0]) })
    }
  }

  private struct Search {
    let size: Int
    let groups: Int
    let perPlace: Int
    let regionOfGroup: UnsafePointer<Int>
    /// Products of all columns with each, row by row.
    let correlations: UnsafePointer<Lanes>
    /// Of every depth: h, u, and the products of all columns with the break that joined there.
    let heights: UnsafeMutablePointer<Lanes>
    let squares: UnsafeMutablePointer<Lanes>
    let rows: UnsafeMutablePointer<Lanes>
    let found: UnsafeMutablePointer<Found>
    /// The breaks of the current set.
    var cells = SIMD4<Int32>()

    /// Adds every break from group `first` on to the current set, whose cost is `cost`.
    mutating func extend(depth: Int, from first: Int, region: Int, cost: Double) {
      let (h, u) = (heights + depth * groups, squares + depth * groups)
      guard depth < size - 1 else {
        for group in first..<groups {
          compare(h[group], u[group], at: depth, group: group, region: region, cost: cost)
        }
        return
      }
      let (nextH, nextU, row) = (h + groups, u + groups, rows + depth * groups)
      for cell in (4 * first)..<(4 * groups) {
        let square = u[cell / 4][cell % 4]
        guard square > BreakSets.least else { continue }
        let begin = (cell / perPlace + 1) * perPlace / 4
        guard begin < groups else { return }
        let inverse = 1 / square.squareRoot()
        let height = h[cell / 4][cell % 4] * inverse
        let own = correlations + cell * groups
        for group in begin..<groups {
          var product = own[group]
          for level in 0..<depth {
            let other = rows + level * groups
            product.addProduct(other[group], -other[cell / 4][cell % 4])
          }
          product *= inverse
          row[group] = product
          nextH[group] = h[group].addingProduct(product, -height)
          nextU[group] = u[group].addingProduct(product, -product)
        }
        cells[depth] = Int32(truncatingIfNeeded: cell)
        extend(
          depth: depth + 1, from: begin,
          region: (region + regionOfGroup[cell / 4]) * BreakSets.regions,
          cost: cost - height * height)
      }
    }

    /// Compares the gain of each break of a group, as the last of the set, with the best of its
    /// regions.
    @inline(__always)
    private mutating func compare(
      _ height: Lanes, _ square: Lanes, at depth: Int, group: Int, region: Int, cost: Double
    ) {
      let best = found + (region + regionOfGroup[group])
      guard any(height * height .> square * (cost - best.pointee.cost)) else { return }
      for lane in 0..<4 where square[lane] > BreakSets.least {
        let gained = cost - height[lane] * height[lane] / square[lane]
        guard gained < best.pointee.cost else { continue }
        cells[depth] = Int32(truncatingIfNeeded: 4 * group + lane)
        best.pointee = Found(cost: gained, cells: cells)
      }
    }
  }
}
