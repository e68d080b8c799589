import TestSupport
import Testing

@testable import ScalingLaws

@Suite("Cholesky factorization")
struct CholeskyTests {
  /// A = B'B + I with B random: symmetric, positive definite, well conditioned.
  private func random(seed: UInt64, size: Int) -> [Double] {
    var generator = SeededGenerator(seed: seed)
    let b = (0..<(size * size)).map { _ in generator.uniform(-1...1) }
    return (0..<(size * size)).map { k in
      let (i, j) = (k / size, k % size)
      return (0..<size).reduce(i == j ? 1 : 0) { $0 + b[$1 * size + i] * b[$1 * size + j] }
    }
  }

  @Test("L L' is the matrix, and the solution solves", arguments: 0...12)
  func factorAndSolve(size: Int) throws {
    let a = random(seed: UInt64(size), size: size)
    let cholesky = try #require(Cholesky(a, size: size))
    for i in 0..<size {
      for j in 0...i {
        let product = (0...j).reduce(0) {
          $0 + cholesky.factor[i * size + $1] * cholesky.factor[j * size + $1]
        }
        #expect(abs(product - a[i * size + j]) <= 1e-14 * Double(size))
      }
    }
    let x = (0..<size).map { Double($0) - 2.5 }
    let b = (0..<size).map { i in (0..<size).reduce(0) { $0 + a[i * size + $1] * x[$1] } }
    #expect(digits(cholesky.solve(b), x) >= 12)
  }

  @Test("the Hilbert matrix of order 4 has the inverse that is known")
  func hilbert() throws {
    let a = (0..<16).map { (k: Int) -> Double in 1 / Double(k / 4 + k % 4 + 1) }
    let cholesky = try #require(Cholesky(a, size: 4))
    let inverse = (0..<4).flatMap { row in cholesky.solve((0..<4).map { $0 == row ? 1 : 0 }) }
    let known: [Double] = [
      16, -120, 240, -140, -120, 1200, -2700, 1680, 240, -2700, 6480, -4200, -140, 1680, -4200,
      2800,
    ]
    // The condition is 1.5e4.
    #expect(digits(inverse, known) >= 11)
  }

  static let refused: [[Double]] = [
    [1, 1, 1, 1], [1, 0, 2, 1], [0, 0, 0, 1], [-1, 0, 0, 1], [.nan, 0, 0, 1], [1, 0, .infinity, 1],
  ]

  @Test("what is not positive definite has no factor", arguments: refused)
  func refusal(matrix: [Double]) {
    #expect(Cholesky(matrix, size: 2) == nil)
  }

  @Test("the tolerance is the squared sine below which columns count as dependent")
  func tolerance() {
    // Two unit columns at angle 1e-2: the second pivot is sin^2 = 1e-4.
    let cosine = 0.99995
    let matrix = [1, cosine, cosine, 1]
    #expect(Cholesky(matrix, size: 2, tolerance: 0.9e-4) != nil)
    #expect(Cholesky(matrix, size: 2, tolerance: 1.1e-4) == nil)
  }
}
