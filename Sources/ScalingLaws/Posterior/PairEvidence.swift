import Glibc

/// The evidence of every pair of breaks at one limit, noise level and prior.
///
/// The evidence of a pair is that of its first break times that of the second given the first. With g
/// the squared norms of the columns, h their products with the response over sqrt(2S), and G the
/// product of the two columns,
///
///     rho = G/g1,  d = g2 - rho G,  u = h2 - rho h1,
///     ln p(1, 2) = ln p(1) + ln p2 + u^2/d - ln(d)/2,
///
/// so that a row, all pairs with one first break, needs a division and a root per pair.
struct PairEvidence {
  private let layout: Layout
  /// u^2/d and 1/d of a row's pairs.
  private var exponents: [Lanes]
  private var densities: [Lanes]
  /// Weights of pairs relative to the scale of their row, row by row.
  private var weights: [Lanes]
  private var rows: [Row]

  /// How cells follow each other, four in a group.
  private struct Layout {
    let cells: Int
    let cellsPerLocation: Int
    var groups: Int { (cells + 3) / 4 }

    /// The first cell at a later place than a cell's: two breaks at one place are one break.
    func firstPartner(of cell: Int) -> Int { (cell / cellsPerLocation + 1) * cellsPerLocation }

    /// The groups from that cell's on; in the first some cells may be no partners.
    func partners(of cell: Int) -> Range<Int> { (firstPartner(of: cell) / 4)..<groups }
  }

  private struct Row {
    /// ln of the scale of the row's weights; -infinity where none was needed.
    var logScale = -Double.infinity
    /// Sum and largest of the row's weights.
    var total = 0.0
    var largest = 0.0
  }

  /// What a pair needs of its breaks, four at a time; beta and E are projected out of the columns.
  struct Columns {
    /// g, with the prior's term; it is huge in what fills up the last group.
    var norm: Lanes
    /// h.
    var moment: Lanes
    /// Product with E's column of unit norm.
    var tilt: Lanes
    /// Prior probability, 0 in what fills up the last group.
    var probability: Lanes
  }

  /// d of columns that rounding cannot tell apart, in units of g.
  private static let leastRest = 1e-9
  /// Rows this many nats behind the best are too light to add up to anything.
  private static let summed = 12.0

  init(grid: BreakGrid) {
    layout = Layout(cells: grid.count, cellsPerLocation: grid.widths.count)
    exponents = [Lanes](repeating: .zero, count: layout.groups)
    densities = exponents
    weights = [Lanes](repeating: .zero, count: layout.cells * layout.groups)
    rows = [Row](repeating: Row(), count: layout.cells)
  }

  /// Weighs all pairs.
  ///
  /// - Parameters:
  ///   - columns: of the cells.
  ///   - singles: Log evidence of every cell alone.
  ///   - gram: Products of E's and all cells' columns, row by row.
  ///   - width: of a row.
  /// - Returns: ln of the sum of their evidence.
  mutating func weigh(_ columns: [Columns], singles: [Lanes], gram: [Double], width: Int) -> Double
  {
    let layout = layout
    let firsts = 0..<(layout.cells - layout.cellsPerLocation)
    var best = -Double.infinity
    Self.withPointers(columns, gram, &exponents, &densities, &weights, &rows) {
      columns, gram, exponents, densities, weights, rows in
      for first in firsts {
        let largest = Self.explain(
          after: first, columns, products: gram + ((first + 1) * width + 1), layout, exponents,
          densities)
        let logScale = singles[first / 4][first % 4] + largest
        rows[first] = Row()
        guard logScale > best - Self.summed else { continue }
        best = max(best, logScale)
        rows[first] = Self.weigh(
          first, columns, layout, exponents, densities, largest: largest,
          to: weights + first * layout.groups)
        rows[first].logScale = logScale
      }
    }
    return best + log(rows[firsts].reduce(0) { $0 + $1.total * exp($1.logScale - best) })
  }

  /// Writes exponents and densities of a row; returns the largest exponent.
  private static func explain(
    after first: Int, _ columns: UnsafePointer<Columns>, products: UnsafePointer<Double>,
    _ layout: Layout, _ exponents: UnsafeMutablePointer<Lanes>,
    _ densities: UnsafeMutablePointer<Lanes>
  ) -> Double {
    let (own, lane) = (columns[first / 4], first % 4)
    let (inverse, tilt, moment) = (1 / own.norm[lane], own.tilt[lane], own.moment[lane])
    let products = UnsafeRawPointer(products)
    let begin = layout.firstPartner(of: first)
    var largest = Lanes.zero
    for group in layout.partners(of: first) {
      let other = columns[group]
      let product = products.loadUnaligned(fromByteOffset: 32 * group, as: Lanes.self)
      let remaining = product.addingProduct(other.tilt, -tilt)
      let share = remaining * inverse
      let rest = other.norm.addingProduct(-share, remaining)
      let least = other.norm * leastRest
      let density = 1 / rest.replacing(with: least, where: rest .< least)
      let excess = other.moment.addingProduct(share, -moment)
      var exponent = excess * excess * density
      if 4 * group < begin {
        for lane in 0..<(begin % 4) { exponent[lane] = 0 }
      }
      exponents[group] = exponent
      densities[group] = density
      largest = largest.replacing(with: exponent, where: exponent .> largest)
    }
    return largest.max()
  }

