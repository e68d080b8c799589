import Foundation
import ScalingLaws

/// Points about a law with one break, with half a percent of noise.
struct SimulatedCurve {
  let points: Points

  /// - Parameters:
  ///   - count: How many points there are, from x = 1 to 10,000.
  ///   - seed: Of the noise.
  init(count: Int, seed: UInt64 = 1) {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x5851_F42D_4C95_7F2D
    func uniform() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (Double(state >> 11) + 0.5) * 0x1p-53
    }
    let range = log(1e4)
    let law = BrokenPowerLaw(
      limit: 0.2, logCoefficient: 0.7, exponent: 0.2,
      breaks: [.init(exponentChange: 0.6, logLocation: 0.4 * range, sharpness: 0.2)])
    let x = (0..<count).map { exp(range * Double($0) / Double(count - 1)) }
    let y = x.map { x in
      let normal = (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform())
      return law.value(at: x) * exp(0.005 * normal)
    }
    guard let points = try? Points(x: x, y: y) else {
      preconditionFailure("all x and y are positive")
    }
    self.points = points
  }

  /// The sum of squares of ln(y + 1) about a law.
  func squares(_ law: BrokenPowerLaw) -> Double {
    zip(points.x, points.y).reduce(0) { sum, point in
      let error = log1p(law.value(at: point.0)) - log1p(point.1)
      return sum + error * error
    }
  }
}
