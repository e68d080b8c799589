/// Why points cannot be fitted as asked.
public enum FitError: Error, Hashable {
  /// `got` distinct x where at least `needed` are needed.
  case tooFewDistinctX(got: Int, needed: Int)
  /// `got` points where a law with `breaks` breaks has `needed` constants.
  case tooFewPoints(got: Int, needed: Int, breaks: Int)
  /// A y outside the domain of the objective that was asked for, at its x.
  case outsideObjective(Objective, x: Double, y: Double)
  /// The ceiling lies below a measured y.
  case ceilingBelowData(ceiling: Double, largest: Double)
  /// A constant that the law does not have, or that needs a given number of breaks.
  case unknownConstant(Constant, breaks: Int?)
  /// A fixed or bounded constant that no law can have, with what is allowed.
  case impossibleConstant(Constant, allowed: String)
  /// An option whose value no fit can use, with what is allowed.
  case impossibleOption(String, allowed: String)
  /// No start led to a finite fit.
  case noFiniteFit
  case cancelled
}
