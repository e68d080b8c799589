/// The Cholesky factor of a small symmetric positive definite matrix.
///
/// The matrix is kept row by row in `size * size` doubles; only its lower triangle is read.
struct Cholesky {
  let size: Int
  /// L, row by row; the upper triangle is not used.
  private(set) var factor: [Double]

  /// Nil when a pivot is at most `tolerance` times its diagonal entry, which means dependent
  /// columns.
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
    for i in 0..<size {
      let row = a + i * stride
      for j in 0..<i {
        let other = a + j * stride
        var sum = row[j]
        for k in 0..<j { sum.addProduct(-row[k], other[k]) }
        row[j] = sum / other[j]
      }
      let diagonal = row[i]
      var pivot = diagonal
      for k in 0..<i { pivot.addProduct(-row[k], row[k]) }
      guard pivot > tolerance * diagonal, pivot > 0 else { return false }
      row[i] = pivot.squareRoot()
    }
    return true
  }

  /// Replaces b by the solution of L L' x = b.
  @inline(__always)
  static func solve(
    _ l: UnsafePointer<Double>, size: Int, stride: Int, _ b: UnsafeMutablePointer<Double>
  ) {
    solveForward(l, size: size, stride: stride, b)
    for i in (0..<size).reversed() {
      let row = l + i * stride
      b[i] /= row[i]
      for k in 0..<i { b[k].addProduct(-row[k], b[i]) }
    }
  }

  /// Replaces b by the solution of L x = b.
  @inline(__always)
  static func solveForward(
    _ l: UnsafePointer<Double>, size: Int, stride: Int, _ b: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<size {
      let row = l + i * stride
      var sum = b[i]
      for k in 0..<i { sum.addProduct(-row[k], b[k]) }
      b[i] = sum / row[i]
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
}