  /// Writes the weights of a row.
  private static func weigh(
    _ first: Int, _ columns: UnsafePointer<Columns>, _ layout: Layout,
    _ exponents: UnsafePointer<Lanes>, _ densities: UnsafePointer<Lanes>, largest: Double,
    to weights: UnsafeMutablePointer<Lanes>
  ) -> Row {
    let begin = layout.firstPartner(of: first)
    var total = Lanes.zero
    var heaviest = Lanes.zero
    for group in layout.partners(of: first) {
      var weight =
        (exponents[group] - largest).approximateExponential * densities[group].squareRoot()
        * columns[group].probability
      if 4 * group < begin {
        for lane in 0..<(begin % 4) { weight[lane] = 0 }
      }
      weights[group] = weight
      total += weight
      heaviest = heaviest.replacing(with: weight, where: weight .> heaviest)
    }
    return Row(total: total.sum(), largest: heaviest.max())
  }

  private static func withPointers(
    _ columns: [Columns], _ gram: [Double], _ exponents: inout [Lanes],
    _ densities: inout [Lanes], _ weights: inout [Lanes], _ rows: inout [Row],
    _ body: (
      UnsafePointer<Columns>, UnsafePointer<Double>, UnsafeMutablePointer<Lanes>,
      UnsafeMutablePointer<Lanes>, UnsafeMutablePointer<Lanes>, UnsafeMutablePointer<Row>
    ) -> Void
  ) {
    // The pointers of Swift arrays passed in this way live until `body` returns.
    body(columns, gram, &exponents, &densities, &weights, &rows)
  }

  /// At most `most` of the pairs weighed last that are within `range` nats of the best, with their
  /// shares.
  func heaviest(most: Int, within range: Double) -> [Cell] {
    let best = rows.map { log($0.largest) + $0.logScale }.reduce(-.infinity, max)
    let heavyRows = rows.indices.compactMap {
      first -> (first: Int, scale: Double, least: Double)? in
      guard rows[first].largest > 0 else { return nil }
      let scale = exp(rows[first].logScale - best)
      let least = exp(-range) / scale
      return rows[first].largest > least ? (first, scale, least) : nil
    }
    var sampler = SystematicSampler(most: most)
    weights.withUnsafeBufferPointer { weights in
      var count = Lanes.zero
      let totals = heavyRows.map { row in
        var total = Lanes.zero
        for group in layout.partners(of: row.first) {
          let four = weights[row.first * layout.groups + group]
          let isHeavy = four .> row.least
          total += four.replacing(with: Lanes.zero, where: .!isHeavy)
          count += Lanes(repeating: 0).replacing(with: Lanes(repeating: 1), where: isHeavy)
        }
        return row.scale * total.sum()
      }
      sampler.begin(total: totals.reduce(0, +), count: Int(count.sum()))
      for (row, total) in zip(heavyRows, totals) where !sampler.skip(total) {
        for group in layout.partners(of: row.first) {
          let four = weights[row.first * layout.groups + group]
          let heavy = four.replacing(with: Lanes.zero, where: four .<= row.least) * row.scale
          if sampler.skip(heavy.sum()) { continue }
          for lane in 0..<4 where heavy[lane] > 0 {
            sampler.pass(row.first, 4 * group + lane, weight: heavy[lane])
          }
        }
      }
    }
    return sampler.cells
  }
}

extension Lanes {
  /// e^x to 3e-6 for x up to 0, and e^-700 below -700.
  @inline(__always)
  var approximateExponential: Lanes {
    let x = self.replacing(with: Lanes(repeating: -700), where: self .< -700)
    // 2^k e^r, |r| <= ln(2)/2; adding 1.5 * 2^52 leaves k in the low bits of the sum.
    let shifted = x.times(0x1.71547652b82fep0, plus: 0x1.8p52)
    let r = x.addingProduct(shifted - 0x1.8p52, -0.693147180559945309)
    let r2 = r * r
    let p2 = r.times(1 / 6, plus: 0.5)
    let p4 = r.times(1 / 120, plus: 1 / 24)
    let p = p4.times(r2, plus: p2).times(r2, plus: r + 1)
    let exponent = unsafeBitCast(shifted, to: SIMD4<Int64>.self) &+ SIMD4<Int64>(repeating: 1023)
    return p * unsafeBitCast(exponent &<< SIMD4<Int64>(repeating: 52), to: Lanes.self)
  }
}
