import Foundation
import TestSupport

/// The kinds of curves that are drawn, from the usual to the odd.
enum CurveKind: CaseIterable {
  case powerLaw, powerLawToZero, oneBreak, doubleDescent, rising, accuracy, emergent, noise
  case nearlyConstant, belowZero, extreme
}

/// Points drawn at random about a curve of some kind.
struct RandomCurve {
  var x: [Double]
  var y: [Double]
  /// The standard deviation of the noise, relative to y.
  var noise: Double

  init(_ kind: CurveKind, using generator: inout some RandomNumberGenerator) {
    let count = Int(3 * pow(100.0 / 3, generator.uniform(0...1)))
    let decades = generator.uniform(0.3...6)
    let origin = pow(10, generator.uniform(-3...6))
    let isIrregular = Bool.random(using: &generator)
    var x = (0..<count).map { index in
      let share = isIrregular ? generator.uniform(0...1) : Double(index) / Double(count - 1)
      return origin * pow(10, decades * share)
    }
    // Replicates: some points are measured again at the x of another.
    if Int.random(in: 0..<4, using: &generator) == 0 {
      for _ in 0..<(count / 2) {
        x[Int.random(in: 0..<count, using: &generator)] = x.randomElement(using: &generator) ?? 1
      }
    }
    let noise: Double = [0, 0.001, 0.01, 0.05, 0.3].randomElement(using: &generator) ?? 0
    let limit = generator.uniform(0...2)
    let exponent = generator.uniform(0.05...2.5)
    let middle = origin * pow(10, decades * generator.uniform(0.2...0.8))
    let width = generator.uniform(0.05...1)
    let change = generator.uniform(-1...1)
    func bend(_ x: Double, _ change: Double, at place: Double) -> Double {
      pow(1 + pow(x / place, 1 / width), -change * width)
    }
    let level = generator.uniform(-3...3)
    var y = x.map { x -> Double in
      let t = x / origin
      let scatter = exp(noise * generator.normal())
      switch kind {
      case .powerLaw: return scatter * (limit + 3 * pow(t, -exponent))
      case .powerLawToZero: return scatter * 3 * pow(t, -exponent)
      case .oneBreak: return scatter * (limit + pow(t, -0.2) * bend(x, change, at: middle))
      case .doubleDescent:
        return scatter
          * (0.2 + pow(t, -0.4) * bend(x, -1.2, at: middle) * bend(x, 1.5, at: 5 * middle))
      case .rising: return scatter * pow(t, 0.5 * exponent)
      case .accuracy: return min(1, max(0, 0.9 - 0.7 * pow(t, -exponent) * scatter))
      case .emergent: return x < middle ? 0 : min(1, 0.3 * log(x / middle) * scatter)
      case .noise: return scatter * exp(0.3 * generator.normal())
      case .nearlyConstant: return 2 + 1e-9 * generator.uniform(-1...1)
      case .belowZero: return level + 2 * pow(t, -exponent) * scatter
      case .extreme: return generator.normal() * pow(10, generator.uniform(-300...300))
      }
    }
    // Everything next to -1, where log1p ends.
    if kind == .belowZero, Int.random(in: 0..<4, using: &generator) == 0 {
      let size = pow(10, generator.uniform(-12 ... -1))
      y = y.map { -1 + size * abs($0) }
    }
    (self.x, self.y, self.noise) = (x, y, noise)
  }
}
