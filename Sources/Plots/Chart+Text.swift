import Printable

extension Chart {
  /// The plot in characters, on logarithmic axes where the points allow them.
  ///
  /// Every line ends in a line break and is at most `width` columns wide. Fitted points are `o`,
  /// held-out ones `x`, predictions `+`, the law `·`, the ends of intervals `:`, breaks `┊`; of
  /// several curves each has a letter, a capital for held-out points. Complexity: linear in points
  /// and samples.
  ///
  /// - Parameters:
  ///   - width: Columns in all; at least 40 are used.
  ///   - height: Rows between the axes; at least 5 are used.
  /// - Returns: the plot with its axes, and a key of its characters.
  public func text(width: Int = 76, height: Int = 18) -> String {
    var sketch = Sketch(self, width: max(width, 40), height: max(height, 5))
    for (index, series) in self.series.enumerated() {
      sketch.draw(series, signs: series.signs(index, of: self.series.count))
    }
    return sketch.text(xLabel: xLabel, yLabel: yLabel) + key(width: max(width, 40))
  }

  /// The lines that explain the characters.
  private func key(width: Int) -> String {
    let meanings: [String]
    if series.count == 1 {
      meanings = [
        series[0].points.isEmpty ? nil : "o fitted", series[0].heldOut.isEmpty ? nil : "x held out",
        series[0].hasLaw ? "· law" : nil, series[0].hasBand ? ": \(intervalName) interval" : nil,
        series[0].predictions.isEmpty ? nil : "+ predicted",
        series[0].breaks.isEmpty ? nil : "┊ break",
      ].compactMap { $0 }
    } else {
      meanings = series.enumerated().map { index, series in
        "\(series.signs(index, of: self.series.count).fitted) \(series.name ?? "curve \(index + 1)")"
      }
    }
    var lines = [""]
    for meaning in meanings.map(\.oneLine) {
      if lines[lines.count - 1].count + 3 + meaning.count > width { lines.append("") }
      lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? " " : "   ") + meaning
    }
    return lines.map { String($0.prefix(width)) + "\n" }.joined()
  }
}

extension Chart.Series {
  fileprivate func signs(_ index: Int, of count: Int) -> Sketch.Signs {
    guard count > 1 else {
      return Sketch.Signs(fitted: "o", heldOut: "x", predicted: "+")
    }
    let letter = Character(Unicode.Scalar(UInt8(ascii: "a") + UInt8(index % 26)))
    return Sketch.Signs(
      fitted: letter, heldOut: Character(letter.uppercased()), predicted: nil)
  }
}

extension String {
  /// The text with a space in place of every character that is not printable.
  fileprivate var oneLine: String {
    String(String.UnicodeScalarView(unicodeScalars.map { $0.isPrintable ? $0 : " " }))
  }
}

/// A grid of characters with axes.
private struct Sketch {
  /// The characters of one curve.
  struct Signs {
    let fitted: Character
    let heldOut: Character
    /// Nil for several curves, of which only points and laws are drawn.
    let predicted: Character?
    static let law: Character = "·"
  }

  private let view: Chart.View
  private let xTicks: AxisTicks
  private let yTicks: AxisTicks
  /// The number of columns left of the axis.
  private let margin: Int
  private let columns: Int
  private let rows: Int
  private var cells: [[Character]]

  init(_ chart: Chart, width: Int, height: Int) {
    view = Chart.View(chart, axes: .logLog)
    rows = height
    yTicks = AxisTicks(view.y, length: Double(height - 1)) { _ in 2 }
    margin = min((yTicks.major.map(\.label.count).max() ?? 0) + 2, width / 2)
    columns = width - margin - 1
    xTicks = AxisTicks(view.x, length: Double(columns - 1)) { Double($0.count + 2) }
    cells = Array(repeating: Array(repeating: " ", count: columns), count: rows)
  }

