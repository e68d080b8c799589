/// The shape of a point, by which curves are told apart without colour.
enum Marker: CaseIterable {
  case disc, square, triangle, diamond, wedge

  /// The outline around a place, as SVG path data.
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
