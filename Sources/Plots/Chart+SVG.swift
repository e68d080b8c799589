import Foundation

extension Chart {
  /// The plot as an SVG document, without scripts and with selectable text. Its colours are light
  /// or dark by the reader's preference.
  ///
  /// It scales to any size and is readable down to a width of 480 pixels. Points that would cover
  /// each other are drawn once. Complexity: linear in points and samples.
  public func svg(axes: Axes = .logLog) -> String {
    let drawing = Drawing(self, axes: axes)
    var svg = Markup()
    svg.element(
      "svg",
      [
        "xmlns": "http://www.w3.org/2000/svg", "class": "chart", "role": "img",
        "aria-labelledby": "chart-title chart-description",
        "viewBox": "0 0 \(Drawing.width.drawn) \(Drawing.height.drawn)",
        "width": Drawing.width.drawn, "height": Drawing.height.drawn,
      ]
    ) { svg in
      svg.element("title", ["id": "chart-title"]) {
        $0.characters(title ?? "\(yLabel) by \(xLabel)")
      }
      svg.element("desc", ["id": "chart-description"]) { $0.characters(description) }
      svg.element("style") { $0.characters(Self.style) }
      svg.element("rect", ["class": "paper", "width": "100%", "height": "100%"])
      drawing.draw(in: &svg)
    }
    return svg.text + "\n"
  }

  /// A description of the plot in words, for screen readers.
  private var description: String {
    let points = series.reduce(0) { $0 + $1.points.count }
    let heldOut = series.reduce(0) { $0 + $1.heldOut.count }
    var parts = ["\(points) fitted points"]
    if heldOut > 0 { parts.append("\(heldOut) held out") }
    if series.count > 1 { parts.append("\(series.count) curves") }
    if series.count == 1, !series[0].breaks.isEmpty {
      let places = series[0].breaks.map { NumberText.short($0.x) }.joined(separator: ", ")
      parts.append("breaks at \(places)")
    }
    for prediction in series.count == 1 ? series[0].predictions : [] {
      guard let y = prediction.y else { continue }
      parts.append("\(NumberText.short(y)) predicted at \(NumberText.short(prediction.x))")
    }
    return parts.joined(separator: "; ") + "."
  }

  /// The style of every plot. Colours never carry information alone: shapes and dashes differ too.
  /// The colours of curves are those of Okabe and Ito, darkened or lightened for contrast.
  private static let style = """
    .chart{font:15px "DejaVu Sans",Verdana,Helvetica,Arial,sans-serif}\
    .chart text{fill:currentColor}.chart .heading{font-size:17px;font-weight:bold}\
    .paper{fill:#fff}.ink{color:#1a1a1a}.faint{color:#6b6b6b}.grid{color:#e3e3e3}\
    .held{color:#11772d}.law{color:#c4122f}.forecast{color:#2456b8}\
    .s0{color:#000}.s1{color:#b35900}.s2{color:#0b6bad}.s3{color:#08794f}.s4{color:#a5407c}\
    .s5{color:#7a5c00}\
    @media (prefers-color-scheme:dark){.paper{fill:#16181c}.ink{color:#ececec}\
    .faint{color:#a3a3a3}.grid{color:#32363d}.held{color:#59d98a}.law{color:#ff7183}\
    .forecast{color:#7fb0ff}.s0{color:#f2f2f2}.s1{color:#ffad5c}.s2{color:#6fc3f7}\
    .s3{color:#4fd6a4}.s4{color:#f094c8}.s5{color:#e6d25c}}
    """
}
