/// How a path is drawn: the class that gives its colour, and what tells it apart without colour.
struct Ink {
  var colour: String
  var width = 0.0
  var dash: String?
  /// Opacity of the area; 0: only the outline.
  var fill = 0.0

  static let points = Ink(colour: "ink", fill: 0.9)
  /// Of so many points that they form a cloud, on which the law must be seen.
  static let cloud = Ink(colour: "ink", fill: 0.6)
  static let heldOut = Ink(colour: "held", width: 1.8)
  static let law = Ink(colour: "law", width: 2.2)
  /// Through a cloud, which it must not hide.
  static let thinLaw = Ink(colour: "law", width: 1.4)
  static let forecast = Ink(colour: "forecast", width: 2.2, dash: "12 4")
  static let bend = Ink(colour: "ink", width: 1.6, dash: "1.6 4")
  static let bracket = Ink(colour: "ink", width: 1.4)
  static let segment = Ink(colour: "faint", width: 1.4, dash: "7 5")
  static let limit = Ink(colour: "ink", width: 1.2, dash: "10 3 2 3")

  /// The band and the predictions belong to the forecast, which is drawn as the law where the two
  /// look the same.
  static func band(isForecastApart: Bool) -> Ink {
    Ink(colour: isForecastApart ? "forecast" : "law", fill: 0.16)
  }

  static func prediction(isForecastApart: Bool) -> Ink {
    Ink(colour: isForecastApart ? "forecast" : "law", width: 1.6)
  }

  /// The signs of one curve among several.
  struct Curve {
    let line: Ink
    let points: Ink
    let heldOut: Ink
    let band: Ink
    let marker: Marker
  }

  private static let dashes: [String?] = [nil, "9 4", "3 3", "12 3 3 3"]

  /// 6 colours, 5 markers and 4 dashes: 60 curves in a row differ.
  static func curve(_ index: Int) -> Curve {
    let colour = "s\(index % 6)"
    return Curve(
      line: Ink(colour: colour, width: 2, dash: dashes[index % 4]),
      points: Ink(colour: colour, fill: 0.9),
      heldOut: Ink(colour: colour, width: 1.5),
      band: Ink(colour: colour, fill: 0.1),
      marker: Marker.allCases[index % 5])
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