  /// Draws a curve; later signs replace earlier ones.
  mutating func draw(_ series: Chart.Series, signs: Signs) {
    if signs.predicted != nil {
      for b in series.breaks {
        guard let column = column(b.x) else { continue }
        for row in cells.indices { cells[row][column] = "┊" }
      }
      for sample in dense(series.curve) {
        put(":", x: sample.x, y: sample.lower)
        put(":", x: sample.x, y: sample.upper)
      }
    }
    for sample in dense(series.curve) {
      put(Sketch.Signs.law, x: sample.x, y: sample.y ?? sample.law)
    }
    if let predicted = signs.predicted {
      for prediction in series.predictions { put(predicted, x: prediction.x, y: prediction.y) }
    }
    for point in series.points { put(signs.fitted, x: point.x, y: point.y) }
    for point in series.heldOut { put(signs.heldOut, x: point.x, y: point.y) }
  }

  /// The samples with interpolated ones between them, linear in the coordinates, so that no column
  /// is empty.
  private func dense(_ samples: [Chart.Sample]) -> [Chart.Sample] {
    zip(samples, samples.dropFirst()).flatMap { from, to -> [Chart.Sample] in
      guard let start = view.x.coordinate(from.x), let end = view.x.coordinate(to.x) else {
        return []
      }
      let width = (end - start) / (view.x.high - view.x.low) * Double(columns)
      let count = max(1, min(columns, Int(width.rounded(.up))))
      return (0...count).map { index in
        let share = Double(index) / Double(count)
        func between(_ a: Double?, _ b: Double?) -> Double? {
          guard let a = a.flatMap(view.y.coordinate), let b = b.flatMap(view.y.coordinate) else {
            return nil
          }
          return view.y.value(a + (b - a) * share)
        }
        return Chart.Sample(
          x: view.x.value(start + (end - start) * share), y: between(from.y, to.y),
          law: between(from.law, to.law), lower: between(from.lower, to.lower),
          upper: between(from.upper, to.upper))
      }
    }
  }

  private mutating func put(_ sign: Character, x: Double, y: Double?) {
    guard let column = column(x), let row = y.flatMap(row) else { return }
    cells[row][column] = sign
  }

  private func column(_ x: Double) -> Int? { Self.place(view.x.share(x), among: columns) }

  private func row(_ y: Double) -> Int? {
    Self.place(view.y.share(y).map { 1 - $0 }, among: rows)
  }

  private static func place(_ share: Double?, among count: Int) -> Int? {
    guard let share, (0...1).contains(share) else { return nil }
    return Int((share * Double(count - 1)).rounded())
  }

  func text(xLabel: String, yLabel: String) -> String {
    var labels: [Int: String] = [:]
    for tick in yTicks.major {
      if let row = row(tick.value) { labels[row] = tick.label }
    }
    var lines = [" " + String(yLabel.oneLine.prefix(margin + columns - 1))]
    for (index, row) in cells.enumerated() {
      let label = labels[index].map { String($0.suffix(margin - 2)) } ?? ""
      lines.append(
        label.padded(to: margin - 1) + (labels[index] == nil ? " │" : " ┤") + String(row))
    }
    var axis = Array(repeating: Character("─"), count: columns)
    var under = Array(repeating: Character(" "), count: margin + 1 + columns)
    for tick in xTicks.major {
      guard let column = column(tick.value) else { continue }
      axis[column] = "┬"
      let middle = margin + column - (tick.label.count - 1) / 2
      let start = max(0, min(under.count - tick.label.count, middle))
      for (offset, character) in tick.label.enumerated() where start + offset < under.count {
        under[start + offset] = character
      }
    }
    lines.append("└".padded(to: margin + 1) + String(axis))
    lines.append(String(under))
    let label = String(xLabel.oneLine.prefix(columns))
    lines.append(label.padded(to: margin + 1 + (columns + label.count) / 2))
    return lines.map { $0.withoutTrailingSpace + "\n" }.joined()
  }
}

extension String {
  /// The text with spaces before it, `width` characters wide.
  fileprivate func padded(to width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }

  fileprivate var withoutTrailingSpace: String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
