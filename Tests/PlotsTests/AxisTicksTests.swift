import Foundation
import Testing

@testable import Plots

@Suite("Ticks")
struct AxisTicksTests {
  private func labels(_ division: AxisScale.Division, _ low: Double, _ high: Double) -> [String] {
    let scale = AxisScale(
      division: division, low: AxisScale.coordinate(low, division) ?? 0,
      high: AxisScale.coordinate(high, division) ?? 0)
    return AxisTicks(scale, length: 500) { $0.ems * 15 + 14 }.major.map(\.label)
  }

  @Test(
    "round numbers, written as a reader expects them",
    arguments: [
      (AxisScale.Division.logarithmic, 160, 928, "200 400 600 800"),
      (.logarithmic, 1, 1000, "1 3 10 30 100 300 1000"),
      (.logarithmic, 1e20, 1e30, "10²⁰ 10²² 10²⁴ 10²⁶ 10²⁸ 10³⁰"),
      (.logarithmic, 0.9, 2.2, "1.0 1.2 1.4 1.6 1.8 2.0 2.2"),
      (.linear, 0, 1, "0 0.2 0.4 0.6 0.8 1.0"),
      (.linear, -1000, 1000, "−1000 −500 0 500 1000"),
      (.linear, 0, 3e9, "0 0.5×10⁹ 1.0×10⁹ 1.5×10⁹ 2.0×10⁹ 2.5×10⁹ 3.0×10⁹"),
      (.logarithmic, 2e-7, 3e-6, "2×10⁻⁷ 5×10⁻⁷ 10⁻⁶ 2×10⁻⁶"),
    ] as [(AxisScale.Division, Double, Double, String)])
  func round(division: AxisScale.Division, low: Double, high: Double, expected: String) {
    #expect(labels(division, low, high).joined(separator: " ") == expected)
  }

  @Test(
    "labels stay apart, and there is more than one, on any range",
    arguments: [1e-300, 1e-9, 0.003, 1, 77.7, 1e6, 3e17, 1e290],
    [1.000001, 1.01, 1.5, 3, 12, 1e3, 1e7, 1e15])
  func apart(low: Double, factor: Double) {
    for division in [AxisScale.Division.linear, .logarithmic] {
      guard let start = AxisScale.coordinate(low, division),
        let end = AxisScale.coordinate(low * factor, division)
      else { continue }
      let scale = AxisScale(division: division, low: start, high: end)
      let ticks = AxisTicks(scale, length: 500) { $0.ems * 15 }.major
      #expect(ticks.count >= 2, "\(low) to \(low * factor), \(division)")
      for (a, b) in zip(ticks, ticks.dropFirst()) {
        let gap = ((scale.share(b.value) ?? 0) - (scale.share(a.value) ?? 0)) * 500
        #expect(gap >= (a.label.ems + b.label.ems) / 2 * 15, "\(a.label) \(b.label)")
      }
      #expect(Set(ticks.map(\.label)).count == ticks.count, "\(ticks.map(\.label))")
    }
  }
}

@Suite("Numbers for readers")
struct NumberTextTests {
  @Test(
    "three digits, and powers of ten beyond a million",
    arguments: [
      (0, "0"), (1, "1"), (612.58, "613"), (999.9, "1000"), (0.41388, "0.414"),
      (-0.0551, "−0.0551"), (7_830_000, "7.83×10⁶"), (1e-7, "10⁻⁷"), (-2e20, "−2×10²⁰"),
      (0.99999, "1"), (123_456, "123456"),
    ] as [(Double, String)])
  func short(value: Double, expected: String) {
    #expect(NumberText.short(value) == expected)
  }
}
