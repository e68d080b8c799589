import Foundation

extension Drawing {
  /// Draws what lies between the axes: bands, then lines, then points.
  func drawCurves(in svg: inout Markup) {
    if chart.series.count == 1 {
      drawSingle(chart.series[0], in: &svg)
    } else {
      let inks = chart.series.indices.map(Ink.curve)
      // Many bands on each other would hide what they are about.
      if chart.series.count <= 4 {
        for (series, ink) in zip(chart.series, inks) { ink.band.draw(band(series), in: &svg) }
      }
      for (series, ink) in zip(chart.series, inks) {
        ink.line.draw(line(series.curve.map { ($0.x, $0.y ?? $0.law) }), in: &svg)
      }
      for (series, ink) in zip(chart.series, inks) {
        ink.marker.draw(markers(series.points, ink.shape), in: &svg)
        Ink(colour: ink.line.colour, width: 1.5).draw(markers(series.heldOut, ink.shape), in: &svg)
      }
    }
    svg.newline()
  }

  private func drawSingle(_ series: Chart.Series, in svg: inout Markup) {
    Ink.band(series).draw(band(series), in: &svg)
    if let limit = series.limit, let y = y(limit), (top...bottom).contains(y) {
      Ink.limit.draw("M\(left.drawn) \(y.drawn)H\(right.drawn)", in: &svg)
    }
    if series.segments.count > 1 {
      for segment in series.segments { Ink.segment.draw(line(samples(of: segment)), in: &svg) }
    }
    for b in series.breaks {
      guard let x = x(b.x), (left...right).contains(x) else { continue }
      Ink.bend.draw("M\(x.drawn) \(top.drawn)V\(bottom.drawn)", in: &svg)
      if let starts = b.starts.flatMap({ self.x($0) }), let ends = b.ends.flatMap({ self.x($0) }) {
        // From where to where the bend is.
        Ink(colour: "ink", width: 1.6).draw(
          "M\(starts.drawn) \((top + 3).drawn)v8m0 -4H\(ends.drawn)m0 -4v8", in: &svg)
      }
    }
    if series.isForecastApart {
      Ink.forecast.draw(line(series.curve.map { ($0.x, $0.y) }), in: &svg)
    }
    Ink.law.draw(line(series.curve.map { ($0.x, $0.law ?? $0.y) }), in: &svg)
    Ink.points.draw(markers(series.points, .disc), in: &svg)
    Ink.heldOut.draw(markers(series.heldOut, .diamond), in: &svg)
    Ink.prediction(series).draw(predictions(series), in: &svg)
  }

  /// A line through those samples that have a place, broken where one has none.
  private func line(_ samples: [(x: Double, y: Double?)]) -> String {
    var path = ""
    var isDrawing = false
    for sample in samples {
      guard let x = x(sample.x), let y = sample.y.flatMap({ self.y($0) }) else {
        isDrawing = false
        continue
      }
      path += (isDrawing ? "L" : "M") + "\(x.drawn) \(y.drawn)"
      isDrawing = true
    }
    return path
  }

  /// The area between the ends of the intervals; an end without a place is at the axes' end.
  private func band(_ series: Chart.Series) -> String {
    let ends = series.curve.compactMap { sample -> (x: Double, lower: Double, upper: Double)? in
      guard let x = x(sample.x), let lower = sample.lower, let upper = sample.upper else {
        return nil
      }
      return (x, y(lower) ?? bottom + 100, y(upper) ?? top - 100)
    }
    guard ends.count > 1 else { return "" }
    let above = ends.map { "\($0.x.drawn) \($0.upper.drawn)" }
    let below = ends.reversed().map { "\($0.x.drawn) \($0.lower.drawn)" }
    return "M" + (above + below).joined(separator: "L") + "Z"
  }

  private func markers(_ points: [Chart.Point], _ shape: Marker) -> String {
    var drawn = Set<[Double]>()
    let radius = points.count > 300 ? 2.2 : points.count > 80 ? 3.2 : 4.2
    return points.compactMap { point -> String? in
      guard let x = x(point.x), let y = y(point.y) else { return nil }
      // Points within half a unit of each other look like one.
      guard drawn.insert([(2 * x).rounded(), (2 * y).rounded()]).inserted else { return nil }
      return shape.path(x: x, y: y, radius: radius)
    }.joined()
  }

  private func predictions(_ series: Chart.Series) -> String {
    series.predictions.map { prediction in
      guard let x = x(prediction.x), let y = prediction.y.flatMap({ self.y($0) }) else { return "" }
      var path = Marker.ring.path(x: x, y: y, radius: 4.2)
      if let lower = prediction.lower, let upper = prediction.upper {
        let low = self.y(lower) ?? bottom + 100
        let high = self.y(upper) ?? top - 100
        path += "M\((x - 4).drawn) \(high.drawn)h8m-4 0V\(low.drawn)m-4 0h8"
      }
      return path
    }.joined()
  }

  /// A segment is straight on logarithmic axes where its limit is 0, and else it is not.
  private func samples(of segment: Chart.Segment) -> [(x: Double, y: Double?)] {
    let ends = [segment.from, segment.to].map { $0.flatMap { view.x.coordinate($0) } }
    let low = max(ends[0] ?? view.x.low, view.x.low)
    let high = min(ends[1] ?? view.x.high, view.x.high)
    guard low < high else { return [] }
    return (0...60).map { index in
      let x = view.x.value(low + (high - low) * Double(index) / 60)
      let power = pow(10, segment.log10Coefficient + segment.slope * log10(x))
      return (x, segment.limit + (segment.isBelowLimit ? -power : power))
    }
  }
}
