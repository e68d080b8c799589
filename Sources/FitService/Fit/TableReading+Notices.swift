import ScalingLaws

extension TableReading {
  /// What a reader should know of how the table was read.
  var notices: [Notice] {
    var notices: [Notice] = []
    if !ignored.isEmpty {
      notices.append(
        Notice(
          code: "columns_ignored", severity: .info,
          detail: "the table's columns \(Self.listed(ignored)) were ignored",
          hint: "Name the columns to use by `x_column` and `y_column` if these were meant."))
    }
    notices += guesses.map { guess in
      Notice(
        code: "columns_guessed", severity: .info, detail: guess,
        hint: "Name the columns to use by `x_column`, `y_column` and `curve_column`.")
    }
    if emptyCount + zeroCount > usedCount {
      notices.append(
        Notice(
          code: "rows_left_out", severity: .warning,
          detail: "more than half of the points were left out: \(emptyCount) without a value, "
            + "\(zeroCount) at x = 0",
          hint: "Look whether `x_column` and `y_column` are the columns that were meant."))
    }
    if let mixedBy {
      notices.append(
        Notice(
          code: "several_series_mixed", severity: .warning,
          detail:
            "values of x repeat, and the column `\(mixedBy)` that may tell them apart was not "
            + "used",
          hint: "Add `curve_column=\(mixedBy)` for a curve of each, or "
            + "`run_column=\(mixedBy)` if they are repetitions of one curve."))
    }
    if unknownSigmaCount > 0 {
      notices.append(
        Notice(
          code: "sigma_unknown", severity: .info,
          detail: "\(unknownSigmaCount) \(unknownSigmaCount == 1 ? "point has" : "points have") no "
            + "standard error above 0, and the median of the others was taken",
          hint: "Give the standard error of every point, or of none."))
    }
    return notices
  }

  private static func listed(_ names: [String]) -> String {
    let shown = names.prefix(10).map { "`\($0)`" }.joined(separator: ", ")
    return names.count > 10 ? "\(shown) and \(names.count - 10) more" : shown
  }
}
