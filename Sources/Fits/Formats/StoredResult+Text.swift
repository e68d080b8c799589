import Foundation
import Plots
import Printable

extension StoredResult {
  /// The result for a terminal: the summary, a small plot, tables, and warnings.
  var text: String {
    let curves = curves
    let chart = Chart(curves)
    guard answer.isList else { return (curves.first?.text(chart) ?? "") + "\n" }
    let parts = curves.map { curve in
      (curve.name ?? "").printable + ": " + (curve.problem ?? curve.summary).printable
    }
    return ([chart.terminalText, comparison] + parts + [curves.readingSentence])
      .filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  /// The curves side by side.
  private var comparison: String {
    guard let compared = answer.compared, let root = try? JSONDocument(stored: compared).root else {
      return ""
    }
    let curves = (root["curves"]?.elements ?? []).filter { $0["error"] == nil }
    let place = root["x"]?.elements?.last?.double.map { "at \($0.rounded(4))" } ?? "y"
    let rows = curves.map { curve in
      [(curve["name"]?.string ?? "").printable]
        + ["breaks", "last_slope", "limit", "rmsle", "y", "lower", "upper"].map {
          curve.rounded($0, 4)
        }
    }
    if rows.isEmpty { return "" }
    let table = TextTable(
      header: ["curve", "breaks", "last slope", "limit", "RMSLE", place, "from", "to"], rows: rows)
    let sentences = curves.compactMap { $0["summary"]?.string?.printable }
    return ([table.text] + sentences).joined(separator: "\n")
  }
}

extension [ReadCurve] {
  /// How the table of all curves was read; empty when the curves came in JSON.
  fileprivate var readingSentence: String {
    lazy.compactMap { $0["read"] }.first.flatMap { TableReading(JSONField($0, faults: Faults())) }?
      .sentence.printable ?? ""
  }
}

extension ReadCurve {
  fileprivate var summary: String { self["summary"]?.string ?? "" }

  fileprivate func text(_ chart: Chart) -> String {
    let parts =
      [summary, chart.terminalText, constants, breaks, predictions, comparison, agreement]
      + list("warnings").map { warning in
        let (severity, detail, hint) = (
          warning["severity"]?.string ?? "", warning["detail"]?.string ?? "",
          warning["hint"]?.string ?? ""
        )
        return "\(severity): \(detail.printable)\n  \(hint)"
      }
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  private var constants: String {
    guard case .object(let constants)? = self["model", "constants"] else { return "" }
    return TextTable(
      header: ["constant", "value", "std. error", "from", "to"],
      rows: constants.members.map { member in
        let estimate = member.value
        let power = estimate["log10"]?.double.map { "10^\($0.rounded(9))" }
        let value = estimate["value"]?.double?.rounded(9) ?? power ?? "-"
        let error = estimate["fixed"] == nil ? estimate.rounded("se", 3) : "fixed"
        return [
          member.name, value, error, estimate.rounded("lower", 4), estimate.rounded("upper", 4),
        ]
      }
    ).text
  }

  private var breaks: String {
    table(
      "breaks",
      [("break", "index"), ("at", "x"), ("bend from", "starts"), ("to", "ends")]
        + [("slope before", "slope_before"), ("after", "slope_after")]
        + [("points before", "points_before"), ("after", "points_after")])
  }

  private var predictions: String {
    table("predictions", [("x", "x"), ("y", "y"), ("from", "lower"), ("to", "upper")])
  }

  private var comparison: String {
    let rows = list("comparison").map { entry in
      [entry["form"]?.string ?? ""]
        + ["held_out_rmsle", "rsle", "fit_rmsle"].map { entry.rounded($0, 4) }
    }
    if rows.isEmpty { return "" }
    return TextTable(
      header: ["form", "held-out RMSLE", "RSLE", "fit RMSLE"], rows: rows
    ).text
  }

  private func table(_ name: String, _ columns: [(header: String, member: String)]) -> String {
    let entries = list(name)
    if entries.isEmpty { return "" }
    return TextTable(
      header: columns.map(\.header),
      rows: entries.map { entry in
        columns.map { entry.rounded($0.member, 6) }
      }
    ).text
  }

  private var agreement: String {
    let used = self["data", "used"]?.integer ?? 0
    let fit = "RMSLE \(score(self["quality"])) on the \(used) fitted points"
    guard let heldOut = self["held_out"] else { return fit }
    return fit + ", \(score(heldOut)) on the \(heldOut["n"]?.integer ?? 0) held out"
  }

  private func score(_ part: JSONValue?) -> String {
    guard let rmsle = part?["rmsle"]?.double, let rsle = part?["rsle"]?.double else { return "-" }
    return "\(rmsle.rounded(4)) ± \(rsle.rounded(2))"
  }
}

extension JSONValue {
  /// The number of that name with so many significant digits, or a dash.
  fileprivate func rounded(_ name: String, _ digits: Int) -> String {
    (self[name]?.double).rounded(digits)
  }
}

extension Chart {
  /// The plot in characters; empty without points.
  fileprivate var terminalText: String {
    series.contains { !$0.points.isEmpty } ? text().trimmed : ""
  }
}

extension String {
  fileprivate var trimmed: String {
    String(reversed().drop { $0 == "\n" }.reversed())
  }

  /// The text without control characters, so that a client's text cannot control the terminal.
  fileprivate var printable: String {
    String(String.UnicodeScalarView(unicodeScalars.filter(\.isPrintable)))
  }
}

/// Columns of text, the first aligned to the left and the others to the right.
public struct TextTable {
  private let rows: [[String]]

  /// A table whose rows are as long as its header.
  public init(header: [String], rows: [[String]]) { self.rows = [header] + rows }

  /// The lines, without a line break after the last.
  public var text: String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { cells in
      zip(cells, widths).enumerated().map { column, cell in
        let padding = String(repeating: " ", count: cell.1 - cell.0.count)
        return column == 0 ? cell.0 + padding : padding + cell.0
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}

extension Double {
  /// The number with so many significant digits, as C's `%g` writes it.
  public func rounded(_ digits: Int) -> String {
    // Not "-0".
    String(format: "%.\(digits)g", self == 0 ? 0 : self)
  }
}

extension Double? {
  /// The number with so many significant digits, or a dash.
  public func rounded(_ digits: Int) -> String { map { $0.rounded(digits) } ?? "-" }
}
