import Glibc
import TestSupport
import Testing

@testable import ScalingLaws

@Suite("What a curve tends to", .computesAside)
struct LimitTests {
  private func limit(_ points: Points, _ change: (inout FitOptions) -> Void) throws -> (
    LimitReport, BrokenPowerLaw
  ) {
    var options = FitOptions()
    change(&options)
    let report = try BrokenPowerLaw.fit(points, options: options)
    return (report.limit, report.model.law)
  }

  /// Points of a law whose exponent falls by 0.5 at a break at 100.
  private static func oneBreak(exponent: Double) throws -> Points {
    let law = BrokenPowerLaw(
      limit: 0.1, logCoefficient: log(2), exponent: exponent,
      breaks: [.init(exponentChange: -0.5, logLocation: log(100), width: 0.3)])
    return try SimulatedCurve(law, count: 40, noise: 0.002, seed: 2).points()
  }

  @Test("a last exponent of 0 ends on the level after the last break")
  func levelAfterBreak() throws {
    let (limit, fitted) = try limit(Self.oneBreak(exponent: 0.5)) {
      $0.breaks = .exactly(1)
      $0.fixed = [.c0: 0.5, .c(1): -0.5]
    }
    guard case .finite(let value) = limit.value else {
      Issue.record("\(limit.value)")
      return
    }
    #expect(digits(value, fitted.value(at: 1e30)) >= 10)
    #expect(abs(value / (0.1 + 2 * pow(100, -0.5)) - 1) < 0.02)
  }

  @Test("an exponent of 0 before the first break ends on a + b towards x = 0")
  func levelAtZero() throws {
    let (limit, fitted) = try limit(Self.oneBreak(exponent: 0)) {
      $0.breaks = .exactly(1)
      $0.fixed = [.c0: 0]
      $0.progress = .decreasing
    }
    guard case .finite(let value) = limit.value else {
      Issue.record("\(limit.value)")
      return
    }
    #expect(digits(value, fitted.value(at: 1e-30)) >= 10)
    #expect(abs(value / 2.1 - 1) < 0.02)
  }

  @Test("a law that grows at the end has none", arguments: [Progress.increasing, .decreasing])
  func unbounded(progress: Progress) throws {
    let law = BrokenPowerLaw(limit: 0.1, logCoefficient: 0, exponent: -0.3 * progress.sign)
    let curve = SimulatedCurve(law, count: 20, noise: 0.002, seed: 2)
    let (limit, _) = try limit(curve.points()) {
      $0.breaks = .exactly(0)
      $0.progress = progress
      $0.fixed = [.a: 0.1]
    }
    #expect(limit.value == .unbounded(above: true))
  }
}
