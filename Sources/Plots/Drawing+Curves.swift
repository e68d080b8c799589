import Foundation

extension Drawing {
  /// Draws the curves between the axes: bands, then lines, then points.
  func drawCurves(in svg: inout Markup) {
    if chart.series.count == 1 {
      drawSingle(chart.series[0], in: &svg)
    } else {
      drawSeveral(in: &svg)
    }
    svg.newline()
  }

  private func drawSeveral(in svg: inout Markup) {
    let curves = zip(chart.series, chart.series.indices.map(Ink.curve))
    let radius = pointRadius(
      of: chart.series.reduce(0) { $0 + $1.points.count + $1.heldOut.count })
    if chart.drawsBands {
      for (series, ink) in curves { ink.band.draw(band(series), in: &svg) }
    }
    for (series, ink) in curves {
      ink.points.draw(markers(series.points, ink.marker, radius: radius), in: &svg)
      ink.heldOut.draw(markers(series.heldOut, ink.marker, radius: radius), in: &svg)
    }
    for (series, ink) in curves {
      ink.line.draw(line(series.curve.map { ($0.x, $0.y ?? $0.law) }), in: &svg)
    }
  }

  private func drawSingle(_ series: Chart.Series, in svg: inout Markup) {
    let radius = pointRadius(of: series.points.count + series.heldOut.count)
    let isCloud = series.points.count > 150
    Ink.band(isForecastApart: isForecastApart).draw(band(series), in: &svg)
    if isCloud { Ink.cloud.draw(markers(series.points, .disc, radius: radius), in: &svg) }
    if let limit = series.limit, let y = y(limit), (top...bottom).contains(y) {
      Ink.limit.draw("M\(left.drawn) \(y.drawn)H\(right.drawn)", in: &svg)
    }
    if series.segments.count > 1 {
      for segment in series.segments {
        Ink.segment.draw(line(samples(of: segment, near: series.curve)), in: &svg)
      }
    }
    for label in breakLabels.labels {
      Ink.bend.draw("M\(label.line.drawn) \(top.drawn)V\(bottom.drawn)", in: &svg)
    }
    if isForecastApart { Ink.forecast.draw(line(series.curve.map { ($0.x, $0.y) }), in: &svg) }
    (isCloud ? Ink.thinLaw : .law).draw(line(series.curve.map { ($0.x, $0.law ?? $0.y) }), in: &svg)
    if !isCloud { Ink.points.draw(markers(series.points, .disc, radius: radius), in: &svg) }
    Ink.heldOut.draw(markers(series.heldOut, .diamond, radius: radius), in: &svg)
    Ink.prediction(isForecastApart: isForecastApart).draw(predictions(series), in: &svg)
  }

  private func pointRadius(of count: Int) -> Double {
    count > 300 ? 2.2 : count > 60 ? 3.2 : 4.2
  }

  /// A line through the samples, interrupted where one has no place on the axes.
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

  /// The area between the ends of the intervals; an end without a place on the axes is drawn beyond
  /// them.
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

  private func markers(_ points: [Chart.Point], _ marker: Marker, radius: Double) -> String {
    var places = Set<[Double]>()
    return points.compactMap { point -> String? in
      guard let x = x(point.x), let y = y(point.y) else { return nil }
      // Points within half a unit of each other look like one.
      guard places.insert([(2 * x).rounded(), (2 * y).rounded()]).inserted else { return nil }
      return marker.path(x: x, y: y, radius: radius)
    }.joined()
  }

  private func predictions(_ series: Chart.Series) -> String {
    series.predictions.map { prediction in
      guard let x = x(prediction.x), let y = prediction.y.flatMap({ self.y($0) }) else { return "" }
      var path = Marker.disc.path(x: x, y: y, radius: 4.2)
      if let lower = prediction.lower, let upper = prediction.upper {
        let low = self.y(lower) ?? bottom + 100
        let high = self.y(upper) ?? top - 100
        path += "M\((x - 4).drawn) \(high.drawn)h8m-4 0V\(low.drawn)m-4 0h8"
      }
      return path
    }.joined()
  }

  /// The part of a segment that is near the law; the rest would not describe the curve.
  private func samples(of segment: Chart.Segment, near curve: [Chart.Sample])
    -> [(x: Double, y: Double?)]
  {
    let ends = [segment.from, segment.to].map { $0.flatMap { view.x.coordinate($0) } }
    let low = max(ends[0] ?? view.x.low, view.x.low)
    let high = min(ends[1] ?? view.x.high, view.x.high)
    guard low < high else { return [] }
    return (0...80).map { index in
      let x = view.x.value(low + (high - low) * Double(index) / 80)
      let power = pow(10, segment.log10Coefficient + segment.slope * log10(x))
      let y = segment.limit + (segment.isBelowLimit ? -power : power)
      guard let law = nearest(x, in: curve)?.law.flatMap(view.y.share),
        let here = view.y.share(y), abs(here - law) < 0.2
      else { return (x, nil) }
      return (x, y)
    }
  }

  /// The first sample at or after x, or the last.
  private func nearest(_ x: Double, in curve: [Chart.Sample]) -> Chart.Sample? {
    var (low, high) = (0, curve.count)
    while low < high {
      let middle = (low + high) / 2
      if curve[middle].x < x { low = middle + 1 } else { high = middle }
    }
    return low < curve.count ? curve[low] : curve.last
  }
}
