import Foundation

/// The explanation of the signs of a plot, in rows above the axes.
struct Legend {
  /// A sign of the plot.
  enum Sign: Hashable {
    case points, heldOut, law, forecast, band, bend, segment, limit, prediction
    /// The marker and the line of one curve among several.
    case curve(Int)
    /// Words without a sign.
    case note
  }

  struct Entry {
    let sign: Sign
    let text: String
    let x: Double
    let row: Int
  }

  static let signWidth = 32.0
  private static let gap = 16.0
  /// The largest number of curves that are named; the others are only counted.
  private static let mostCurves = 12
  private static let mostRows = 5

  let entries: [Entry]
  let rows: Int

  init(_ chart: Chart, view: Chart.View, isForecastApart: Bool, width: Double) {
    let meanings = Self.meanings(chart, view, isForecastApart: isForecastApart)
    let columns = chart.series.count > 1 ? Self.columns(meanings.map(\.1), width: width) : nil
    let most = columns.map { (width + Self.gap) / Double($0) - Self.gap } ?? width
    var entries: [Entry] = []
    var x = 0.0
    var row = 0
    for (sign, text) in meanings {
      let text = text.cut(toEms: (most - Self.signWidth) / Drawing.fontSize)
      let needed = columns == nil ? Self.width(of: text) : most
      // The tolerance covers the rounding of columns that fill the width exactly.
      if x > 0, x + needed > width + 0.1 { (x, row) = (0, row + 1) }
      entries.append(Entry(sign: sign, text: text, x: x, row: row))
      x += needed + Self.gap
    }
    self.entries = entries
    rows = entries.isEmpty ? 0 : row + 1
  }

  /// The number of columns for the names of curves: the most that show all names whole, but enough
  /// to need at most `mostRows` rows.
  private static func columns(_ names: [String], width: Double) -> Int {
    let widest = names.map(Self.width).max() ?? 0
    let allowed = (1...3).filter { (names.count + $0 - 1) / $0 <= mostRows }
    return allowed.last { Double($0) * (widest + gap) <= width + gap } ?? allowed.first ?? 3
  }

  private static func width(of text: String) -> Double {
    signWidth + text.ems * Drawing.fontSize
  }

  private static func meanings(_ chart: Chart, _ view: Chart.View, isForecastApart: Bool)
    -> [(Sign, String)]
  {
    guard chart.series.count == 1 else {
      var meanings = chart.series.prefix(mostCurves).enumerated().map { index, series in
        (Sign.curve(index), series.name ?? "curve \(index + 1)")
      }
      let unnamed = chart.series.count - meanings.count
      if unnamed > 0 { meanings.append((.note, "and \(unnamed) more")) }
      if chart.series.contains(where: { !$0.heldOut.isEmpty }) {
        meanings.append((.note, "hollow: held out"))
      }
      return meanings
    }
    let series = chart.series[0]
    var meanings: [(Sign, String)] = []
    if !series.points.isEmpty { meanings.append((.points, "fitted points")) }
    if !series.heldOut.isEmpty { meanings.append((.heldOut, "held out")) }
    if series.hasLaw { meanings.append((.law, "law")) }
    if isForecastApart { meanings.append((.forecast, "forecast")) }
    if series.hasBand { meanings.append((.band, "\(chart.intervalName) interval")) }
    if !series.predictions.isEmpty { meanings.append((.prediction, "predicted")) }
    let visible = series.breaks.count { view.x.share($0.x).map((0...1).contains) ?? false }
    if visible > 0 { meanings.append((.bend, visible == 1 ? "break" : "breaks")) }
    if series.segments.count > 1 { meanings.append((.segment, "segments")) }
    if let limit = series.limit, limit.isFinite {
      meanings.append((.limit, "limit \(NumberText.short(limit))"))
    }
    return meanings
  }
}

extension Chart {
  /// `90 %`, or `prediction` when the level is unknown.
  var intervalName: String {
    level.map { NumberText.short($0 * 100, digits: 4) + " %" } ?? "prediction"
  }
}

extension Chart.Series {
  var hasLaw: Bool { curve.contains { $0.law != nil || $0.y != nil } }

  var hasBand: Bool { curve.contains { $0.lower != nil && $0.upper != nil } }

  /// Whether the forecast is visibly different from the reported law.
  func isForecastApart(in view: Chart.View) -> Bool {
    (curve + predictions).contains { sample in
      guard let y = sample.y.flatMap(view.y.share), let law = sample.law.flatMap(view.y.share)
      else { return false }
      return abs(y - law) > 0.01
    }
  }
}
