import Plots

extension Chart {
  /// The plot of the curves that have a result.
  init(_ curves: [ReadCurve]) {
    let curves = curves.filter { $0.problem == nil }
    let first = curves.first
    let hasIntervals = first?["request", "intervals", "method"]?.string != "none"
    self.init(
      title: first?.label("task"), xLabel: first?.label("x") ?? "x",
      yLabel: first?.label("y") ?? "y",
      level: hasIntervals ? first?["request", "intervals", "level"]?.double : nil,
      series: curves.map(\.series))
  }
}

extension ReadCurve {
  fileprivate var series: Chart.Series {
    let heldOut = (self["held_out", "predictions"]?.elements ?? []).compactMap {
      Chart.Point(x: $0["x"]?.double, y: $0["measured"]?.double)
    }
    // Points that were held out by their number are among `points` too.
    let setAside = self["request", "held_out"]?.double == nil ? [] : Set(heldOut.map(\.x))
    return Chart.Series(
      name: name ?? label("series"),
      points: zip(points.numbers("x"), points.numbers("y")).compactMap { x, y in
        x.map(setAside.contains) == true ? nil : Chart.Point(x: x, y: y)
      },
      heldOut: heldOut, curve: sampled, breaks: list("breaks").compactMap(Chart.Break.init),
      segments: segments, limit: self["limit", "x_to_infinity"]?.double,
      predictions: list("predictions").compactMap(Chart.Sample.init))
  }

  private var sampled: [Chart.Sample] {
    let columns = ["x", "y", "y_law", "lower", "upper"].map(samples.numbers)
    guard let count = columns.map(\.count).min() else { return [] }
    return (0..<count).compactMap { index in
      columns[0][index].map { x in
        Chart.Sample(
          x: x, y: columns[1][index], law: columns[2][index], lower: columns[3][index],
          upper: columns[4][index])
      }
    }
  }

  private var segments: [Chart.Segment] {
    guard let limit = self["model", "constants", "a", "value"]?.double else { return [] }
    let isBelow = self["model", "constants", "b", "value"]?.double.map { $0 < 0 } ?? false
    return list("segments").compactMap { segment in
      guard let slope = segment["exponent"]?.double,
        let coefficient = segment["coefficient"]?["log10"]?.double
      else { return nil }
      return Chart.Segment(
        from: segment["from"]?.double, to: segment["to"]?.double, limit: limit,
        isBelowLimit: isBelow, log10Coefficient: coefficient, slope: slope)
    }
  }
}

extension JSONValue {
  /// The elements of a column, nil where there is no number; empty without the column.
  fileprivate func numbers(_ name: String) -> [Double?] {
    self[name]?.elements?.map(\.double) ?? []
  }
}

extension Chart.Point {
  fileprivate init?(x: Double?, y: Double?) {
    guard let x, let y else { return nil }
    self.init(x: x, y: y)
  }
}

extension Chart.Break {
  fileprivate init?(_ json: JSONValue) {
    guard let x = json["x"]?.double else { return nil }
    self.init(x: x, starts: json["starts"]?.double, ends: json["ends"]?.double)
  }
}

extension Chart.Sample {
  fileprivate init?(_ json: JSONValue) {
    guard let x = json["x"]?.double else { return nil }
    self.init(
      x: x, y: json["y"]?.double, law: json["y_law"]?.double, lower: json["lower"]?.double,
      upper: json["upper"]?.double)
  }
}
