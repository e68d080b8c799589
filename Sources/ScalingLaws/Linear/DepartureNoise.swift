import Glibc

/// The covariance of a curve's departures from a law, with the noise of its points.
///
/// The slope of the departure is a random walk backwards from the last point, where the departure
/// and its slope are 0. So the larger rho is, the less do old points count. With u = -t/W,
/// cov(D(u), D(v)) = rho min(u, v)^2 (3 max(u, v) - min(u, v))/6 in units of the noise variance.
struct DepartureNoise: Sendable {
  let rho: Double
  /// L^-1 of the covariance L L', in blocks of four rows: the four entries of one column after
  /// another.
  let whitener: [Lanes]
  /// The roots of the weights, where rho is 0 and the whitener is diagonal.
  let roots: [Lanes]
  let logDeterminant: Double
  private let t: [Double]
  private let span: Double

  /// Nil when the covariance is not positive definite up to rounding.
  init?(rho: Double, curve: Curve) {
    self.rho = rho
    t = curve.t
    span = curve.span
    let n = t.count
    let groups = (n + 3) / 4
    if rho == 0 {
      roots = curve.weights.map { $0.squareRoot() }.lanes(filler: 0)
      whitener = []
      logDeterminant = -curve.weights.reduce(0) { $0 + log($1) }
      return
    }
    roots = []
    var matrix = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0...i { matrix[i * n + j] = rho * Self.kernel(-t[i] / span, -t[j] / span) }
      matrix[i * n + i] += 1 / curve.weights[i]
    }
    guard Self.factorize(&matrix, n) else { return nil }
    logDeterminant = 2 * (0..<n).reduce(0) { $0 + log(matrix[$1 * n + $1]) }
    guard logDeterminant.isFinite else { return nil }
    var blocks = [Lanes](repeating: .zero, count: groups * 4 * groups)
    for column in 0..<n {
      // Forward substitution of a unit vector.
      var solution = [Double](repeating: 0, count: n)
      for i in column..<n {
        var sum = i == column ? 1.0 : 0
        for k in column..<i { sum -= matrix[i * n + k] * solution[k] }
        solution[i] = sum / matrix[i * n + i]
        blocks[(i / 4) * 4 * groups + column][i % 4] = solution[i]
      }
    }
    whitener = blocks
  }

  static func kernel(_ u: Double, _ v: Double) -> Double {
    let (less, more) = (min(u, v), max(u, v))
    return less * less * (3 * more - less) / 6
  }

  private static func factorize(_ matrix: inout [Double], _ n: Int) -> Bool {
    for i in 0..<n {
      for j in 0...i {
        var sum = matrix[i * n + j]
        for k in 0..<j { sum -= matrix[i * n + k] * matrix[j * n + k] }
        if i == j {
          guard sum > 0 else { return false }
          matrix[i * n + i] = sum.squareRoot()
        } else {
          matrix[i * n + j] = sum / matrix[j * n + j]
        }
      }
    }
    return true
  }

  /// Whitens columns of `groups` groups each that follow each other.
  func whiten(
    _ columns: UnsafePointer<Lanes>, count: Int, groups: Int, to out: UnsafeMutablePointer<Lanes>
  ) {
    if rho == 0 {
      for column in 0..<count {
        for g in 0..<groups { out[column * groups + g] = roots[g] * columns[column * groups + g] }
      }
      return
    }
    let stride = 4 * groups
    whitener.withUnsafeBufferPointer { whitener in
      guard let rows = whitener.baseAddress else { return }
      columns.withMemoryRebound(to: Double.self, capacity: count * stride) { x in
        for block in 0..<groups {
          let row = rows + block * stride
          var (s0, s1, s2, s3, s4) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
          switch count {
          case 3:
            for k in 0..<(4 * block + 4) {
              s0.addProduct(row[k], Lanes(repeating: x[k]))
              s1.addProduct(row[k], Lanes(repeating: x[stride + k]))
              s2.addProduct(row[k], Lanes(repeating: x[2 * stride + k]))
            }
          case 4:
            for k in 0..<(4 * block + 4) {
              s0.addProduct(row[k], Lanes(repeating: x[k]))
              s1.addProduct(row[k], Lanes(repeating: x[stride + k]))
              s2.addProduct(row[k], Lanes(repeating: x[2 * stride + k]))
              s3.addProduct(row[k], Lanes(repeating: x[3 * stride + k]))
            }
            out[3 * groups + block] = s3
          default:
            for k in 0..<(4 * block + 4) {
              s0.addProduct(row[k], Lanes(repeating: x[k]))
              s1.addProduct(row[k], Lanes(repeating: x[stride + k]))
              s2.addProduct(row[k], Lanes(repeating: x[2 * stride + k]))
              s3.addProduct(row[k], Lanes(repeating: x[3 * stride + k]))
              s4.addProduct(row[k], Lanes(repeating: x[4 * stride + k]))
            }
            out[3 * groups + block] = s3
            out[4 * groups + block] = s4
          }
          out[block] = s0
          out[groups + block] = s1
          out[2 * groups + block] = s2
        }
      }
    }
  }

  /// L^-1 x for one column.
  func whitened(_ x: [Double]) -> [Double] {
    let n = t.count
    let groups = (n + 3) / 4
    let column = x.lanes(filler: 0)
    if rho == 0 { return zip(roots, column).map { $0 * $1 }.doubles(n) }
    return (0..<groups).map { block in
      (0..<min(4 * block + 4, n)).reduce(Lanes.zero) { sum, k in
        sum.addingProduct(whitener[block * 4 * groups + k], Lanes(repeating: x[k]))
      }
    }.doubles(n)
  }

  /// C^-1 x.
  func solve(_ x: [Double]) -> [Double] {
    let n = t.count
    let groups = (n + 3) / 4
    let white = whitened(x)
    if rho == 0 {
      return zip(roots.doubles(n), white).map { $0 * $1 }
    }
    let lanes = white.lanes(filler: 0)
    return (0..<n).map { column in
      (0..<groups).reduce(0) { $0 + (whitener[$1 * 4 * groups + column] * lanes[$1]).sum() }
    }
  }

  /// The covariance of the departure at a place with those at the points.
  func covariances(at place: Double) -> [Double] {
    t.map { rho * Self.kernel(-place / span, -$0 / span) }
  }

  /// The variance of the departure at a place in the past, before the points are known.
  func variance(at place: Double) -> Double { rho * Self.kernel(-place / span, -place / span) }
}
