import Foundation
import FoundationXML
import Testing

@testable import Plots

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

  @Test("no two texts collide and none leaves the paper", arguments: Chart.crowded.indices)
  func collisions(index: Int) throws {
    for axes in Chart.Axes.allCases {
      let boxes = try SVG(Chart.crowded[index].svg(axes: axes)).boxes
      #expect(boxes.count > 8)
      for (index, box) in boxes.enumerated() {
        #expect(box.left >= 0 && box.right <= 640 && box.bottom <= 460, "\(box.text)")
        for other in boxes[(index + 1)...] where box.collides(with: other) {
          Issue.record("\(box.text) collides with \(other.text) on \(axes) axes")
        }
      }
    }
  }

  @Test("a break that is not in sight is neither drawn nor explained")
  func distantBreak() throws {
    var chart = Chart.example
    chart.series[0].breaks = [.init(x: 1e30)]
    #expect(try !SVG(chart.svg()).texts.contains { $0.contains("break") && !$0.contains(";") })
  }

  @Test("ten thousand points make a document of less than a megabyte")
  func manyPoints() {
    var chart = Chart.example
    chart.series[0].points = (0..<10_000).map {
      .init(x: pow(1.002, Double($0)), y: 1 + Double($0 * 37 % 1_000) / 1_000)
    }
    #expect(chart.svg().utf8.count < 1_000_000)
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

extension Chart {
  /// Plots that leave little room for their texts.
  static let crowded: [Chart] = {
    let words = String(repeating: "many words ", count: 30)
    var named = example
    (named.title, named.xLabel, named.yLabel) = (words, words, words)
    var broken = example
    broken.series[0].breaks = [15.9, 16, 16.1, 990, 1_000].map { Break(x: $0 * 1.00001) }
    var several = example
    several.series = (0..<20).map { index in
      var curve = example.series[0]
      curve.name = "\(index) " + words
      return curve
    }
    return [example, named, broken, several]
      + [(1e-300, 1e300), (1e-9, 1), (3e7, 1e-7), (1e20, 1e12), (1, 123_456.7)].map { x, y in
        var chart = example
        chart.series[0].points = (0..<9).map {
          Point(x: x * pow(1.3, Double($0)), y: y * (1 + Double($0) / 1_000))
        }
        chart.series[0].curve = []
        chart.series[0].predictions = []
        chart.series[0].heldOut = []
        chart.series[0].limit = nil
        return chart
      }
  }()
}

/// What a plot's document holds; reading it proves that it is well-formed.
final class SVG: NSObject, XMLParserDelegate {
  private(set) var elements: [String] = []
  private(set) var classes: Set<String> = []
  private(set) var texts: [String] = []
  /// Where the texts stand that are not turned.
  private(set) var boxes: [TextBox] = []

  private var isBoxed = false

  struct TextBox {
    var text = ""
    let x: Double
    /// Of the baseline.
    let bottom: Double
    let anchor: String
    let size: Double

    var width: Double { text.ems * size }
    var left: Double { x - (anchor == "middle" ? width / 2 : anchor == "end" ? width : 0) }
    var right: Double { left + width }

    func collides(with other: TextBox) -> Bool {
      left < other.right && other.left < right && abs(bottom - other.bottom) < max(size, other.size)
    }
  }

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
    isBoxed = false
    guard name == "text", let x = attributes["x"].flatMap(Double.init),
      let y = attributes["y"].flatMap(Double.init)
    else { return }
    isBoxed = true
    // Bold letters are a tenth wider.
    boxes.append(
      TextBox(
        x: x, bottom: y, anchor: attributes["text-anchor"] ?? "start",
        size: attributes["class"]?.contains("heading") == true ? 17 * 1.1 : 15))
  }

  func parser(_ parser: XMLParser, foundCharacters characters: String) {
    texts[texts.count - 1] += characters.trimmingCharacters(in: .newlines)
    if isBoxed, elements.last == "text" {
      boxes[boxes.count - 1].text += characters.trimmingCharacters(in: .newlines)
    }
  }
}
