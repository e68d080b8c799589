import Glibc
import TestSupport
import Testing

@testable import ScalingLaws

/// The forecast's error and coverage on measured curves, held to what README says of them.
@Suite(
  "Forecasts of measured learning curves", .computesAside,
  .enabled(if: MeasuredData.isPresent, "BNSL_DATA names no directory with reference data"))
struct DevelopmentCurvesTests {
  /// Mean extrapolation RMSLE, and the share of held-out points inside the 90 % intervals, in
  /// percent.
  private struct Figures {
    let domain: String
    let rmsle: Double
    let coverage: Double
  }

  private static let figures = [
    Figures(domain: "IC", rmsle: 0.03267, coverage: 91.6),
    Figures(domain: "NMT", rmsle: 0.01123, coverage: 100),
    Figures(domain: "BB", rmsle: 0.01388, coverage: 90.6),
    Figures(domain: "ColPreT", rmsle: 0.02136, coverage: 93.6),
    Figures(domain: "DD", rmsle: 0.01725, coverage: 99.5),
    Figures(domain: "Nano", rmsle: 0.01932, coverage: 92.9),
    Figures(domain: "FT", rmsle: 0.01833, coverage: 97.8),
    Figures(domain: "LCDB", rmsle: 0.1739, coverage: 91.6),
    Figures(domain: "Pythia", rmsle: 0.04920, coverage: 85.8),
    Figures(domain: "Ladder", rmsle: 0.03139, coverage: 92.4),
    Figures(domain: "MPL", rmsle: 0.01152, coverage: 99.8),
    Figures(domain: "OpenCLIP", rmsle: 0.1053, coverage: 72.2),
    Figures(domain: "Speedrun", rmsle: 0.04135, coverage: 74.6),
  ]

  @Test("mean errors and coverage of every domain stay within 3 % of what they were")
  func pinned() throws {
    var curves: [String: [MeasuredCurve]] = [:]
    for file in ["benchmark.dev.csv", "extra.dev.csv", "wide.dev.csv"] {
      for curve in try MeasuredCurve.all(in: file) where !curve.heldOut.x.isEmpty {
        curves[curve.domain, default: []].append(curve)
      }
    }
    for figure in Self.figures {
      let results = try #require(curves[figure.domain]).compactMap(Self.result)
      let rmsle = results.reduce(0) { $0 + $1.rmsle } / Double(results.count)
      let coverage = 100 * results.reduce(0) { $0 + $1.coverage } / Double(results.count)
      #expect(abs(rmsle / figure.rmsle - 1) < 0.03, "\(figure.domain): \(rmsle)")
      #expect(abs(coverage - figure.coverage) < 3, "\(figure.domain): \(coverage)")
    }
  }

  private static func result(_ curve: MeasuredCurve) -> (rmsle: Double, coverage: Double)? {
    guard let points = try? Points(x: curve.training.x, y: curve.training.y),
      curve.heldOut.y.allSatisfy({ $0 > 0 }), points.y.allSatisfy({ $0 > 0 })
    else { return nil }
    let frame = Frame(points: points, orientation: .direct, objective: .given(.log))
    guard
      let laws = WeightedLaws(
        posteriorOf: Observations(points, in: frame), progress: .increasing)
    else { return nil }
    var (squares, inside) = (0.0, 0.0)
    for (x, y) in zip(curve.heldOut.x, curve.heldOut.y) {
      let z = frame.transformed(y)
      guard let distribution = laws.curve(atLogX: log(x)),
        let measured = laws.measurement(distribution, noise: nil)?.interval(0.9)
      else { return nil }
      let error = distribution.centre(trim: laws.trim) - z
      squares += error * error
      inside += measured.lower <= z && z <= measured.upper ? 1 : 0
    }
    let count = Double(curve.heldOut.x.count)
    return ((squares / count).squareRoot(), inside / count)
  }
}
