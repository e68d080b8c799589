import ScalingLaws

extension TableReading {
  /// The notices about how the table was read, for a fit with these options.
  func notices(for options: FitOptions) -> [Notice] {
    var notices: [Notice] = []
    if likelier.count == 2 {
      notices.append(
        Notice(
          .columnsAmbiguous, .warning,
          "the columns `\(x)` and `\(y[0])` were read, but `\(likelier[0])` and "
            + "`\(likelier[1])` look more like a scale and a metric",
          hint: "Say `x_column=\(likelier[0])` and `y_column=\(likelier[1])` if these were meant."))
    }
    if isPerCent, options.ceiling == nil {
      notices.append(
        Notice(
          .perhapsPerCent, .info, "`\(y[0])` is called a share, but goes beyond 1",
          hint: "If it is in per cent, say `ceiling=100`, beyond which no forecast then goes."))
    }
    if !ignored.isEmpty {
      notices.append(
        Notice(
          .columnsIgnored, .info,
          "the table's columns \(Table.list(ignored)) were ignored"))
    }
    notices += guesses.map { Notice(.columnsGuessed, .info, $0) }
    if emptyCount + zeroCount > usedCount {
      notices.append(
        Notice(
          .rowsLeftOut, .warning,
          "more than half of the points were left out: \(emptyCount) without a value, "
            + "\(zeroCount) at x = 0"))
    }
    if let mixedBy {
      notices.append(
        Notice(
          .severalSeriesMixed, .warning,
          "values of x repeat, and the column `\(mixedBy)` that may tell them apart was not "
            + "used",
          hint: "Add `curve_column=\(mixedBy)` for a curve of each, or "
            + "`run_column=\(mixedBy)` if they are repetitions of one curve."))
    }
    if unknownSigmaCount > 0 {
      notices.append(
        Notice(
          .sigmaUnknown, .info,
          "\(unknownSigmaCount) \(unknownSigmaCount == 1 ? "point has" : "points have") no "
            + "standard error above 0, and the median of the others was taken"))
    }
    return notices
  }
}
