import ArgumentParser

/// The options of a fit as flags; what each means and allows is decided by the reader of requests.
struct FitFlags: ParsableArguments {
  @Option(help: "auto, or the number of breaks, 0 to 5; then the fit is free.")
  var breaks: String?

  @Option(help: "The most breaks that auto tries.")
  var maxBreaks: String?

  @Option(help: "How auto chooses: aicc or holdout.")
  var selection: String?

  @Option(help: "combined or single.")
  var forecast: String?

  @Option(help: "Whether the law is drawn to usual exponents: true or false.")
  var prior: String?

  @Option(help: "auto, log, log1p or linear.")
  var objective: String?

  @Option(help: "squared or huber.")
  var loss: String?

  @Option(help: "lower_is_better or higher_is_better.")
  var direction: String?

  @Option(help: "increasing, or decreasing when x is itself a loss.")
  var xDirection: String?

  @Option(help: "The best y there can be, for metrics that rise.")
  var ceiling: String?

  @Option(help: "The x to forecast at, separated by commas.")
  var predict: String?

  @Option(help: "How many of the last x are set aside.")
  var heldOut: String?

  @Option(help: "Forms to fit besides and rank: all, or some of m1, m2, m3, m3_floor, m4.")
  var forms: String?

  @OptionGroup
  var columns: ColumnFlags

  @Option(help: "Makes everything random reproducible.")
  var seed: String?

  @Option(
    name: .customLong("option"),
    help: ArgumentHelp(
      "Any option of the API, such as intervals.level=0.8 or fixed.c0=0; repeatable.",
      valueName: "name=value"))
  var others: [String] = []

  /// The options that were given, by their names in the API.
  var options: [(name: String, value: String)] {
    let named: [(String, String?)] = [
      ("breaks", breaks), ("max_breaks", maxBreaks), ("selection", selection),
      ("forecast", forecast), ("prior", prior), ("objective", objective), ("loss", loss),
      ("direction", direction), ("x_direction", xDirection), ("ceiling", ceiling),
      ("predict", predict), ("held_out", heldOut), ("forms", forms), ("seed", seed),
    ]
    let others = others.map { other in
      let parts = other.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(parts[0]), parts.count == 2 ? String(parts[1]) : "true")
    }
    return named.compactMap { name, value in value.map { (name, $0) } } + columns.options + others
  }
}
