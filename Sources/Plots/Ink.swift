/// How a path is drawn: its colour, by a class of the style, its width, dash and fill.
struct Ink {
  var colour: String
  var width = 0.0
  var dash: String?
  /// The opacity of the area; 0 draws the outline only.
  var fill = 0.0

  static let points = Ink(colour: "ink", fill: 0.9)
  /// For so many points that they form a cloud, on which the law must be visible.
  static let cloud = Ink(colour: "ink", fill: 0.6)
  static let heldOut = Ink(colour: "held", width: 1.8)
  static let law = Ink(colour: "law", width: 2.2)
  /// For a law over a cloud of points, which it must not hide.
  static let thinLaw = Ink(colour: "law", width: 1.4)
  static let forecast = Ink(colour: "forecast", width: 2.2, dash: "12 4")
  static let bend = Ink(colour: "ink", width: 1.6, dash: "1.6 4")
  static let bracket = Ink(colour: "ink", width: 1.4)
  static let segment = Ink(colour: "faint", width: 1.4, dash: "7 5")
  static let limit = Ink(colour: "ink", width: 1.2, dash: "10 3 2 3")

  /// The band and the predictions have the colour of the forecast, or that of the law where no
  /// separate forecast is drawn.
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

  /// The signs of a curve. With 6 colours, 5 markers and 4 dashes, they repeat after 60 curves.
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

/// The shape of a point, which distinguishes curves without colour.
enum Marker: CaseIterable {
  case disc, square, triangle, diamond, wedge

  /// The outline, centred at a place, as SVG path data.
  func path(x: Double, y: Double, radius r: Double) -> String {
    func polygon(_ corners: [(Double, Double)]) -> String {
      let points = corners.map { "\((x + $0.0 * r).drawn) \((y + $0.1 * r).drawn)" }
      return "M" + points.joined(separator: "L") + "Z"
    }
    switch self {
    case .disc:
      let (left, size) = ((x - r).drawn, (2 * r).drawn)
      return "M\(left) \(y.drawn)a\(r.drawn) \(r.drawn) 0 1 0 \(size) 0"
        + "a\(r.drawn) \(r.drawn) 0 1 0 -\(size) 0Z"
    case .square: return polygon([(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)])
    case .triangle: return polygon([(0, -1.2), (1.1, 0.8), (-1.1, 0.8)])
    case .diamond: return polygon([(0, -1.35), (1.35, 0), (0, 1.35), (-1.35, 0)])
    case .wedge: return polygon([(0, 1.2), (1.1, -0.8), (-1.1, -0.8)])
    }
  }
}
