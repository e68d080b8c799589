import ScalingLaws

extension FitReport {
  /// A warning that names every null of the answer with its reason, when there is one.
  ///
  /// JSON has neither NaN nor infinity, so a number that does not exist is null (RFC 8259 §6).
  var omissions: [Notice] {
    let reasons = overflows + missingMeasures
    guard !reasons.isEmpty else { return [] }
    return [
      Notice(
        code: "value_unavailable", severity: .info,
        detail: "null in the answer: " + reasons.joined(separator: "; "),
        hint: "Use `log10` where it is given; otherwise these data have no such number.")
    ]
  }

  /// Numbers that no double can hold.
  private var overflows: [String] {
    let constants = model.constants.filter { $0.value?.isFinite != true }
    let endless = model.constants.filter {
      $0.standardError != nil && ($0.lower?.isFinite != true || $0.upper?.isFinite != true)
    }
    let places = breaks.filter { $0.x?.isFinite != true }.map { "breaks/\($0.index - 1)/x" }
    let segments = segments.filter { $0.coefficient?.isFinite != true }
    let predictions = predictions.filter { $0.y?.isFinite != true }
    let names =
      constants.map { "constant \($0.constant)" }
      + endless.map { "an end of the interval of \($0.constant)" } + places
      + segments.map { "coefficient of segment \($0.index)" }
      + predictions.map { "prediction at \($0.x.jsonText)" }
    guard !names.isEmpty else { return [] }
    let shown = names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", ..." : "")
    return ["\(shown) (no double can hold it)"]
  }

  /// Measures that these points do not define.
  private var missingMeasures: [String] {
    let quality = model.quality
    let isUncorrelated = model.correlation == nil && model.covarianceFault == nil
    return [
      isUncorrelated ? "model/correlation (rounding leaves some constant no variance)" : nil,
      quality.rmsle == nil ? "quality/rmsle and rsle (some y or fitted y is not above 0)" : nil,
      quality.msle == nil ? "quality/msle (some y or fitted y is not above -1)" : nil,
      quality.r2 == nil ? "quality/r2 (y is constant)" : nil,
      quality.aicc == nil ? "quality/aicc (too few points for its correction)" : nil,
      heldOut.map { $0.rmsle == nil } == true
        ? "held_out/rmsle and rsle (some y or forecast is not above 0)" : nil,
    ].compactMap { $0 }
  }
}
