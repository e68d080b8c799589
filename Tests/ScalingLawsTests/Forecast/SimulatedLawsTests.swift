import Glibc
import Testing

@testable import ScalingLaws

/// Intervals of power laws with a limit, a + x^-c over two decades, one decade on.
@Suite("Intervals of simulated laws")
struct SimulatedLawsTests {
  struct Setting: Sendable, CustomTestStringConvertible {
    let count: Int
    let noise: Double
    let isKnown: Bool

    /// How many times as wide as needed they may be; of 60 curves the quantile is known to a fifth.
    var mostWidth: Double { isKnown ? 2.4 : 3.6 }
    var testDescription: String {
      "\(count) points, \(isKnown ? "stated " : "")noise of \(100 * noise) %"
    }

    static let all = [false, true].flatMap { isKnown in
      [0.02, 0.1].flatMap { noise in
        [4, 6, 10, 20, 40].map { Setting(count: $0, noise: noise, isKnown: isKnown) }
      }
    }
  }

  /// The distribution of the curve one decade on, with the truth there, on the objective's scale.
  private func forecast(_ setting: Setting, seed: Int) throws -> (
    laws: WeightedLaws, distribution: StudentMixture, truth: Double, points: Points
  ) {
    var random = SplitMix64(seed: 77, stream: seed)
    let a = 0.5 * random.uniform()
    let c = 0.2 + 0.6 * random.uniform()
    let x = (0..<setting.count).map { pow(100, Double($0) / Double(setting.count - 1)) }
    let y = x.map { (a + pow($0, -c)) * exp(setting.noise * random.normal()) }
    let points = try Points(
      x: x, y: y,
      noise: setting.isKnown ? .standardErrors(y.map { $0 * setting.noise }) : .unknown)
    let frame = Frame(points: points, orientation: .direct, objective: .given(.log))
    let laws = try #require(
      WeightedLaws(posteriorOf: Observations(points, in: frame), progress: .increasing))
    return (
      laws, try #require(laws.curve(atLogX: log(1000))), frame.transformed(a + pow(1000, -c)),
      points
    )
  }

  @Test(
    "cover, and are not far wider than twice the 90 % quantile of the error", arguments: Setting.all
  )
  func coverage(setting: Setting) throws {
    let curves = 60
    var (errors, widths): ([Double], [Double]) = ([], [])
    var inside = 0
    for seed in 1...curves {
      let (laws, distribution, truth, _) = try forecast(setting, seed: seed)
      let interval = laws.interval(of: distribution, level: 0.9, atLogX: log(1000))
      if interval.lower <= truth && truth <= interval.upper { inside += 1 }
      errors.append(abs(distribution.centre(trim: laws.trim) - truth))
      widths.append(interval.upper - interval.lower)
    }
    #expect(Double(inside) >= 0.88 * Double(curves), "\(inside) of \(curves)")
    let needed = 2 * errors.sorted()[Int(0.9 * Double(curves))]
    let width = widths.sorted()[curves / 2]
    #expect(width < setting.mostWidth * needed, "\(width) for \(needed)")
  }

  @Test(
    "of three points reach from the power law without a limit to the last value",
    arguments: [0.02, 0.1])
  func threePoints(noise: Double) throws {
    for seed in 1...40 {
      let setting = Setting(count: 3, noise: noise, isKnown: false)
      let (laws, distribution, _, points) = try forecast(setting, seed: seed)
      let interval = laws.interval(of: distribution, level: 0.9, atLogX: log(1000))
      let levels = points.y.map { laws.frame.transformed($0) }
      // Least squares of logarithms over two decades, one decade beyond.
      let straight = levels.reduce(0, +) / 3 + (levels[2] - levels[0])
      #expect(interval.lower <= min(straight, levels[2]) + 1e-9, "\(seed)")
      #expect(interval.upper >= max(straight, levels[2]) - 1e-9, "\(seed)")
    }
  }
}
