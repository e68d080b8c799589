import Foundation
import ScalingLaws

extension FitReport {
  /// The report as text for a terminal: the summary, then tables of constants and predictions.
  func table(summary: String) -> String {
    var parts = [summary, constants.text]
    if !predictions.isEmpty { parts.append(forecast(at: predictions).text) }
    parts.append(agreement)
    parts += warnings.map { "\($0.severity.rawValue): \($0.detail)\n  \($0.hint)" }
    return parts.joined(separator: "\n\n")
  }

  private var constants: TextTable {
    TextTable(
      header: ["constant", "value", "std. error", "from", "to"],
      rows: model.constants.map { estimate in
        [
          estimate.constant.description,
          estimate.value?.rounded(9) ?? estimate.log10.map { "10^\($0.rounded(9))" } ?? "-",
          estimate.isFixed ? "fixed" : estimate.standardError.rounded(3),
          estimate.lower.rounded(4), estimate.upper.rounded(4),
        ]
      })
  }

  private func forecast(at predictions: [Prediction]) -> TextTable {
    TextTable(
      header: ["x", "y", "from", "to"],
      rows: predictions.map {
        [$0.x.rounded(6), $0.y.rounded(6), $0.lower.rounded(4), $0.upper.rounded(4)]
      })
  }

  private var agreement: String {
    let fit = "RMSLE \(score(model.quality.rmsle)) on the \(data.used) fitted points"
    guard let heldOut else { return fit }
    return fit + ", \(score(heldOut.rmsle)) on the \(heldOut.count) held out"
  }

  private func score(_ error: LogError?) -> String {
    error.map { "\($0.rmsle.rounded(4)) ± \($0.rsle.rounded(2))" } ?? "-"
  }
}

/// Columns of text, the first aligned to the left and the others to the right.
struct TextTable {
  let header: [String]
  let rows: [[String]]

  var text: String {
    let lines = [header] + rows
    let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { cells in
      zip(cells, widths).enumerated().map { column, cell in
        let padding = String(repeating: " ", count: cell.1 - cell.0.count)
        return column == 0 ? cell.0 + padding : padding + cell.0
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}

extension Double {
  /// The number with so many significant digits.
  func rounded(_ digits: Int) -> String { String(format: "%.\(digits)g", self) }
}

extension Double? {
  /// The number with so many significant digits, or a dash.
  fileprivate func rounded(_ digits: Int) -> String { map { $0.rounded(digits) } ?? "-" }
}
