import Glibc
import TestSupport

@testable import ScalingLaws

/// Points drawn from a law that is known, with relative noise.
struct SimulatedCurve {
  let law: BrokenPowerLaw
  let x: [Double]
  var y: [Double]

  /// `count` points over `decades` decades of x from 1, evenly spaced in ln x.
  init(
    _ law: BrokenPowerLaw, count: Int, decades: Double = 4, noise: Double = 0, seed: UInt64 = 0
  ) {
    var generator = SeededGenerator(seed: seed)
    self.law = law
    x = (0..<count).map { pow(10, decades * Double($0) / Double(count - 1)) }
    y = x.map { law.value(at: $0) * exp(noise * generator.normal()) }
  }

  func points(noise: Noise = .unknown) throws -> Points { try Points(x: x, y: y, noise: noise) }

  /// Clear curves over four decades: with 0 breaks a power law with a limit; with 1 break a fall
  /// that steepens in the middle by at least what it was; with 2 breaks a fall that steepens and
  /// then levels off, a decade or more apart. Bends are one decade wide at most.
  static func clear(breaks: Int, count: Int = 60, noise: Double, seed: UInt64) -> SimulatedCurve {
    var generator = SeededGenerator(seed: 100 * seed + UInt64(breaks))
    let width = 4 * log(10.0)
    func bend(_ change: ClosedRange<Double>, _ place: ClosedRange<Double>) -> BrokenPowerLaw.Break {
      .init(
        exponentChange: generator.uniform(change), logLocation: width * generator.uniform(place),
        width: generator.uniform(0.1...0.4))
    }
    let bends: [BrokenPowerLaw.Break] =
      switch breaks {
      case 0: []
      case 1: [bend(0.4...1, 0.35...0.65)]
      default: [bend(0.5...1, 0.25...0.35), bend(-0.8 ... -0.4, 0.6...0.7)]
      }
    let law = BrokenPowerLaw(
      limit: generator.uniform(0.1...0.4), logCoefficient: log(generator.uniform(1...3)),
      exponent: generator.uniform(0.1...0.4), breaks: bends)
    return SimulatedCurve(law, count: count, noise: noise, seed: generator.next())
  }
}

extension FitReport {
  /// The value of a constant of the reported law, or NaN.
  subscript(_ constant: Constant) -> Double {
    model.constants.first { $0.constant == constant }?.value ?? .nan
  }

  var values: [Double] { model.constants.map { $0.value ?? .nan } }

  /// Whether there is a warning of that case.
  func hasWarning(_ name: String) -> Bool {
    warnings.contains { "\($0)".prefix { $0 != "(" } == name }
  }
}
