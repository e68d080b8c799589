import Foundation

/// What the signs of a plot mean, in rows above the axes.
struct Legend {
  /// A sign of the plot.
  enum Sign: Hashable {
    case points, heldOut, law, forecast, band, bend, segment, limit, prediction
    /// The marker and the line of one curve among several.
    case curve(Int)
    /// How many curves are not named.
    case more
  }

  struct Entry {
    let sign: Sign
    let text: String
    let x: Double
    let row: Int
  }

  static let signWidth = 32.0
  private static let gap = 16.0
  /// Beyond this many, curves are counted rather than named.
  private static let mostCurves = 12

  let entries: [Entry]
  let rows: Int
  var height: Double { Double(rows) * Drawing.lineHeight }

  init(_ chart: Chart, width: Double) {
    var entries: [Entry] = []
    var x = 0.0
    var row = 0
    let most = (width - Self.signWidth) / Drawing.fontSize
    for (sign, text) in Self.meanings(chart) {
      let text = text.cut(toEms: chart.series.count > 1 ? min(most, 16) : most)
      let needed = Self.signWidth + text.ems * Drawing.fontSize
      if x > 0, x + needed > width { (x, row) = (0, row + 1) }
      entries.append(Entry(sign: sign, text: text, x: x, row: row))
      x += needed + Self.gap
    }
    self.entries = entries
    rows = entries.isEmpty ? 0 : row + 1
  }

  private static func meanings(_ chart: Chart) -> [(Sign, String)] {
    guard chart.series.count == 1 else {
      let named = chart.series.prefix(mostCurves).enumerated().map { index, series in
        (Sign.curve(index), series.name ?? "curve \(index + 1)")
      }
      let unnamed = chart.series.count - named.count
      return unnamed > 0 ? named + [(.more, "and \(unnamed) more")] : named
    }
    let series = chart.series[0]
    var meanings: [(Sign, String)] = []
    if !series.points.isEmpty { meanings.append((.points, "fitted points")) }
    if !series.heldOut.isEmpty { meanings.append((.heldOut, "held out")) }
    if series.hasLaw { meanings.append((.law, "law")) }
    if series.isForecastApart { meanings.append((.forecast, "forecast")) }
    if series.hasBand { meanings.append((.band, "\(chart.intervalName) interval")) }
    if !series.predictions.isEmpty { meanings.append((.prediction, "predicted")) }
    if series.segments.count > 1 { meanings.append((.segment, "segments")) }
    if let limit = series.limit, limit.isFinite {
      meanings.append((.limit, "limit \(limit.short)"))
    }
    return meanings
  }
}

extension Chart {
  /// `90 %`, or nothing where the level is not known.
  var intervalName: String {
    level.map { String(format: "%.4g %%", $0 * 100) } ?? "prediction"
  }
}

extension Chart.Series {
  var hasLaw: Bool { curve.contains { $0.law != nil || $0.y != nil } }

  var hasBand: Bool { curve.contains { $0.lower != nil && $0.upper != nil } }

  /// Whether the forecast is another curve than the reported law, to the eye.
  var isForecastApart: Bool {
    curve.contains { sample in
      guard let y = sample.y, let law = sample.law else { return false }
      return abs(y - law) > 0.01 * max(abs(y), abs(law))
    }
  }
}
