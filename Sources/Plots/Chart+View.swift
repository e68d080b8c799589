import Foundation

extension Chart {
  /// The ranges of x and y that a plot shows.
  struct View {
    let x: AxisScale
    let y: AxisScale

    /// Shows all points, and as much of the fitted curves as leaves the points readable.
    init(_ chart: Chart, axes: Axes) {
      let measured = chart.series.flatMap { $0.points + $0.heldOut }
      let isLogX = axes == .logLog && measured.allSatisfy { $0.x > 0 }
      let isLogY = axes == .logLog && measured.allSatisfy { $0.y > 0 }
      let divisionX: AxisScale.Division = isLogX ? .logarithmic : .linear
      let divisionY: AxisScale.Division = isLogY ? .logarithmic : .linear
      func x(_ value: Double) -> Double? { AxisScale.coordinate(value, divisionX) }
      func y(_ values: [Double?]) -> [Double] {
        values.compactMap { $0.flatMap { AxisScale.coordinate($0, divisionY) } }
      }

      let samples = chart.series.flatMap { $0.curve + $0.predictions }
      var horizontal = Extent(measured.compactMap { x($0.x) })
      // On linear axes a far forecast would leave little room for the points.
      horizontal.include(
        samples.compactMap { x($0.x) }, within: axes == .linear ? 1.5 : .infinity)
      var vertical = Extent(y(measured.map(\.y)))
      let points = vertical
      let seen = samples.filter { x($0.x).map(horizontal.contains) ?? false }
      vertical.include(y(seen.flatMap { [$0.y, $0.law] }), within: 1.5)
      if chart.drawsBands {
        vertical.include(y(seen.flatMap { [$0.lower, $0.upper] }), within: 0.75, of: points)
      }
      if chart.series.count == 1 {
        vertical.include(y([chart.series[0].limit]), onlyWithin: 0.5)
      }
      self.x = horizontal.scale(divisionX, margin: 0.03)
      self.y = vertical.scale(divisionY, margin: 0.05)
    }
  }

  /// Whether bands are drawn: those of many curves would hide the curves.
  var drawsBands: Bool { series.count <= 4 }
}

/// A range of coordinates that can be extended.
private struct Extent {
  var low: Double
  var high: Double

  init(_ values: [Double]) {
    low = values.min() ?? 0
    high = values.max() ?? 1
  }

  var width: Double { high - low }

  func contains(_ value: Double) -> Bool { low...high ~= value }

  /// Extends the range to contain the values, on either side by at most `reach` widths of `base`.
  mutating func include(_ values: [Double], within reach: Double, of base: Extent? = nil) {
    let base = base ?? self
    let width = base.isPoint ? 0.1 * max(abs(base.low), abs(base.high)) : base.width
    for value in values where value.isFinite {
      low = min(low, max(value, base.low - reach * width))
      high = max(high, min(value, base.high + reach * width))
    }
  }

  /// Extends the range to contain the values that are at most `reach` widths away; ignores the
  /// others.
  mutating func include(_ values: [Double], onlyWithin reach: Double) {
    let near = (low - reach * width)...(high + reach * width)
    include(values.filter { near ~= $0 }, within: .infinity)
  }

  /// Whether its ends are equal up to rounding.
  private var isPoint: Bool { width <= 1e-12 * max(abs(low), abs(high)) }

  func scale(_ division: AxisScale.Division, margin: Double) -> AxisScale {
    let space = isPoint ? max(0.05 * max(abs(low), abs(high)), 0.05) : width * margin
    return AxisScale(
      division: division, low: max(low - space, -.greatestFiniteMagnitude),
      high: min(high + space, .greatestFiniteMagnitude))
  }
}
