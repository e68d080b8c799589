import Plots
import Testing

@Suite("A plot in characters")
struct ChartTextTests {
  @Test("no line is wider than asked", arguments: [40, 76, 120])
  func width(width: Int) {
    var chart = Chart.example
    chart.yLabel = String(repeating: "long ", count: 60)
    chart.xLabel = chart.yLabel
    chart.series[0].points.append(.init(x: 3, y: 1e300))
    for line in chart.text(width: width).split(separator: "\n") { #expect(line.count <= width) }
  }

  @Test("every kind of sign is drawn between the axes, and named below them")
  func signs() {
    let lines = Chart.example.text().split(separator: "\n")
    let drawn = lines.compactMap { line in
      line.firstIndex { "│┤".contains($0) }.map { line[line.index(after: $0)...] }
    }.joined()
    let key = lines.last ?? ""
    for (sign, name) in [
      ("o", "fitted"), ("x", "held out"), ("+", "predicted"), ("·", "law"),
      (":", "90 % interval"), ("┊", "break"),
    ] {
      #expect(drawn.contains(sign), "\(sign)")
      #expect(key.contains("\(sign) \(name)"), "\(name)")
    }
  }

  @Test(
    "no name or label can steer a terminal or forge a line",
    arguments: [
      "\n", "\r\n", "\t", "\u{7F}", "\u{1B}", "\u{85}", "\u{9B}", "\u{200B}", "\u{202E}",
      "\u{2028}",
      "\u{2029}", "\u{2066}", "\u{FEFF}",
    ])
  func controls(control: String) {
    var chart = Chart.example
    let height = chart.text().split(separator: "\n").count
    (chart.xLabel, chart.yLabel) = ("examples\(control)seen", "error\(control)rate")
    chart.series.append(chart.series[0])
    chart.series[1].name = "other\(control)curve"
    let text = chart.text()
    for scalar in control.unicodeScalars where scalar != "\n" {
      #expect(!text.unicodeScalars.contains(scalar))
    }
    for part in ["examples", "seen", "error", "rate", "b other", "curve"] {
      #expect(text.contains(part), "\(part)")
    }
    #expect(text.split(whereSeparator: \.isNewline).count == height)
  }

  @Test("the steepest curve leaves no column empty between its first and last point")
  func continuity() throws {
    let text = Chart(series: [
      .init(
        points: [.init(x: 1, y: 1), .init(x: 1e6, y: 1e6)],
        curve: [.init(x: 1, y: 1), .init(x: 1e6, y: 1e6)])
    ]).text()
    let rows = text.split(separator: "\n").compactMap { line in
      line.firstIndex { "│┤".contains($0) }.map { Array(line[line.index(after: $0)...]) }
    }
    let drawn = Set(rows.flatMap { row in row.indices.filter { row[$0] != " " } })
    let (first, last) = (try #require(drawn.min()), try #require(drawn.max()))
    #expect(drawn.count == last - first + 1)
  }

  @Test("of several curves each has its letter, a capital for what was held out")
  func several() {
    var chart = Chart.example
    chart.series.append(chart.series[0])
    chart.series[1].name = "other\u{1B}[2J\n"
    chart.series[1].heldOut = [.init(x: 256, y: 2), .init(x: 512, y: 3)]
    let text = chart.text()
    #expect(text.contains("b other"))
    #expect(text.contains("B"))
    #expect(!text.contains("\u{1B}"))
  }

  @Test(
    "values that cannot be drawn harm nothing",
    arguments: [[0, 0], [-1e308, 1e308], [.leastNonzeroMagnitude, 1e300], [.nan, .infinity]])
  func extremes(y: [Double]) {
    var chart = Chart.example
    chart.series[0].points = zip([1, 1e300], y).map { .init(x: $0, y: $1) }
    #expect(chart.text().split(separator: "\n").count > 18)
    #expect(Chart(series: []).text().contains("└"))
  }
}
