extension Drawing {
  /// Draws everything, from back to front.
  func draw(in svg: inout Markup) {
    svg.element("clipPath", ["id": "chart-axes"]) {
      $0.element("rect", frame)
    }
    drawGrid(in: &svg)
    svg.element("g", ["clip-path": "url(#chart-axes)"]) { drawCurves(in: &$0) }
    drawAxes(in: &svg)
    drawBreakLabels(in: &svg)
    drawTitleAndLegend(in: &svg)
  }

  private var frame: KeyValuePairs<String, String> {
    [
      "x": left.drawn, "y": top.drawn, "width": (right - left).drawn,
      "height": (bottom - top).drawn,
    ]
  }

  private func drawGrid(in svg: inout Markup) {
    var path = ""
    for tick in xTicks.major {
      guard let x = x(tick.value) else { continue }
      path += "M\(x.drawn) \(top.drawn)V\(bottom.drawn)"
    }
    for tick in yTicks.major {
      guard let y = y(tick.value) else { continue }
      path += "M\(left.drawn) \(y.drawn)H\(right.drawn)"
    }
    svg.element("path", ["class": "grid", "stroke": "currentColor", "d": path])
    svg.newline()
  }

  private func drawAxes(in svg: inout Markup) {
    var marks = ""
    for (values, length) in [(xTicks.major.map(\.value), 6.0), (xTicks.minor, 3)] {
      for x in values.compactMap({ x($0) }) {
        marks += "M\(x.drawn) \(bottom.drawn)v\(length.drawn)"
      }
    }
    for (values, length) in [(yTicks.major.map(\.value), 6.0), (yTicks.minor, 3)] {
      for y in values.compactMap({ y($0) }) {
        marks += "M\(left.drawn) \(y.drawn)h-\(length.drawn)"
      }
    }
    svg.element("g", ["class": "ink", "stroke": "currentColor", "fill": "none"]) {
      $0.element("path", ["d": marks])
      $0.element("path", ["d": "M\(left.drawn) \(top.drawn)V\(bottom.drawn)H\(right.drawn)"])
    }
    svg.newline()
    svg.element("g", ["class": "ink"]) { svg in
      for tick in xTicks.major {
        guard let x = x(tick.value) else { continue }
        write(tick.label, x: x, y: bottom + 22, anchor: "middle", in: &svg)
      }
      for tick in yTicks.major {
        guard let y = y(tick.value) else { continue }
        write(tick.label, x: left - 10, y: y + 5, anchor: "end", in: &svg)
      }
      let middle = ((left + right) / 2).drawn
      svg.element(
        "text", ["x": middle, "y": (Self.height - 10).drawn, "text-anchor": "middle"]
      ) { $0.characters(chart.xLabel.cut(toEms: (right - left) / Self.fontSize)) }
      let height = ((top + bottom) / 2).drawn
      svg.element(
        "text", ["transform": "translate(20 \(height)) rotate(-90)", "text-anchor": "middle"]
      ) { $0.characters(chart.yLabel.cut(toEms: (bottom - top) / Self.fontSize)) }
    }
    svg.newline()
  }

  private func write(
    _ text: String, x: Double, y: Double, anchor: String, in svg: inout Markup
  ) {
    svg.element("text", ["x": x.drawn, "y": y.drawn, "text-anchor": anchor]) {
      $0.characters(text)
    }
  }

  /// Draws the labels of breaks, leader lines from them to the dotted lines, and brackets over the
  /// ranges of x in which the slope changes.
  private func drawBreakLabels(in svg: inout Markup) {
    guard !breakLabels.labels.isEmpty else { return }
    var leaders = ""
    var brackets = ""
    for (row, label) in breakLabels.labels.enumerated() {
      leaders += "M\(label.middle.drawn) \((top - 8).drawn)L\(label.line.drawn) \(top.drawn)"
      guard let starts = label.starts, let ends = label.ends else { continue }
      let y = top + 7 + 10 * Double(row)
      let (from, to) = (max(starts, left), min(ends, right))
      guard from < to else { continue }
      brackets += "M\(from.drawn) \(y.drawn)H\(to.drawn)"
      if starts >= left { brackets += "M\(from.drawn) \((y - 4).drawn)v8" }
      if ends <= right { brackets += "M\(to.drawn) \((y - 4).drawn)v8" }
    }
    Ink.bend.draw(leaders, in: &svg)
    Ink.bracket.draw(brackets, in: &svg)
    svg.element("g", ["class": "ink"]) { svg in
      for label in breakLabels.labels {
        write(label.text, x: label.middle, y: top - 12, anchor: "middle", in: &svg)
      }
    }
    svg.newline()
  }

  private func drawTitleAndLegend(in svg: inout Markup) {
    var baseline = 4.0
    for line in titleLines {
      baseline += Self.lineHeight
      svg.element(
        "text", ["class": "ink heading", "x": Self.margin.drawn, "y": baseline.drawn]
      ) { $0.characters(line) }
      svg.newline()
    }
    for entry in legend.entries {
      let y = baseline + 2 + Double(entry.row + 1) * Self.lineHeight
      let x = Self.margin + entry.x
      drawSign(entry.sign, x: x, y: y - 5, in: &svg)
      svg.element(
        "text", ["class": "ink", "x": (x + Legend.signWidth).drawn, "y": y.drawn]
      ) { $0.characters(entry.text) }
      svg.newline()
    }
  }

  /// Draws the sign of an entry of the legend, as between the axes.
  private func drawSign(_ sign: Legend.Sign, x: Double, y: Double, in svg: inout Markup) {
    let line = "M\(x.drawn) \(y.drawn)h24"
    let middle = x + 12
    switch sign {
    case .points: Ink.points.draw(Marker.disc.path(x: middle, y: y, radius: 4), in: &svg)
    case .heldOut: Ink.heldOut.draw(Marker.diamond.path(x: middle, y: y, radius: 4), in: &svg)
    case .law: Ink.law.draw(line, in: &svg)
    case .forecast: Ink.forecast.draw(line, in: &svg)
    case .band:
      Ink.band(isForecastApart: isForecastApart)
        .draw("M\(x.drawn) \((y - 7).drawn)h24v14h-24Z", in: &svg)
    case .bend: Ink.bend.draw(line, in: &svg)
    case .segment: Ink.segment.draw(line, in: &svg)
    case .limit: Ink.limit.draw(line, in: &svg)
    case .prediction:
      Ink.prediction(isForecastApart: isForecastApart).draw(
        "M\(middle.drawn) \((y - 8).drawn)v16" + Marker.disc.path(x: middle, y: y, radius: 4),
        in: &svg)
    case .curve(let index):
      let ink = Ink.curve(index)
      ink.line.draw(line, in: &svg)
      ink.points.draw(ink.marker.path(x: middle, y: y, radius: 4), in: &svg)
    case .note: break
    }
  }
}
