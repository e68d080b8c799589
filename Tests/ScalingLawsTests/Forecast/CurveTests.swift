import Glibc
import Testing

@testable import ScalingLaws

@Suite("Points as forecasts see them")
struct CurveTests {
  private func curve(_ x: [Double], _ y: [Double], _ noise: Noise = .unknown) throws -> Curve {
    let points = try Points(x: x, y: y, noise: noise)
    let frame = Frame(points: points, orientation: .direct, objective: .automatic)
    return try #require(Curve(Observations(points, in: frame), progress: .increasing))
  }

  @Test(
    "replicates are one point of their mean, weighed by their number, in whatever order they come")
  func replicates() throws {
    let x: [Double] = [1, 1, 1, 10, 100, 100]
    let y = [3, 2.5, 2.8, 1.5, 0.9, 1.1]
    let plain = try curve(x, y)
    #expect(plain.t.count == 3 && plain.noise.pointCount == 6)
    #expect(plain.weights == [3, 1, 2])
    let order = [2, 5, 0, 3, 1, 4]
    let shuffled = try curve(order.map { x[$0] }, order.map { y[$0] })
    #expect(plain.t == shuffled.t && plain.z == shuffled.z)
    #expect(plain.noise.within.bitPattern == shuffled.noise.within.bitPattern)
  }

  @Test("the squares about a smooth law are those of the bins and within them")
  func bins() throws {
    let x = (0..<400).map { pow(1.01, Double($0)) }
    let y = x.indices.map { exp(0.01 * sin(Double($0 * $0))) }
    let binned = try curve(x, y)
    #expect(binned.t.count <= ForecastSettings.bins)
    let mean = y.reduce(0) { $0 + log($1) } / 400
    let total = y.reduce(0) { $0 + pow(log($1) - mean, 2) }
    // z are relative to the geometric mean.
    let between = zip(binned.weights, binned.z).reduce(0) { $0 + $1.0 * $1.1 * $1.1 }
    #expect(abs(between + binned.noise.within - total) < 1e-9 * total)
  }

  @Test("the noise of a replicated point is known to be smaller than that of one measurement")
  func knownNoise() throws {
    let curve = try curve(
      [1, 1, 10, 100], [2, 2, 1, 0.5], .standardErrors([0.1, 0.1, 0.1, 0.1]))
    // sigma of ln y is .05 at y = 2: two points weigh 2/.05^2.
    #expect(abs(curve.weights[0] - 800) < 1e-6)
    #expect(curve.noise.isKnown)
  }

  @Test("a loss spike of a long curve loses its weight")
  func spike() throws {
    let x = (1...40).map(Double.init)
    var y = x.map { pow($0, -0.3) * (1 + 0.002 * sin(17 * $0)) }
    y[20] *= 1.4
    let curve = try curve(x, y)
    #expect(curve.weights[20] < 0.1)
    #expect(curve.weights.filter { $0 < 0.9 }.count <= 3)
  }

  @Test("values below 0 count from three ranges below the data, and survive their scale")
  func scale() throws {
    let curve = try curve([1, 10, 100], [-3, -4, -5])
    for z in curve.z {
      let f = curve.scale.inverse(z)
      #expect(f > 0)
      #expect(abs(curve.scale.transform(f) - z) < 1e-12)
    }
  }
}
