import Glibc
import Testing

@testable import ScalingLaws

@Suite("The covariance of departures from a law")
struct DepartureNoiseTests {
  private static let count = 11

  private func curve() throws -> Curve {
    let x = (0..<Self.count).map { pow(1.7, Double($0)) }
    let points = try Points(
      x: x, y: x.map { pow($0, -0.3) }, noise: .weights(x.map { 1 + log($0) }))
    let frame = Frame(points: points, orientation: .direct, objective: .automatic)
    return try #require(Curve(Observations(points, in: frame), progress: .increasing))
  }

  @Test("the kernel is that of an integrated random walk")
  func kernel() {
    // cov(D(u), D(v)) = integral of (u - s)(v - s) over s from 0 to min(u, v).
    for (u, v) in [(0.3, 0.8), (1, 1), (0.9, 0.2)] {
      let steps = 20_000
      let end = min(u, v)
      let sum = (0..<steps).reduce(0.0) { sum, i in
        let s = (Double(i) + 0.5) / Double(steps) * end
        return sum + (u - s) * (v - s) * end / Double(steps)
      }
      #expect(abs(DepartureNoise.kernel(u, v) - sum) < 1e-8)
    }
  }

  @Test("whitening and solving invert the covariance", arguments: [0.0, 1, 1000])
  func inverse(rho: Double) throws {
    let curve = try curve()
    let noise = try #require(DepartureNoise(rho: rho, curve: curve))
    func times(_ x: [Double]) -> [Double] {
      (0..<Self.count).map { i in
        (0..<Self.count).reduce(0.0) { sum, j in
          let kernel = DepartureNoise.kernel(-curve.t[i] / curve.span, -curve.t[j] / curve.span)
          return sum + (rho * kernel + (i == j ? 1 / curve.weights[i] : 0)) * x[j]
        }
      }
    }
    let x = (0..<Self.count).map { sin(Double($0)) }
    for (a, b) in zip(noise.solve(times(x)), x) { #expect(abs(a - b) < 1e-8) }
    // The whitened square is that by the inverse.
    let white = noise.whitened(x).reduce(0) { $0 + $1 * $1 }
    let direct = zip(x, noise.solve(x)).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(abs(white - direct) < 1e-9 * direct)
    // Columns by fours whiten as single ones do.
    let groups = (Self.count + 3) / 4
    for count in 3...5 {
      let columns = (0..<count).map { c in x.map { $0 + Double(c) } }
      let out = [Lanes](unsafeUninitializedCapacity: count * groups) { out, initialized in
        columns.flatMap { $0.lanes(filler: 0) }.withUnsafeBufferPointer {
          noise.whiten($0.baseAddress!, count: count, groups: groups, to: out.baseAddress!)
        }
        initialized = count * groups
      }
      for (c, column) in columns.enumerated() {
        let white = out.doubles(Self.count, from: c * groups)
        for (a, b) in zip(white, noise.whitened(column)) { #expect(abs(a - b) < 1e-9) }
      }
    }
  }
}
