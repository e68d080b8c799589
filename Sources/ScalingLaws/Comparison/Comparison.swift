/// The law and the forms that were fitted beside it, the best first.
public struct Comparison: Sendable {
  /// What the order goes by.
  public enum Criterion: Sendable, Hashable {
    /// The error on points that were set aside, as in the paper's tables.
    case heldOut
    /// The error on the fitted points, which favours forms with many constants.
    case fit
  }

  /// The law or one of the forms.
  public struct Entry: Sendable {
    /// Nil for the law itself.
    public var form: ComparisonForm?
    /// The form with its constants; nil for the law, and where the points do not allow a fit.
    public var fitted: FittedForm?
    /// The error on the fitted points; nil when some value is not above 0.
    public var fit: LogError?
    /// The error on the points set aside; of the law it is the forecast's.
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
    // Equal errors keep this order, so that the ranking is a function of the points alone.
    entries = all.enumerated().sorted {
      ($0.element.error(by: criterion), $0.offset) < ($1.element.error(by: criterion), $1.offset)
    }.map(\.element)
    self.criterion = criterion
  }
}

extension FittedForm {
  /// How far the form lies from points; nil when some value is not above 0, or no number.
  fileprivate func error(on points: Points) -> LogError? {
    let error = LogError(forecast: points.x.map { value(at: $0) }, measured: points.y)
    return error.flatMap { $0.rmsle.isFinite && $0.rsle.isFinite ? $0 : nil }
  }
}
