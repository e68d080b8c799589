import Foundation
import FoundationXML
import Plots
import Testing

@Suite("A plot in SVG")
struct ChartSVGTests {
  @Test("text from outside is escaped, whatever it holds", arguments: Chart.Axes.allCases)
  func escaping(axes: Chart.Axes) throws {
    let hostile = "</title><script>alert(1)</script> & \"'\u{0}\u{FFFF}"
    var chart = Chart.example
    (chart.title, chart.xLabel, chart.yLabel) = (hostile, hostile, hostile)
    let svg = try SVG(chart.svg(axes: axes))
    #expect(!svg.elements.contains("script"))
    #expect(svg.texts.contains { $0.contains("<script>alert(1)</script>") })
  }

  @Test("every curve of several is named and drawn")
  func several() throws {
    var chart = Chart.example
    let curve = chart.series[0]
    chart.series = ["one", "two", "three"].map { name in
      var curve = curve
      curve.name = name
      return curve
    }
    let svg = try SVG(chart.svg())
    for name in ["one", "two", "three"] { #expect(svg.texts.contains(name)) }
    #expect(Set(["s0", "s1", "s2"]).isSubset(of: svg.classes))
  }

  @Test(
    "values that cannot be drawn harm nothing",
    arguments: [
      [0, 0], [-1, 1e308], [-1e308, 1e308], [.leastNonzeroMagnitude, .leastNonzeroMagnitude],
      [.leastNonzeroMagnitude, 1e300], [.nan, .infinity],
    ])
  func extremes(y: [Double]) throws {
    var chart = Chart.example
    chart.series[0].points = zip([1, 1e300], y).map { .init(x: $0, y: $1) }
    chart.series[0].limit = y[0]
    for axes in Chart.Axes.allCases { _ = try SVG(chart.svg(axes: axes)) }
    chart.series[0] = .init(points: [])
    _ = try SVG(chart.svg())
    _ = try SVG(Chart(series: []).svg())
  }
}

extension Chart {
  /// A law y = 1 + 8/x with a break, eight fitted points and two held out.
  static let example = Chart(
    title: "Loss by size", xLabel: "size", yLabel: "loss", level: 0.9,
    series: [
      .init(
        points: (0..<8).map { Point(x: pow(2, Double($0)), y: 1 + 8 * pow(2, -Double($0))) },
        heldOut: [Point(x: 256, y: 1.04), Point(x: 512, y: 1.02)],
        curve: (0..<40).map { index in
          let x = pow(2, Double(index) / 4)
          let y = 1 + 8 / x
          return Sample(x: x, y: y, law: y, lower: y * 0.95, upper: y * 1.05)
        },
        breaks: [Break(x: 16, starts: 12, ends: 24)],
        segments: [
          Segment(from: nil, to: 16, limit: 1, log10Coefficient: 0.9, slope: -1),
          Segment(from: 16, to: nil, limit: 1, log10Coefficient: 0.9, slope: -1),
        ],
        limit: 1, predictions: [Sample(x: 1024, y: 1.01, law: 1.01, lower: 1, upper: 1.02)])
    ])
}

/// What a plot's document holds; reading it proves that it is well-formed.
final class SVG: NSObject, XMLParserDelegate {
  private(set) var elements: [String] = []
  private(set) var classes: Set<String> = []
  private(set) var texts: [String] = []

  init(_ document: String) throws {
    super.init()
    let parser = XMLParser(data: Data(document.utf8))
    parser.delegate = self
    #expect(parser.parse(), "\(parser.parserError as Any)")
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    elements.append(name)
    classes.formUnion((attributes["class"] ?? "").split(separator: " ").map(String.init))
    for (name, value) in attributes {
      #expect(!value.contains("nan") && !value.contains("inf"), "\(name)=\(value)")
    }
    texts.append("")
  }

  func parser(_ parser: XMLParser, foundCharacters characters: String) {
    texts[texts.count - 1] += characters.trimmingCharacters(in: .newlines)
  }
}
