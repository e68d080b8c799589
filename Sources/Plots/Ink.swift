/// How a path is drawn: the class that gives its colour, and what tells it apart without colour.
struct Ink {
  var colour: String
  var width = 0.0
  var dash: String?
  /// Opacity of the area; 0: only the outline.
  var fill = 0.0

  static let points = Ink(colour: "ink", fill: 0.9)
  static let heldOut = Ink(colour: "held", width: 1.8)
  static let law = Ink(colour: "law", width: 2.2)
  static let forecast = Ink(colour: "forecast", width: 2.2, dash: "12 4")
  static let lawBand = Ink(colour: "law", fill: 0.16)
  static let forecastBand = Ink(colour: "forecast", fill: 0.16)
  static let lawPrediction = Ink(colour: "law", width: 1.6)
  static let forecastPrediction = Ink(colour: "forecast", width: 1.6)
  static let bend = Ink(colour: "ink", width: 1.6, dash: "1.6 4")
  static let segment = Ink(colour: "faint", width: 1.4, dash: "7 5")
  static let limit = Ink(colour: "ink", width: 1.2, dash: "10 3 2 3")

  static func band(_ series: Chart.Series) -> Ink {
    series.isForecastApart ? forecastBand : lawBand
  }

  static func prediction(_ series: Chart.Series) -> Ink {
    series.isForecastApart ? forecastPrediction : lawPrediction
  }

  /// The signs of one curve among several: 6 colours and shapes with 4 dashes, so that twelve curves
  /// in a row differ.
  struct Curve {
    let line: Ink
    let marker: Ink
    let shape: Marker
    let band: Ink
  }

  private static let dashes: [String?] = [nil, "9 4", "3 3", "12 3 3 3"]

  static func curve(_ index: Int) -> Curve {
    let shapes = Marker.allCases
    let colour = "s\(index % 6)"
    let shape = shapes[(index + index / 6) % shapes.count]
    return Curve(
      line: Ink(colour: colour, width: 2, dash: dashes[(index + index / 4) % 4]),
      marker: shape.isSolid ? Ink(colour: colour, fill: 0.9) : Ink(colour: colour, width: 1.6),
      shape: shape,
      band: Ink(colour: colour, fill: 0.1))
  }

  func draw(_ path: String, in svg: inout Markup) {
    guard !path.isEmpty else { return }
    var attributes = "class=\"\(colour)\""
    if fill > 0 {
      attributes += " fill=\"currentColor\" fill-opacity=\"\(fill)\""
    } else {
      attributes += " fill=\"none\""
    }
    if width > 0 {
      attributes += " stroke=\"currentColor\" stroke-width=\"\(width)\" stroke-linejoin=\"round\""
    }
    if let dash { attributes += " stroke-dasharray=\"\(dash)\"" }
    svg.path(attributes, path)
  }
}
