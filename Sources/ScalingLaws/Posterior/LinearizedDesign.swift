import Glibc

/// Whitened columns of a law that is linear but for its limit, with the products of every two.
///
/// With q = (yhat - a)/yhat at the pilot yhat, the columns of (beta, E, c) are q (1, -t, psi(t)). A
/// column is linear in the limit, u + x v with x how far the limit lies below the highest, and
/// so a product of two is a square in x: what is computed here serves all limits.
final class WhitenedColumns: Sendable {
  /// Bins in a column.
  let count: Int
  /// Of beta, of E, and of every cell: how many columns there are.
  let width: Int
  /// u and v, column by column.
  let near: [Double]
  let far: [Double]
  /// u_i'u_j, u_i'v_j + v_i'u_j and v_i'v_j, row by row in groups of four; each row from its own
  /// group on.
  fileprivate let products: [(near: Lanes, middle: Lanes, far: Lanes)]
  fileprivate let groups: Int
  fileprivate let highest: Double
  fileprivate let unit: Double

  /// The columns of all limits up to `highest`; `bends` is psi at every bin, cell by cell.
  init(bins: BinnedCurve, noise: CorrelatedNoise, bends: [Double], highest: Double) {
    let count = bins.count
    let levels = bins.pilot.map { exp($0) }
    let unit = levels.reduce(.infinity, min)
    let shapes = [Double](repeating: 1, count: count) + bins.time.map { -$0 } + bends
    func whitened(_ shares: [Double]) -> [Double] {
      var columns = shapes
      columns.withUnsafeMutableBufferPointer { columns in
        guard let base = columns.baseAddress else { return }
        for first in stride(from: 0, to: columns.count, by: count) {
          for bin in 0..<count { columns[first + bin] *= shares[bin] }
          noise.whiten(base + first)
        }
      }
      return columns
    }
    let near = whitened(levels.map { ($0 - highest) / $0 })
    let far = whitened(levels.map { unit / $0 })
    let width = shapes.count / count
    let groups = (width + 3) / 4
    self.count = count
    self.width = width
    self.near = near
    self.far = far
    self.groups = groups
    self.highest = highest
    self.unit = unit
    func grouped(_ columns: [Double]) -> [Lanes] {
      var grouped = [Lanes](repeating: .zero, count: groups * count)
      for column in 0..<width {
        let first = column / 4 * count
        for bin in 0..<count { grouped[first + bin][column % 4] = columns[column * count + bin] }
      }
      return grouped
    }
    var products = [(near: Lanes, middle: Lanes, far: Lanes)](
      repeating: (.zero, .zero, .zero), count: width * groups)
    Self.withPointers(near, far, grouped(near), grouped(far)) { near, far, u, v in
      for row in 0..<width {
        let (ownNear, ownFar) = (near + row * count, far + row * count)
        for group in (row / 4)..<groups {
          let (otherNear, otherFar) = (u + group * count, v + group * count)
          var sums = (near: Lanes.zero, middle: Lanes.zero, far: Lanes.zero)
          for bin in 0..<count {
            sums.near.addProduct(otherNear[bin], ownNear[bin])
            sums.middle.addProduct(otherFar[bin], ownNear[bin])
            sums.middle.addProduct(otherNear[bin], ownFar[bin])
            sums.far.addProduct(otherFar[bin], ownFar[bin])
          }
          products[row * groups + group] = sums
        }
      }
    }
    self.products = products
  }

  private static func withPointers(
    _ near: [Double], _ far: [Double], _ u: [Lanes], _ v: [Lanes],
    _ body: (
      UnsafePointer<Double>, UnsafePointer<Double>, UnsafePointer<Lanes>, UnsafePointer<Lanes>
    ) -> Void
  ) {
    // The pointers of Swift arrays passed in this way live until `body` returns.
    body(near, far, u, v)
  }
}

/// The law at one limit a, linear in its other constants: sums of products of whitened columns.
///
/// The delta method turns ln y into the response q ln(yhat - a) + ln y - ln yhat. beta is projected
/// out of all other columns.
final class LinearizedDesign: Sendable {
  /// The limit, in units of the curve's geometric mean.
  let limit: Double
  /// 1 - a/min y.
  let gap: Double
  /// q at the last bin.
  let endShare: Double
  /// Columns before beta is projected out, and how far the limit lies below the highest.
  let columns: WhitenedColumns
  let depth: Double
  /// Squared norm of beta's column.
  let constantNorm: Double
  /// Share of beta's column in each other column, E's and the breaks', and in the response.
  let projections: [Double]
  let responseProjection: Double
  /// The projected, whitened response.
  let response: [Double]
  /// Products of projected columns, of these and response, of the response with itself. Of the first
  /// only those on the diagonal and right of it mean anything; some numbers follow them, so that any four may
  /// be read at once.
  let gram: [Double]
  let moment: [Double]
  let responseNorm: Double
  /// Of every cell's column the products that its evidence needs, four cells at a time.
  let cellProducts: [CellProducts]

  struct CellProducts {
    /// With itself; huge in what fills up the last group.
    var square: Lanes
    var withEnd: Lanes
    var withResponse: Lanes
  }

