/// The law and the comparison forms fitted to the same points, the best first.
public struct Comparison: Sendable {
  /// The error by which they are ranked.
  public enum Criterion: Sendable, Hashable {
    /// The error on held-out points, as in the paper's tables.
    case heldOut
    /// The error on the fitted points, which favours forms with many constants.
    case fit
  }

  /// The law or one of the forms.
  public struct Entry: Sendable {
    /// Nil for the law itself.
    public var form: ComparisonForm?
    /// The form with its constants; nil for the law, and when the form cannot be fitted.
    public var fitted: FittedForm?
    /// The error on the fitted points; nil when some value is not above 0.
    public var fit: LogError?
    /// The error on held-out points; for the law that of the forecast.
    public var heldOut: LogError?

    fileprivate func error(by criterion: Criterion) -> Double {
      (criterion == .heldOut ? heldOut : fit)?.rmsle ?? .infinity
    }
  }

  public let criterion: Criterion
  public let entries: [Entry]

  /// Fits the forms to the points of a report and ranks them with its law.
  init(_ forms: [ComparisonForm], besides report: FitReport, points: Points, heldOut: Points?) {
    let law = Entry(
      form: nil, fitted: nil, fit: report.model.quality.rmsle, heldOut: report.heldOut?.rmsle)
    let others = forms.map { form in
      let fitted = form.fit(points)
      return Entry(
        form: form, fitted: fitted, fit: fitted?.error(on: points),
        heldOut: heldOut.flatMap { fitted?.error(on: $0) })
    }
    let all = [law] + others
    let criterion: Criterion = all.contains { $0.heldOut != nil } ? .heldOut : .fit
    // Equal errors keep this order, so that the ranking depends on the points only.
    entries = all.enumerated().sorted {
      ($0.element.error(by: criterion), $0.offset) < ($1.element.error(by: criterion), $1.offset)
    }.map(\.element)
    self.criterion = criterion
  }
}

extension FittedForm {
  /// The error of the form at points; nil when some value is not above 0 or not a number.
  fileprivate func error(on points: Points) -> LogError? {
    let error = LogError(forecast: points.x.map { value(at: $0) }, measured: points.y)
    return error.flatMap { $0.rmsle.isFinite && $0.rsle.isFinite ? $0 : nil }
  }
}
