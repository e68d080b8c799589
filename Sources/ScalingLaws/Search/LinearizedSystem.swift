import Glibc

/// The linear least squares that remain of a fit once the limit and the shape of every possible
/// break are given: inner products of all columns, from which any set of breaks is solved.
struct LinearizedSystem {
  private let cells: Int
  /// Weighted means, by which beta (a column of ones) is projected out of every column.
  private let meanZ: Double
  private let meanTau: Double
  private let meanBasis: [Double]
  /// E'E and E'z, with the prior's terms.
  private let exponentSquare: Double
  private let exponentMoment: Double
  /// For each cell, after beta is projected out: psi'E.
  private let crossExponent: [Double]
  /// For each cell, after E is projected out too: psi'psi and psi'z, with the prior's terms.
  private let squares: [Double]
  private let moments: [Double]
  /// psi_i'psi_j after beta and E are projected out: `cells` rows; empty unless asked for.
  private let gram: [Double]

  let costWithoutBreaks: Double

  /// Squared sines below this mean that two columns cannot be told apart.
  private static let collinear = 1e-6

  init(
    tau: [Double], observations: Observations, limit: Double, basis: [Double],
    prior: ExponentPrior?, cells: Int, needsGram: Bool
  ) {
    let n = tau.count
    let objective = observations.frame.objective
    let unit = observations.frame.unit
    // z = ln(v - a); a value at or below the limit has no logarithm and no weight.
    var z = [Double](repeating: 0, count: n)
    var weights = z
    for i in 0..<n {
      let excess = observations.values[i] - limit
      guard excess > 0 else { continue }
      z[i] = log(excess)
      let slope = objective.derivative(observations.values[i], unit: unit) * excess
      weights[i] = observations.weights[i] * slope * slope
    }
    let total = max(weights.reduce(0, +), .leastNormalMagnitude)
    func mean(_ column: [Double]) -> Double {
      zip(weights, column).reduce(0) { $0 + $1.0 * $1.1 } / total
    }
    meanZ = mean(z)
    meanTau = mean(tau)
    let lanes = (n + 3) / 4
    // Columns in groups of four, centred and scaled by the roots of the weights.
    var roots = [Lanes](repeating: .zero, count: lanes)
    var response = roots
    var exponent = roots
    for i in 0..<n {
      let root = weights[i].squareRoot()
      roots[i / 4][i % 4] = root
      response[i / 4][i % 4] = root * (z[i] - meanZ)
      exponent[i / 4][i % 4] = root * (meanTau - tau[i])
    }
    let ridge = prior?.strength ?? 0
    let exponentRidge = ridge / (ExponentPrior.width * ExponentPrior.width)
    let centre = prior?.centre ?? 0
    let ee = dot(exponent, exponent, lanes: lanes) + exponentRidge
    let ez = dot(exponent, response, lanes: lanes) + exponentRidge * centre
    exponentSquare = max(ee, .leastNormalMagnitude)
    exponentMoment = ez
    costWithoutBreaks =
      dot(response, response, lanes: lanes) + exponentRidge * centre * centre
      - ez * ez / exponentSquare

    let used = basis.isEmpty ? 0 : cells
    self.cells = used
    var columns = [Lanes](repeating: .zero, count: lanes * used)
    var means = [Double](repeating: 0, count: used)
    var cross = means
    var squares = means
    var moments = means
    let pivot = exponentSquare
    columns.withUnsafeMutableBufferPointer { columns in
      guard let columns = columns.baseAddress else { return }
      for cell in 0..<used {
        let column = columns + cell * lanes
        var sum = 0.0
        for i in 0..<n { sum += weights[i] * basis[cell * n + i] }
        means[cell] = sum / total
        for i in 0..<n {
          column[i / 4][i % 4] = basis[cell * n + i] - means[cell]
        }
        for i in 0..<lanes { column[i] *= roots[i] }
        cross[cell] = dot(column, exponent, lanes: lanes)
        let own = dot(column, column, lanes: lanes) + ridge
        let reduced = own - cross[cell] * cross[cell] / pivot
        // A column that E and beta already span cannot be used.
        squares[cell] = reduced > Self.collinear * own ? reduced : 0
        moments[cell] =
          dot(column, response, lanes: lanes) - cross[cell] * ez / pivot
      }
    }
    meanBasis = means
    crossExponent = cross
    self.squares = squares
    self.moments = moments
    guard needsGram else {
      gram = []
      return
    }
    gram = [Double](unsafeUninitializedCapacity: used * used) { gram, count in
      columns.withUnsafeBufferPointer { columns in
        guard let columns = columns.baseAddress else { return }
        for i in 0..<used {
          for j in 0...i {
            let product =
              dot(columns + i * lanes, columns + j * lanes, lanes: lanes) + (i == j ? ridge : 0)
              - cross[i] * cross[j] / pivot
            gram[i * used + j] = product
            gram[j * used + i] = product
          }
        }
      }
      count = used * used
    }
  }

