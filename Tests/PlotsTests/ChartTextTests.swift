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

  @Test("every kind of sign is there, and named")
  func signs() {
    let text = Chart.example.text()
    for sign in ["o", "x", "+", "·", ":", "┊"] as [Character] {
      #expect(text.count { $0 == sign } > 1, "\(sign)")
    }
    for name in ["fitted", "held out", "law", "90 % interval", "predicted", "break"] {
      #expect(text.contains(name))
    }
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
