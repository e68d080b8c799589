import ScalingLaws

extension FitReport {
  /// A notice that lists the numbers of the answer that are null, by their JSON Pointers, and says
  /// why.
  ///
  /// JSON has neither NaN nor infinity (RFC 8259 §6).
  var omissions: [Notice] {
    let reasons = overflows + missingMeasures
    guard !reasons.isEmpty else { return [] }
    return [
      Notice(
        .valueUnavailable, .info, "null in the answer: " + reasons.joined(separator: "; "))
    ]
  }

  /// The numbers that a double cannot hold.
  private var overflows: [String] {
    let constants = model.constants.flatMap { estimate in
      let interval = [
        ("se", estimate.standardError), ("lower", estimate.lower), ("upper", estimate.upper),
      ]
      // When all three are missing, another warning says why.
      let hasInterval = interval.contains { $0.1 != nil }
      return ([("value", estimate.value)] + (hasInterval ? interval : []))
        .filter { $0.1?.isFinite != true }
        // Beside a value the standard error is left out on purpose: see `missingMeasures`.
        .filter { $0.0 != "se" || estimate.value == nil }
        .map { "/model/constants/\(estimate.constant)/\($0.0)" }
    }
    let places = breaks.flatMap { bend in
      let interval = [("lower", bend.lower), ("upper", bend.upper)]
      let hasInterval = interval.contains { $0.1 != nil }
      return ([("x", bend.x)] + (hasInterval ? interval : []))
        .filter { $0.1?.isFinite != true }.map { "/breaks/\(bend.index - 1)/\($0.0)" }
    }
    let segments = segments.filter { $0.coefficient?.isFinite != true }
      .map { "/segments/\($0.index - 1)/coefficient/value" }
    let predictions = zip(0..., predictions).filter { $1.y?.isFinite != true }
      .map { "/predictions/\($0.0)/y" }
    let pointers = constants + places + segments + predictions
    guard !pointers.isEmpty else { return [] }
    let shown = pointers.prefix(8).joined(separator: ", ")
    let rest = pointers.count > 8 ? " and \(pointers.count - 8) more" : ""
    return ["\(shown)\(rest) (no double can hold it)"]
  }

  /// The measures that these points do not define.
  private var missingMeasures: [String] {
    let quality = model.quality
    // Left out where it would mislead: the interval of the logarithm is the better measure.
    let withoutError = model.constants.filter {
      $0.standardError == nil && $0.value != nil && ($0.lower ?? $0.upper) != nil
    }.map { "/model/constants/\($0.constant)/se" }
    let isUncorrelated = model.correlation == nil && model.covarianceFault == nil
    return [
      withoutError.isEmpty
        ? nil
        : withoutError.joined(separator: ", ")
          + " (its double exceeds the value: see the interval)",
      isUncorrelated ? "/model/correlation (rounding leaves some constant no variance)" : nil,
      quality.rmsle == nil
        ? "/quality/rmsle, /quality/rsle (some y or fitted y is not above 0)" : nil,
      quality.msle == nil ? "/quality/msle (some y or fitted y is not above -1)" : nil,
      predictability.nextBreakInvisibleBeyond == nil
        ? "/predictability/next_break_invisible_beyond/x (no double can hold it)" : nil,
      quality.r2 == nil ? "/quality/r2 (y is constant)" : nil,
      quality.aicc == nil ? "/quality/aicc (too few points for its correction)" : nil,
      heldOut.map { $0.rmsle == nil } == true
        ? "/held_out/rmsle, /held_out/rsle (some y or forecast is not above 0)" : nil,
    ].compactMap { $0 }
  }
}
