import Glibc

/// A smooth curve through the points. Laws are first linearized about it, and limits are measured
/// from it.
///
/// It is the cubic smoothing spline with the largest marginal likelihood.
struct Pilot: Sendable {
  /// Values f at the points.
  let values: [Double]
  let least: Double
  let largest: Double
  /// ln(largest/smallest): the e-folds by which the curve has changed.
  let folds: Double
  /// Whether the curve rises at its end.
  let rises: Bool

  private static let stiffness: [Double] = [0] + (0...8).map { pow(10, Double($0)) }

  init(_ curve: Curve) {
    let n = curve.t.count
    var best = -Double.infinity
    var smooth = curve.z
    let prior =
      ForecastSettings.scatterPoints * ForecastSettings.leastScatter
      * ForecastSettings.leastScatter
    for rho in Self.stiffness {
      guard let noise = DepartureNoise(rho: rho, curve: curve) else { continue }
      let (a, b, y) = (
        noise.whitened([Double](repeating: 1, count: n)), noise.whitened(curve.t),
        noise.whitened(curve.z)
      )
      func product(_ u: [Double], _ v: [Double]) -> Double {
        zip(u, v).reduce(0) { $0 + $1.0 * $1.1 }
      }
      let (aa, ab, bb) = (product(a, a), product(a, b), product(b, b))
      let (ay, by) = (product(a, y), product(b, y))
      let determinant = aa * bb - ab * ab
      guard determinant > 0 else { continue }
      let level = (bb * ay - ab * by) / determinant
      let slope = (aa * by - ab * ay) / determinant
      let rest = (0..<n).map { y[$0] - level * a[$0] - slope * b[$0] }
      let squares = product(rest, rest)
      let fit =
        curve.noise.isKnown
        ? squares / 2
        : (Double(curve.noise.pointCount) - 2 + ForecastSettings.scatterPoints) / 2
          * log(squares + curve.noise.within + prior)
      let evidence = -0.5 * noise.logDeterminant - 0.5 * log(determinant) - fit
      guard evidence > best else { continue }
      best = evidence
      let pull = noise.solve((0..<n).map { curve.z[$0] - level - slope * curve.t[$0] })
      smooth = (0..<n).map { curve.z[$0] - pull[$0] / curve.weights[$0] }
    }
    let measured = curve.z.map(curve.scale.inverse)
    let top = measured.max() ?? 1
    // Half the smallest value that has a logarithm, or a thousandth of the largest.
    let floor = max(0.5 * (measured.min() ?? 0), 5e-4 * top)
    let floorOfLogarithm = curve.scale.isLinear || curve.scale.shift != 0 ? floor : 0
    values = smooth.map { max(curve.scale.inverse($0), floorOfLogarithm) }
    least = values.min() ?? 1
    largest = values.max() ?? 1
    let moved = log(largest / least)
    folds = (moved * moved + ForecastSettings.leastFolds * ForecastSettings.leastFolds).squareRoot()
    let (first, last) = (values.first ?? 1, values.last ?? 1)
    rises = last > first && last > ForecastSettings.risingShare * largest
  }
}
