/// Observations for a law that is linear given its limit, in groups of four.
struct LinearizedPoints: Sendable {
  let tau: [Lanes]
  let values: [Lanes]
  /// The weight of an error in v: the root of the observation's weight times the slope of the
  /// objective's scale. 0 for the copies that fill the last group.
  let slopes: [Lanes]

  init(_ observations: Observations, progress: Progress) {
    let frame = observations.frame
    tau = observations.t.map { $0 * progress.sign }.lanes(
      filler: (observations.t.last ?? 0) * progress.sign)
    values = observations.values.lanes(filler: observations.values.last ?? 0)
    slopes = observations.values.indices.map { i in
      observations.weights[i].squareRoot()
        * frame.objective.derivative(observations.values[i], unit: frame.unit)
    }.lanes(filler: 0)
  }
}

/// The linear least-squares problem of a law with given limit and shapes of breaks. beta (a column
/// of ones) and E are projected out of all columns.
struct LinearizedSystem {
  private var basis: BreakBasis
  private let rows: [Row]
  private let total: Double
  private let meanZ: Double
  private let meanTau: Double
  /// E'E and E'z, with the prior's terms.
  private let exponentSquare: Double
  private let exponentMoment: Double
  /// The prior's addition to the square of every break's column.
  private let ridge: Double
  /// One for each break of the basis.
  private var columns: [Column] = []

  /// Four points.
  private struct Row {
    /// Of the squared residuals of z = ln(v - a).
    var weight: Lanes
    /// The weighted columns of E and of z, from which E is projected out.
    var exponent: Lanes
    var response: Lanes
  }

  /// The products of the column psi of one break that solving needs.
  private struct Column {
    /// The weighted sum of psi.
    let sum: Double
    /// psi'E after beta is projected out.
    let exponent: Double
    /// psi'psi and psi'z after E is projected out too, with the prior's terms; psi'psi is 0 where
    /// beta and E already span psi.
    let square: Double
    let moment: Double
  }

  let costWithoutBreaks: Double

  /// The number of possible breaks.
  var count: Int { columns.count }

  /// Two columns with a smaller squared sine between them than this count as equal.
  static let collinear = 1e-6

  init(_ points: LinearizedPoints, limit: Double, basis: BreakBasis, prior: ExponentPrior?) {
    self.basis = basis
    let lanes = points.tau.count
    // Until their means are known, the columns of E and z hold tau and z.
    var rows: [Row] = []
    rows.reserveCapacity(lanes)
    var (total, sumZ, sumTau) = (Lanes.zero, Lanes.zero, Lanes.zero)
    // A value below the limit adds at least its squared distance to the limit to the cost.
    var least = Lanes.zero
    for i in 0..<lanes {
      // A value at or below the limit has no logarithm and no weight.
      let excess = points.values[i] - limit
      let isAbove = excess .>= .leastNormalMagnitude
      let z = excess.replacing(with: Lanes(repeating: 1), where: .!isAbove).logarithm
      let error = points.slopes[i] * excess
      let root = error.replacing(with: Lanes.zero, where: .!isAbove)
      least += (error - root) * (error - root)
      let row = Row(weight: root * root, exponent: points.tau[i], response: z)
      total += row.weight
      sumZ += row.weight * z
      sumTau += row.weight * row.exponent
      rows.append(row)
    }
    let mass = max(total.sum(), .leastNormalMagnitude)
    let meanZ = sumZ.sum() / mass
    let meanTau = sumTau.sum() / mass
    self.total = mass
    self.meanZ = meanZ
    self.meanTau = meanTau

    let ridge = prior?.strength ?? 0
    let exponentRidge = ridge / (ExponentPrior.width * ExponentPrior.width)
    let centre = prior?.centre ?? 0
    var (ee, ez, zz) = (Lanes.zero, Lanes.zero, Lanes.zero)
    for i in 0..<lanes {
      let e = meanTau - rows[i].exponent
      let centred = rows[i].response - meanZ
      rows[i].exponent = rows[i].weight * e
      rows[i].response = rows[i].weight * centred
      ee += rows[i].exponent * e
      ez += rows[i].exponent * centred
      zz += rows[i].response * centred
    }
    let pivot = max(ee.sum() + exponentRidge, .leastNormalMagnitude)
    exponentMoment = ez.sum() + exponentRidge * centre
    exponentSquare = pivot
    let share = exponentMoment / pivot
    costWithoutBreaks =
      least.sum() + zz.sum() + exponentRidge * centre * centre - exponentMoment * share
    for i in 0..<lanes { rows[i].response -= rows[i].exponent * share }

    self.ridge = ridge
    self.rows = rows
    addColumns()
  }

