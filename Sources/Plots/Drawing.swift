import Foundation

/// The sizes and places of a drawing, all in its own units.
struct Drawing {
  static let width = 640.0
  static let height = 460.0
  static let fontSize = 15.0
  static let titleSize = 17.0
  static let lineHeight = 20.0

  let chart: Chart
  let view: Chart.View
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
    view = Chart.View(chart, axes: axes)
    legend = Legend(chart, width: Self.width - 24)
    let titleHeight = chart.title == nil ? 8 : 32.0
    let below = Self.height - 54
    // Labels of y decide where the axes begin, and their number depends on the height alone;
    // labels of breaks need the width and take from the height, at most three rows.
    let headed = titleHeight + legend.height + 6
    let roughTicks = AxisTicks(view.y, length: below - headed) { _ in 30 }
    let widest = roughTicks.major.map { Self.width(of: $0.label) }.max() ?? 0
    left = 30 + widest + 10
    right = Self.width - 18
    breakLabels = BreakLabels(chart, scale: view.x, from: left, to: right)
    top = headed + Double(breakLabels.rows) * Self.lineHeight
    bottom = below
    yTicks = AxisTicks(view.y, length: bottom - top) { _ in 30 }
    xTicks = AxisTicks(view.x, length: right - left) { Self.width(of: $0) + 14 }
  }

  /// How wide a label of an axis is at most.
  static func width(of label: TickLabel) -> Double {
    label.digits.ems * fontSize + (label.exponent.map { "\($0)".ems * 11 } ?? 0)
  }

  /// Where x is drawn; nil where the axis has no place for it.
  func x(_ value: Double) -> Double? {
    view.x.share(value).map { left + $0 * (right - left) }
  }

  /// Where y is drawn; nil where the axis has no place for it.
  func y(_ value: Double) -> Double? {
    view.y.share(value).map { bottom - $0 * (bottom - top) }
  }
}

/// The labels above the dotted lines of breaks, in as many rows as keep them apart.
struct BreakLabels {
  struct Label {
    let text: String
    /// The middle of the text, and of its line.
    let middle: Double
    let line: Double
    /// 0 is the row nearest to the axes.
    let row: Int
  }

  let labels: [Label]
  let rows: Int

  init(_ chart: Chart, scale: AxisScale, from left: Double, to right: Double) {
    var labels: [Label] = []
    var ends: [Double] = []
    // Many curves with their breaks would only say that there are many.
    let breaks = chart.series.count == 1 ? chart.series[0].breaks : []
    for (index, b) in breaks.enumerated() {
      guard let share = scale.share(b.x), (0...1).contains(share) else { continue }
      let line = left + share * (right - left)
      let text = (breaks.count == 1 ? "break " : "break \(index + 1): ") + b.x.short
      let half = text.ems * Drawing.fontSize / 2
      let middle = max(left + half, min(right - half, line))
      let row = ends.firstIndex { $0 + 12 <= middle - half } ?? ends.count
      if row == ends.count { ends.append(0) }
      ends[row] = middle + half
      labels.append(Label(text: text, middle: middle, line: line, row: row))
    }
    self.labels = labels
    rows = ends.count
  }
}

extension Double {
  /// Three significant digits, for reading rather than for computing.
  var short: String { String(format: "%.3g", self).withMinus }
}