  /// The cost with a break at one cell; infinite where the break cannot be told from a power law or
  /// changes the exponent too much.
  func cost(ofCell cell: Int) -> Double {
    let square = squares[cell]
    let moment = moments[cell]
    guard square > 0, abs(moment) <= LawBounds.largestExponentChange * square else {
      return .infinity
    }
    return costWithoutBreaks - moment * moment / square
  }

  /// The cost with breaks at two cells, in closed form.
  @inline(__always)
  func cost(ofPair i: Int, _ j: Int) -> Double {
    let product = gram[i * cells + j]
    let determinant = squares[i] * squares[j] - product * product
    guard determinant > Self.collinear * squares[i] * squares[j] else { return .infinity }
    let first = moments[i] * squares[j] - moments[j] * product
    let second = moments[j] * squares[i] - moments[i] * product
    let largest = LawBounds.largestExponentChange * determinant
    guard abs(first) <= largest, abs(second) <= largest else { return .infinity }
    return costWithoutBreaks - (moments[i] * first + moments[j] * second) / determinant
  }

  /// The cost with one more break at every cell that can be told apart from `set`.
  func costs(extending set: [Int]) -> [(cell: Int, cost: Double)] {
    let size = set.count
    let matrix = set.flatMap { i in set.map { gram[i * cells + $0] } }
    guard let cholesky = Cholesky(matrix, size: size, tolerance: Self.collinear) else { return [] }
    let l = cholesky.factor
    // y = L^-1 b, by forward substitution.
    func forward(_ b: [Double]) -> [Double] {
      var y = b
      for i in 0..<size {
        for k in 0..<i { y[i] -= l[i * size + k] * y[k] }
        y[i] /= l[i * size + i]
      }
      return y
    }
    let reduced = forward(set.map { moments[$0] })
    let cost = costWithoutBreaks - reduced.reduce(0) { $0 + $1 * $1 }
    return (0..<cells).compactMap { cell in
      guard squares[cell] > 0 else { return nil }
      let u = forward(set.map { gram[cell * cells + $0] })
      let square = squares[cell] - u.reduce(0) { $0 + $1 * $1 }
      guard square > Self.collinear * squares[cell] else { return nil }
      let moment = moments[cell] - zip(u, reduced).reduce(0) { $0 + $1.0 * $1.1 }
      return (cell, cost - moment * moment / square)
    }
  }

  /// The linear constants with breaks at `set`; nil when their columns are dependent.
  func solution(cells set: [Int]) -> (beta: Double, endExponent: Double, changes: [Double])? {
    let changes: [Double]
    switch set.count {
    case 0: changes = []
    case 1:
      guard cost(ofCell: set[0]).isFinite else { return nil }
      changes = [moments[set[0]] / squares[set[0]]]
    default:
      let matrix = set.flatMap { i in set.map { gram[i * cells + $0] } }
      guard let cholesky = Cholesky(matrix, size: set.count, tolerance: Self.collinear) else {
        return nil
      }
      changes = cholesky.solve(set.map { moments[$0] })
    }
    let known = zip(set, changes)
    let endExponent =
      (exponentMoment - known.reduce(0) { $0 + $1.1 * crossExponent[$1.0] }) / exponentSquare
    let beta = meanZ + endExponent * meanTau - known.reduce(0) { $0 + $1.1 * meanBasis[$1.0] }
    return (beta, endExponent, changes)
  }
}
