import Testing

@testable import ScalingLaws

@Suite("Orthogonal columns")
struct OrthogonalColumnsTests {
  private func orthogonal(_ columns: [[Double]], further: Int = 0) -> (
    OrthogonalColumns?, [[Double]]
  ) {
    let count = columns[0].count
    var lanes = columns.flatMap { $0.lanes(filler: 0) }
    let groups = lanes.count / columns.count
    let orthogonal = lanes.withUnsafeMutableBufferPointer { lanes in
      lanes.baseAddress.flatMap {
        OrthogonalColumns(
          $0, count: columns.count - further, further: further, lanes: groups, tolerance: 1e-26)
      }
    }
    return (orthogonal, columns.indices.map { lanes.doubles(count, from: groups * $0) })
  }

  @Test("the columns are sums of the orthogonal ones")
  func sums() throws {
    let columns = [[1.0, 2, 3, 4, 5], [1, 0, 2, 0, 1], [0, 1, 1, 3, -2]]
    let (found, after) = orthogonal(columns, further: 1)
    let orthogonal = try #require(found)
    for b in columns.indices {
      for i in columns[b].indices {
        let sum = (0..<min(b, 2)).reduce(after[b][i]) {
          $0 + orthogonal.share(of: b, in: $1) * after[$1][i]
        }
        #expect(abs(sum - columns[b][i]) < 1e-14)
      }
      for a in 0..<min(b, 2) {
        #expect(abs(zip(after[a], after[b]).reduce(0) { $0 + $1.0 * $1.1 }) < 1e-13)
      }
    }
  }

  @Test("a column that differs from another by 1e-9 keeps seven digits of the difference")
  func nearlyDependent() throws {
    let small = 0x1p-30
    let (found, _) = orthogonal([[1, 1, 1, 1], [1 + small, 1 - small, 1 + small, 1 - small]])
    // What is left has the square 4 small^2; by products of the columns it would be 0.
    let square = try #require(found).squares[1]
    #expect(abs(square / (4 * small * small) - 1) < 1e-6)
  }

  @Test("columns that are equal up to rounding are dependent")
  func dependent() {
    #expect(orthogonal([[0.1, 0.2, 0.3, 0.7], [0.3, 0.6, 0.9, 2.1]]).0 == nil)
    #expect(orthogonal([[0, 0, 0, 0], [1, 2, 3, 4]]).0 == nil)
  }
}
