import Foundation
import ScalingLaws
import TestSupport

/// Points about a law with one break, with half a percent of noise.
struct SimulatedCurve {
  let points: Points

  /// - Parameters:
  ///   - count: How many points there are, from x = 1 to 10,000.
  ///   - seed: Of the noise.
  init(count: Int, seed: UInt64 = 1) {
    var generator = SeededGenerator(seed: seed)
    let range = log(1e4)
    let law = BrokenPowerLaw(
      limit: 0.2, logCoefficient: 0.7, exponent: 0.2,
      breaks: [.init(exponentChange: 0.6, logLocation: 0.4 * range, width: 0.2)])
    let x = (0..<count).map { exp(range * Double($0) / Double(count - 1)) }
    let y = x.map { law.value(at: $0) * exp(0.005 * generator.normal()) }
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