  /// Number of columns beside beta's: E and every cell.
  var width: Int { moment.count }

  init(
    bins: BinnedCurve, noise: CorrelatedNoise, columns: WhitenedColumns, limit: Double, gap: Double
  ) {
    let count = bins.count
    let depth = (columns.highest - limit) / columns.unit
    var response = [Double](repeating: 0, count: count)
    for index in 0..<count {
      let level = exp(bins.pilot[index])
      response[index] =
        (level - limit) / level * log(level - limit) + bins.level[index] - bins.pilot[index]
    }
    let lastLevel = exp(bins.pilot[count - 1])
    noise.whiten(&response)

    let width = columns.width - 1
    @inline(__always)
    func product(_ row: Int, _ group: Int) -> Lanes {
      let product = columns.products[row * columns.groups + group]
      return product.near.addingProduct(product.middle.addingProduct(product.far, depth), depth)
    }
    // The first row holds beta's products.
    let shares = (0..<columns.groups).map { product(0, $0) }
    let constantNorm = shares[0][0]
    let projections = (1...width).map { shares[$0 / 4][$0 % 4] / constantNorm }
    let gram = [Double](unsafeUninitializedCapacity: width * width + 4) { gram, initialized in
      gram.initialize(repeating: 0)
      let bytes = UnsafeMutableRawBufferPointer(gram)
      for row in 0..<width {
        for group in ((row + 1) / 4)..<columns.groups {
          let product = product(row + 1, group).addingProduct(shares[group], -projections[row])
          if group == 0 {
            for lane in 1..<min(4, width + 1) { gram[row * width + lane - 1] = product[lane] }
          } else {
            // What runs over into the next row lies before that row's own products.
            bytes.storeBytes(
              of: product, toByteOffset: 8 * (row * width + 4 * group - 1), as: Lanes.self)
          }
        }
      }
      initialized = width * width + 4
    }
    // Products of every column with a vector of bins.
    func product(_ column: Int, with vector: [Double]) -> Double {
      columns.product(of: columns.near, column, with: vector)
        + depth * columns.product(of: columns.far, column, with: vector)
    }
    let responseProjection = product(0, with: response) / constantNorm
    for index in 0..<count {
      response[index] -= responseProjection * (columns.near[index] + depth * columns.far[index])
    }
    self.limit = limit
    self.gap = gap
    endShare = (lastLevel - limit) / lastLevel
    self.columns = columns
    self.depth = depth
    self.constantNorm = constantNorm
    self.projections = projections
    self.responseProjection = responseProjection
    self.gram = gram
    let moment = (1...width).map { product($0, with: response) }
    self.moment = moment
    cellProducts = stride(from: 1, to: width, by: 4).map { first in
      var products = CellProducts(
        square: Lanes(repeating: 1e300), withEnd: .zero, withResponse: .zero)
      for (lane, cell) in (first..<min(first + 4, width)).enumerated() {
        products.square[lane] = gram[cell * width + cell]
        products.withEnd[lane] = gram[cell]
        products.withResponse[lane] = moment[cell]
      }
      return products
    }
    responseNorm = dot(response, response, count)
    self.response = response
  }

  /// The smallest sum of squares over no break and one break, without prior.
  var smallestSquares: Double {
    let endNorm = gram[0]
    let straight =
      endNorm > 0 ? max(0, responseNorm - moment[0] * moment[0] / endNorm) : responseNorm
    var best = straight
    for cell in 1..<max(1, width) {
      let norm = gram[cell * width + cell]
      let rest = norm - gram[cell] * gram[cell] / endNorm
      // Below this the column is E's own and the quotient is rounding error.
      guard rest > 1e-14 * norm else { continue }
      let product = moment[cell] - gram[cell] * moment[0] / endNorm
      best = min(best, straight - product * product / rest)
    }
    return max(0, best)
  }
}

extension WhitenedColumns {
  /// The product of a column of `near` or of `far` with a vector of bins; the column's own is linear
  /// in the limit's depth.
  func product(of half: [Double], _ column: Int, with vector: [Double]) -> Double {
    half.withUnsafeBufferPointer { half in
      vector.withUnsafeBufferPointer { vector in
        guard let half = half.baseAddress, let vector = vector.baseAddress else { return 0 }
        return dot(half + column * count, vector, count)
      }
    }
  }
}

/// The inner product of two columns, four places at a time.
func dot(_ left: UnsafePointer<Double>, _ right: UnsafePointer<Double>, _ count: Int) -> Double {
  let (leftBytes, rightBytes) = (UnsafeRawPointer(left), UnsafeRawPointer(right))
  var sums = Lanes.zero
  let groups = count / 4
  for group in 0..<groups {
    sums.addProduct(
      leftBytes.loadUnaligned(fromByteOffset: 32 * group, as: Lanes.self),
      rightBytes.loadUnaligned(fromByteOffset: 32 * group, as: Lanes.self))
  }
  var sum = sums.sum()
  for place in (4 * groups)..<count { sum.addProduct(left[place], right[place]) }
  return sum
}
