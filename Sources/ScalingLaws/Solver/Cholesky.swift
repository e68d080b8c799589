/// The Cholesky factor of a small symmetric positive definite matrix.
///
/// The matrix is kept row by row in `size * size` doubles; only its lower triangle is read.
struct Cholesky {
  let size: Int
  /// L, row by row; the upper triangle is not used.
  private(set) var factor: [Double]

  /// Nil when a pivot falls to `tolerance` of its diagonal entry or below: dependent columns.
  init?(_ matrix: [Double], size: Int, tolerance: Double = 1e-15) {
    self.size = size
    factor = matrix
    let isPositive = factor.withUnsafeMutableBufferPointer {
      Self.factorize($0.baseAddress, size: size, stride: size, tolerance: tolerance)
    }
    guard isPositive else { return nil }
  }

  /// Factorizes in place; false when the matrix is not positive definite to `tolerance`.
  @inline(__always)
  static func factorize(
    _ a: UnsafeMutablePointer<Double>?, size: Int, stride: Int, tolerance: Double
  ) -> Bool {
    guard let a else { return size == 0 }
    for j in 0..<size {
      let diagonal = a[j * stride + j]
      var pivot = diagonal
      for k in 0..<j { pivot -= a[j * stride + k] * a[j * stride + k] }
      guard pivot > tolerance * diagonal, pivot > 0 else { return false }
      let root = pivot.squareRoot()
      a[j * stride + j] = root
      for i in (j + 1)..<max(size, j + 1) {
        var sum = a[i * stride + j]
        for k in 0..<j { sum -= a[i * stride + k] * a[j * stride + k] }
        a[i * stride + j] = sum / root
      }
    }
    return true
  }

  /// Replaces b by the solution of L L' x = b.
  @inline(__always)
  static func solve(
    _ l: UnsafePointer<Double>, size: Int, stride: Int, _ b: UnsafeMutablePointer<Double>
  ) {
    solveForward(l, size: size, stride: stride, b)
    var i = size - 1
    while i >= 0 {
      var sum = b[i]
      for k in (i + 1)..<max(size, i + 1) { sum -= l[k * stride + i] * b[k] }
      b[i] = sum / l[i * stride + i]
      i -= 1
    }
  }

  /// Replaces b by the solution of L x = b.
  @inline(__always)
  static func solveForward(
    _ l: UnsafePointer<Double>, size: Int, stride: Int, _ b: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<size {
      var sum = b[i]
      for k in 0..<i { sum -= l[i * stride + k] * b[k] }
      b[i] = sum / l[i * stride + i]
    }
  }

  /// The solution of A x = b.
  func solve(_ b: [Double]) -> [Double] {
    var x = b
    factor.withUnsafeBufferPointer { l in
      x.withUnsafeMutableBufferPointer { x in
        if let l = l.baseAddress, let x = x.baseAddress {
          Self.solve(l, size: size, stride: size, x)
        }
      }
    }
    return x
  }

  /// A^-1, row by row.
  var inverse: [Double] {
    var result = [Double](repeating: 0, count: size * size)
    for column in 0..<size {
      var unit = [Double](repeating: 0, count: size)
      unit[column] = 1
      for (row, value) in solve(unit).enumerated() { result[row * size + column] = value }
    }
    return result
  }
}