  /// The same system with a basis of more breaks, which begins with this one's.
  func extended(to basis: BreakBasis) -> LinearizedSystem {
    var extended = self
    extended.basis = basis
    extended.addColumns()
    return extended
  }

  /// Adds the products of the columns that the basis has beyond the known ones.
  private mutating func addColumns() {
    let lanes = basis.laneCount
    let known = columns.count
    let count = basis.count - known
    // Making an empty array this way writes to the one that all threads share.
    guard count > 0 else { return }
    columns += [Column](unsafeUninitializedCapacity: count) { columns, initialized in
      basis.columns.withUnsafeBufferPointer { psis in
        for cell in 0..<count {
          var (sum, byExponent, own, moment) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
          for i in 0..<lanes {
            let psi = psis[(known + cell) * lanes + i]
            let row = rows[i]
            let weighted = psi * row.weight
            sum += weighted
            own.addProduct(weighted, psi)
            byExponent.addProduct(psi, row.exponent)
            moment.addProduct(psi, row.response)
          }
          let cross = byExponent.sum()
          let centred = own.sum() - sum.sum() * sum.sum() / total + ridge
          let reduced = centred - cross * cross / exponentSquare
          columns.initializeElement(
            at: cell,
            to: Column(
              sum: sum.sum(), exponent: cross,
              square: reduced > Self.collinear * centred ? reduced : 0, moment: moment.sum()))
        }
      }
      initialized = count
    }
  }

  /// The columns of all breaks at unit length, in groups of four.
  struct UnitColumns {
    /// Products with z.
    var heights: [Lanes]
    /// 1, or 0 where nothing is left.
    var squares: [Lanes]
    /// Products of all columns with each, row by row.
    var correlations: [Lanes]
  }

  func unitColumns() -> UnitColumns {
    let count = basis.count
    let scales = columns.map { $0.square > 0 ? 1 / $0.square.squareRoot() : 0 }
    var correlations = [Double](repeating: 0, count: count * count)
    correlations.withUnsafeMutableBufferPointer { out in
      guard let out = out.baseAddress else { return }
      for i in 0..<count where scales[i] > 0 {
        let row = out + i * count
        // Only products with later columns are needed, whole groups of them.
        let later = (i / 4 * 4)..<count
        writeProducts(of: i, with: later, to: row + later.lowerBound)
        for j in later { row[j] *= scales[i] * scales[j] }
      }
    }
    return UnitColumns(
      heights: zip(columns, scales).map { $0.moment * $1 }.lanes(filler: 0),
      squares: scales.map { $0 > 0 ? 1 : 0 }.lanes(filler: 0),
      correlations: correlations.lanes(filler: 0))
  }

  /// Writes psi_i'psi_j of a break and others, itself included, after beta and E are projected out.
  private func writeProducts(
    of i: Int, with others: Range<Int>, to products: UnsafeMutablePointer<Double>
  ) {
    let lanes = basis.laneCount
    let (sum, cross) = (columns[i].sum / total, columns[i].exponent / exponentSquare)
    basis.columns.withUnsafeBufferPointer { psis in
      guard let psis = psis.baseAddress else { return }
      withUnsafeTemporaryAllocation(of: Lanes.self, capacity: lanes) { weighted in
        guard let weighted = weighted.baseAddress else { return }
        for k in 0..<lanes { weighted[k] = psis[i * lanes + k] * rows[k].weight }
        ScalingLaws.writeProducts(
          of: weighted, with: psis + others.lowerBound * lanes, count: others.count,
          lanes: lanes, to: products)
      }
      for (place, j) in others.enumerated() {
        if i == j {
          products[place] = columns[i].square
        } else {
          products[place] -= sum * columns[j].sum + cross * columns[j].exponent
        }
      }
    }
  }

  /// The cost with each single break; infinite when its column depends on the power law's or its
  /// change of exponent is too large.
  var costsOfOneBreak: [Double] {
    columns.map { column in
      let (square, moment) = (column.square, column.moment)
      return square > 0 && abs(moment) <= LawBounds.largestExponentChange * square
        ? costWithoutBreaks - moment * moment / square : .infinity
    }
  }

