import Glibc

extension BrokenPowerLaw {
  /// Fits a law to points, and reports what `options` asks for.
  ///
  /// Deterministic: on one machine equal points and options give bit-identical reports, however
  /// `execution` runs and in whatever order the points are given.
  ///
  /// - Throws: `FitError`; invalid options are found before any other work.
  public static func fit(
    _ points: Points, options: FitOptions = FitOptions(), execution: Execution = Execution()
  ) throws(FitError) -> FitReport {
    try options.check()
    let constraints = Constraints(options)
    var fitted = points
    var heldOut: Points?
    switch options.heldOut {
    case .none: break
    case .points(let points): heldOut = points
    case .last(let count):
      let split = points.holdingOutLast(count, progress: options.progress)
      (fitted, heldOut) = (split.kept, split.heldOut)
    }
    try check(fitted, options)
    let crop = try Crop(fitted, options: options, constraints: constraints, execution: execution)
    let uncroppedCount = fitted.count
    fitted = crop.applied(to: fitted)
    if fitted.count < uncroppedCount { try check(fitted, options) }

    let endBehaviour = try EndBehaviour.choose(
      among: EndBehaviour.candidates(for: fitted, options: options, constraints: constraints),
      points: fitted, options: options, constraints: constraints,
      isCancelled: execution.isCancelled)
    var search = LawSearch(
      fitted, orientation: endBehaviour.orientation, objective: options.objective,
      progress: options.progress, constraints: constraints, isCancelled: execution.isCancelled)
    let frame = search.observations.frame
    for (x, y) in zip(fitted.x, fitted.y) where !frame.admits(y) {
      throw .outsideObjective(frame.objective, x: x, y: y)
    }
    execution.report(0.1)
    let curve: FittedCurve
    if search.observations.isConstant {
      curve = try FittedCurve(constant: search, points: fitted, options: options)
    } else {
      if options.loss == .huber { try search.setRobustThreshold() }
      curve = try FittedCurve(
        search, points: fitted, options: options, endBehaviour: endBehaviour, execution: execution)
    }
    var report = curve.report(
      points: fitted, heldOut: heldOut, all: points, options: options)
    report.crop = crop.report
    if fitted.count < uncroppedCount, let from = crop.report?.from {
      report.warnings.append(.cropped(count: uncroppedCount - fitted.count, from: from))
    }
    if !options.forms.isEmpty {
      report.comparison = Comparison(
        options.forms, besides: report, points: fitted, heldOut: heldOut)
    }
    execution.report(1)
    return report
  }

  private static func check(_ points: Points, _ options: FitOptions) throws(FitError) {
    guard points.distinctCount >= 3 else {
      throw .tooFewDistinctX(got: points.distinctCount, needed: 3)
    }
    if case .exactly(let breaks) = options.breaks {
      let needed = 3 * breaks + 3
      guard points.count >= needed else {
        throw .tooFewPoints(got: points.count, needed: needed, breaks: breaks)
      }
    }
  }
}

extension BrokenPowerLaw {
  /// The law of least squares with a given number of breaks, without a forecast or a report, which
  /// take most of the time of `fit`.
  ///
  /// - Returns: nil when no law has finite residuals, or when there are fewer points than
  ///   constants, or a y is outside the objective's domain.
  public static func leastSquares(
    _ points: Points, breaks: Int, objective: Objective.Choice = .automatic
  ) -> BrokenPowerLaw? {
    let search = LawSearch(points, objective: objective, isCancelled: { false })
    guard breaks >= 0, points.count >= 3, breaks <= points.count / 3 - 1,
      points.y.allSatisfy(search.observations.frame.admits)
    else { return nil }
    return search.fit(breaks: breaks)?.law
  }
}

extension Observations {
  /// Whether all values are equal up to rounding.
  var isConstant: Bool {
    let smallest = values.min() ?? 0
    let largest = values.max() ?? 0
    return largest - smallest <= 1e-12 * max(abs(smallest), abs(largest))
  }
}

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

/// How a fit is run: its threads, its progress and its cancellation. This module starts no threads
/// itself.
public struct Execution: Sendable {
  /// Polled during a fit, which stops soon after it returns true.
  public var isCancelled: @Sendable () -> Bool
  /// Called with the share of the work that is done, from 0 to 1.
  public var report: @Sendable (Double) -> Void
  /// Runs the body for 0..<count in any order, on any threads, and returns when all are done.
  ///
  /// The results do not depend on the order, because each item writes to its own place.
  public var forEach: @Sendable (_ count: Int, _ body: @escaping @Sendable (Int) -> Void) -> Void

  public init(
    isCancelled: @escaping @Sendable () -> Bool = { false },
    report: @escaping @Sendable (Double) -> Void = { _ in },
    forEach: @escaping @Sendable (_ count: Int, _ body: @escaping @Sendable (Int) -> Void) -> Void =
      {
        count, body in for i in 0..<count { body(i) }
      }
  ) {
    self.isCancelled = isCancelled
    self.report = report
    self.forEach = forEach
  }
}

extension Execution {
  /// The results of a body for 0..<count, in order, however they are run; nil where it has none.
  public func map<Result: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Int) -> Result?
  ) -> [Result?] {
    let places = UnsafeMutablePointer<Result?>.allocate(capacity: max(count, 1))
    places.initialize(repeating: nil, count: count)
    defer {
      places.deinitialize(count: count)
      places.deallocate()
    }
    // Safe to share: each item writes to its own place, and `forEach` returns after the last.
    nonisolated(unsafe) let shared = places
    forEach(count) { shared[$0] = body($0) }
    return (0..<count).map { places[$0] }
  }
}
