import Foundation

/// The sizes and places of an SVG drawing, in its own units.
struct Drawing {
  static let width = 640.0
  static let height = 460.0
  static let fontSize = 15.0
  static let titleSize = 17.0
  static let lineHeight = 20.0
  static let margin = 12.0

  let chart: Chart
  let view: Chart.View
  /// Whether the forecast is drawn separately from the law.
  let isForecastApart: Bool
  let titleLines: [String]
  let legend: Legend
  let breakLabels: BreakLabels
  let xTicks: AxisTicks
  let yTicks: AxisTicks
  /// The rectangle of the axes.
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double

  init(_ chart: Chart, axes: Chart.Axes) {
    self.chart = chart
    let view = Chart.View(chart, axes: axes)
    self.view = view
    let single = chart.series.count == 1 ? chart.series[0] : nil
    let isForecastApart = single?.isForecastApart(in: view) ?? false
    self.isForecastApart = isForecastApart
    let width = Self.width - 2 * Self.margin
    // Bold letters are a tenth wider.
    titleLines = chart.title?.wrapped(toEms: width / (1.12 * Self.titleSize), lines: 2) ?? []
    legend = Legend(chart, view: view, isForecastApart: isForecastApart, width: width)
    let headHeight = 8 + Double(titleLines.count + legend.rows) * Self.lineHeight + 14
    top = headHeight + (legend.entries.contains { $0.sign == .bend } ? 26 : 0)
    bottom = Self.height - 54
    yTicks = AxisTicks(view.y, length: bottom - top) { _ in 30 }
    let widest = yTicks.major.map { $0.label.ems * Self.fontSize }.max() ?? 0
    let left = 30 + widest + 10
    // Leave room for half a label of x beyond the axes.
    let right = Self.width - 32
    (self.left, self.right) = (left, right)
    xTicks = AxisTicks(view.x, length: right - left) { $0.ems * Self.fontSize + 14 }
    breakLabels = BreakLabels(single?.breaks ?? [], from: left, to: right) { x in
      view.x.share(x).map { left + $0 * (right - left) }
    }
  }

  /// The horizontal place of x; nil when it is not on the axis.
  func x(_ value: Double) -> Double? {
    view.x.share(value).map { left + $0 * (right - left) }
  }

  /// The vertical place of y; nil when it is not on the axis.
  func y(_ value: Double) -> Double? {
    view.y.share(value).map { bottom - $0 * (bottom - top) }
  }
}