  /// The cost with a set of breaks and one of the first `count` breaks added; infinite when its
  /// column depends on the set's.
  func costs(extending set: [Int], byFirst count: Int) -> [Double] {
    let size = set.count
    guard let cholesky = factor(of: set) else {
      return [Double](repeating: .infinity, count: count)
    }
    func forward(_ b: inout [Double]) {
      Cholesky.solveForward(cholesky.factor, size: size, stride: size, &b)
    }
    var known = set.map { columns[$0].moment }
    forward(&known)
    let cost = known.reduce(costWithoutBreaks) { $0 - $1 * $1 }
    let rows = set.map { other in
      [Double](unsafeUninitializedCapacity: count) { row, initialized in
        if let row = row.baseAddress { writeProducts(of: other, with: 0..<count, to: row) }
        initialized = count
      }
    }
    var shared = known
    return (0..<count).map { cell in
      guard columns[cell].square > 0 else { return .infinity }
      for place in 0..<size { shared[place] = rows[place][cell] }
      forward(&shared)
      var square = columns[cell].square
      var moment = columns[cell].moment
      for k in 0..<size {
        square -= shared[k] * shared[k]
        moment -= shared[k] * known[k]
      }
      return square > Self.collinear * columns[cell].square
        ? cost - moment * moment / square : .infinity
    }
  }

  /// The factor of the breaks' normal matrix; nil when their columns are dependent.
  private func factor(of set: [Int]) -> Cholesky? {
    // Cholesky reads the lower triangle only.
    var matrix = [Double](repeating: 0, count: set.count * set.count)
    for (row, i) in set.enumerated() {
      for (column, j) in set.prefix(row + 1).enumerated() {
        let (first, last) = (min(i, j), max(i, j))
        writeProducts(of: last, with: first..<(first + 1), to: &matrix[row * set.count + column])
      }
    }
    return Cholesky(matrix, size: set.count, tolerance: Self.collinear)
  }

  /// The linear constants with breaks at `set`; nil when their columns are dependent or change the
  /// exponent too much.
  func solution(_ set: [Int]) -> (beta: Double, endExponent: Double, changes: [Double])? {
    guard let cholesky = factor(of: set) else { return nil }
    let changes = cholesky.solve(set.map { columns[$0].moment })
    guard changes.allSatisfy({ abs($0) <= LawBounds.largestExponentChange }) else { return nil }
    let known = zip(set, changes)
    let endExponent =
      (exponentMoment - known.reduce(0) { $0 + $1.1 * columns[$1.0].exponent }) / exponentSquare
    let beta =
      meanZ + endExponent * meanTau - known.reduce(0) { $0 + $1.1 * columns[$1.0].sum } / total
    return (beta, endExponent, changes)
  }
}

/// A break that a law may have, in a coordinate tau that grows with progress.
struct BreakShape: Sendable, Hashable {
  var location: Double
  var width: Double
}

/// Possible breaks, and the bend psi = -f sp((delta - tau)/f) that each adds at every point.
struct BreakBasis: Sendable {
  let breaks: [BreakShape]
  /// Groups of four points in a column.
  let laneCount: Int
  /// psi at every point, break by break.
  let columns: [Lanes]

  var count: Int { breaks.count }

  init(_ breaks: [BreakShape], at tau: [Lanes]) {
    self.breaks = breaks
    laneCount = tau.count
    // All empty arrays share one object, whose count the initializer below would write from all
    // threads.
    guard !breaks.isEmpty else {
      columns = []
      return
    }
    columns = [Lanes](unsafeUninitializedCapacity: breaks.count * tau.count) { columns, count in
      for (row, shape) in breaks.enumerated() {
        let steepness = 1 / shape.width
        for i in tau.indices {
          let z = (shape.location - tau[i]) * steepness
          columns.initializeElement(at: row * tau.count + i, to: z.softplus * -shape.width)
        }
      }
      count = breaks.count * tau.count
    }
  }

  /// The breaks of both bases.
  func appending(_ other: BreakBasis) -> BreakBasis {
    BreakBasis(
      breaks: breaks + other.breaks, laneCount: laneCount, columns: columns + other.columns)
  }

  private init(breaks: [BreakShape], laneCount: Int, columns: [Lanes]) {
    self.breaks = breaks
    self.laneCount = laneCount
    self.columns = columns
  }
}
