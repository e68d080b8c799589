import Foundation
public import ScalingLaws
import TestSupport

/// What every right answer keeps, whatever was asked.
public enum FitLaw: String, Sendable, CaseIterable {
  /// No number of an answer is infinite or not a number.
  case finite
  /// A fixed constant has its value.
  case fixed
  /// A bounded constant lies inside its bounds.
  case bounds
  /// lower <= meanLower <= y <= meanUpper <= upper.
  case nesting
  /// The order of points and of replicates changes no bit.
  case order
  /// x in other units moves b and the d's alone, where the points are not exact: else the last
  /// digits of their logarithms decide.
  case unitOfX
  /// y in other units moves a and b alone, under the log objective.
  case unitOfY
  /// A larger sigma narrows no interval inside the data, where the law misses the points by no more
  /// than it says: else the interval tells of the misfit, and far out of breaks, which are the
  /// fewer the larger sigma is. Three places have a rule of their own.
  case sigma
  /// Three points of a noisy curve give no interval that is far narrower than their noise.
  case certainty

  /// Whether it compares two fits, which costs a second one.
  public var comparesTwoFits: Bool {
    switch self {
    case .finite, .fixed, .bounds, .nesting: false
    case .order, .unitOfX, .unitOfY, .sigma, .certainty: true
    }
  }
}

extension RandomFit {
  /// A law that an answer does not keep, and where.
  public struct Breach: Sendable, CustomStringConvertible {
    public let law: FitLaw
    public let place: String
    public var description: String { "\(law): \(place)" }
  }

  /// The answer to what was drawn; nil where it was refused.
  public var answer: FitReport? { try? BrokenPowerLaw.fit(points, options: options) }

  /// The laws among `laws` that an answer to what was drawn does not keep.
  public func breaches(of laws: [FitLaw], by report: FitReport) -> [Breach] {
    laws.flatMap { law in
      places(where: law, isBrokenBy: report).map { Breach(law: law, place: $0) }
    }
  }

  private func places(where law: FitLaw, isBrokenBy report: FitReport) -> [String] {
    switch law {
    case .finite: infinities(in: report)
    case .fixed: unlikeFixed(report)
    case .bounds: outsideBounds(report)
    case .nesting: (report.predictions + report.curve).compactMap(\.disorder)
    case .order: changedByOrder(report)
    case .unitOfX: changedByUnitOfX(report)
    case .unitOfY: changedByUnitOfY(report)
    case .sigma: narrowedBySigma(report)
    case .certainty: certainOfThree(report)
    }
  }

  // MARK: One answer

  private func infinities(in report: FitReport) -> [String] {
    var numbers: [(String, Double?)] = []
    for p in report.predictions + report.curve + (report.heldOut?.predictions ?? []) {
      numbers += [
        ("y", p.y), ("lower", p.lower), ("upper", p.upper), ("meanLower", p.meanLower),
        ("meanUpper", p.meanUpper), ("yLaw", p.yLaw),
      ].map { ("\($0.0) at \(p.x)", $0.1) }
    }
    for c in report.model.constants {
      numbers += [
        ("value", c.value), ("log10", c.log10), ("error", c.standardError), ("lower", c.lower),
        ("upper", c.upper),
      ].map { ("\($0.0) of \(c.constant)", $0.1) }
    }
    let quality = report.model.quality
    numbers += [
      // In units of y squared it may exceed any double.
      ("sum of squares", quality.sumOfSquares.isNaN ? .nan : 0),
      ("deviation", quality.residualDeviation),
      ("autocorrelation", quality.residualAutocorrelation), ("aicc", quality.aicc),
      ("r2", quality.r2), ("msle", quality.msle), ("rmsle", quality.rmsle?.rmsle),
      ("slope", report.shape.trend.slopePerDecade), ("p", report.shape.trend.p),
      ("p of no change", report.shape.trend.pNoChange),
      ("shrinkage", report.measureNext?.shrinkage), ("next x", report.measureNext?.x),
      ("effective count", report.selection.effectiveCount),
    ]
    for solved in report.solved {
      numbers += [("solved", solved.x), ("lower", solved.lower), ("upper", solved.upper)]
    }
    for turn in report.shape.turningPoints {
      numbers += [("turn", turn.x), ("depth", turn.depth), ("y of turn", turn.y)]
    }
    return numbers.compactMap { name, value in
      value.map { $0.isFinite ? nil : "\(name) is \($0)" } ?? nil
    }
  }

  private func unlikeFixed(_ report: FitReport) -> [String] {
    report.model.constants.compactMap { estimate in
      guard let asked = options.fixed[estimate.constant], let value = estimate.value,
        abs(value - asked) > 1e-9 * abs(asked)
      else { return nil }
      return "\(estimate.constant) = \(value), fixed at \(asked)"
    }
  }

  private func outsideBounds(_ report: FitReport) -> [String] {
    report.model.constants.compactMap { estimate in
      guard let asked = options.bounds[estimate.constant], let value = estimate.value else {
        return nil
      }
      let slack = 1e-9 * max(abs(asked.lowerBound), abs(asked.upperBound))
      return value < asked.lowerBound - slack || value > asked.upperBound + slack
        ? "\(estimate.constant) = \(value), inside \(asked)" : nil
    }
  }

  // MARK: Two answers

  private func changedByOrder(_ report: FitReport) -> [String] {
    var generator = SeededGenerator(seed: options.seed)
    let order = points.x.indices.shuffled(using: &generator)
    guard
      let shuffled = try? Points(
        x: order.map { points.x[$0] }, y: order.map { points.y[$0] },
        noise: points.noise.mapped { values in order.map { values[$0] } })
    else { return ["the points are refused"] }
    var other = self
    other.points = shuffled
    return other.differences(from: report, tolerance: 0)
  }

  private func changedByUnitOfX(_ report: FitReport) -> [String] {
    // A constraint on b is one on the law at x = 1, which is elsewhere in other units.
    guard !report.isExact, options.fixed[.b] == nil, options.bounds[.b] == nil else { return [] }
    return inOtherUnits(x: 1e-6).differences(from: report, tolerance: 1e-5, x: 1e-6)
  }

  private func changedByUnitOfY(_ report: FitReport) -> [String] {
    guard !report.isExact, report.model.quality.objective == .log,
      report.model.quality.reflectedAt == nil
    else { return [] }
    if case .trials = points.noise { return [] }
    return inOtherUnits(y: 1000).differences(from: report, tolerance: 1e-5, y: 1000)
  }

  /// The same question with x and y in other units.
  private func inOtherUnits(x: Double = 1, y: Double = 1) -> RandomFit {
    var other = self
    func scaled(_ noise: Noise) -> Noise {
      if case .standardErrors(let sigma) = noise { return .standardErrors(sigma.map { $0 * y }) }
      return noise
    }
    guard
      let points = try? Points(
        x: points.x.map { $0 * x }, y: points.y.map { $0 * y }, noise: scaled(points.noise))
    else { return self }
    other.points = points
    other.options.predictions = options.predictions.map { $0.map { $0 * x } }
    other.options.ceiling = options.ceiling.map { $0 * y }
    other.options.randomGuess = options.randomGuess.map { $0 * y }
    other.options.solveFor = options.solveFor.map { $0 * y }
    if case .from(let first) = options.crop { other.options.crop = .from(first * x) }
    func unit(of constant: Constant) -> Double {
      switch constant {
      case .a, .b: y
      case .d: x
      case .c0, .c, .f: 1
      }
    }
    for (constant, value) in options.fixed {
      other.options.fixed[constant] = value * unit(of: constant)
    }
    for (constant, range) in options.bounds {
      let unit = unit(of: constant)
      other.options.bounds[constant] = (range.lowerBound * unit)...(range.upperBound * unit)
    }
    return other
  }

  /// Where the forecasts of this fit, its x and y divided by the given units, differ from a report
  /// by more than `tolerance` of y and of the interval's width.
  private func differences(
    from report: FitReport, tolerance: Double, x: Double = 1, y: Double = 1
  ) -> [String] {
    guard let other = answer else { return ["it is refused"] }
    var found: [String] = []
    if other.breaks.count != report.breaks.count {
      found.append("\(other.breaks.count) breaks instead of \(report.breaks.count)")
    }
    for (was, now) in zip(report.predictions, other.predictions) {
      let numbers: [(String, Double?, Double?)] = [
        ("y", was.y, now.y), ("lower", was.lower, now.lower), ("upper", was.upper, now.upper),
        ("meanLower", was.meanLower, now.meanLower), ("meanUpper", was.meanUpper, now.meanUpper),
      ]
      let width = (was.upper ?? 0) - (was.lower ?? 0)
      // Far beyond any metric a digit of an exponent is a factor.
      for (name, was, now) in numbers where (was ?? now).map({ abs($0) < 1e50 }) ?? false {
        guard let was, let now = now.map({ $0 / y }) else {
          found.append("\(name) is only one of the two")
          continue
        }
        if abs(now - was) > tolerance * (abs(was) + width) {
          found.append("\(name) = \(now) instead of \(was)")
        }
      }
    }
    return found
  }

  private func narrowedBySigma(_ report: FitReport) -> [String] {
    guard case .standardErrors(let sigma) = points.noise, report.heldOut == nil,
      points.distinctCount > 3, options.intervals.level >= 0.5,
      !report.warnings.contains(where: { if case .lackOfFit = $0 { true } else { false } })
    else { return [] }
    var other = self
    guard
      let points = try? Points(
        x: points.x, y: points.y, noise: .standardErrors(sigma.map { 2 * $0 }))
    else { return [] }
    other.points = points
    guard let wider = other.answer else { return ["it is refused"] }
    return zip(report.predictions, wider.predictions).compactMap { narrow, wide in
      guard !narrow.isExtrapolated, let was = narrow.width, let now = wide.width, now < 0.95 * was
      else { return nil }
      return "at \(narrow.x) \(now) wide instead of \(was)"
    }
  }

  private func certainOfThree(_ report: FitReport) -> [String] {
    guard noise >= 0.01, case .unknown = points.noise, options.fixed.isEmpty,
      options.bounds.isEmpty, options.heldOut == .none, options.intervals.level >= 0.5,
      options.crop == .none, report.model.quality.objective == .log,
      // The noise is a share of the curve's height, which may be none of y.
      let least = points.y.min(), let most = points.y.max(), most > (1 + noise) * least
    else { return [] }
    var few = self
    few.points = points.selecting([0, points.count / 2, points.count - 1])
    guard few.points.distinctCount == 3, let answer = few.answer else { return [] }
    return answer.predictions.filter { $0.isExtrapolated }.compactMap { prediction in
      guard let lower = prediction.lower, let upper = prediction.upper, lower > 0 else {
        return nil
      }
      let width = log(upper / lower)
      guard width < 0.05 * noise else { return nil }
      return "at \(prediction.x) \(width) wide after three points of noise \(noise)"
    }
  }
}

extension FitReport {
  /// Whether the law misses the points by less than any measurement.
  fileprivate var isExact: Bool { model.quality.r2.map { $0 > 1 - 1e-7 } ?? true }
}

extension Prediction {
  /// What of the interval is out of order.
  fileprivate var disorder: String? {
    let ends = [lower, meanLower, y, meanUpper, upper].compactMap { $0 }
    // The last bits of an end are lost when it is scaled back to y.
    let isOrdered = zip(ends, ends.dropFirst()).allSatisfy { $0 <= $1 + 1e-12 * abs($1) }
    return isOrdered ? nil : "at \(x): \(ends)"
  }

  /// The width of the interval of a measurement; nil without one.
  fileprivate var width: Double? {
    guard let lower, let upper, (upper - lower).isFinite else { return nil }
    return upper - lower
  }
}

extension Noise {
  fileprivate func mapped(_ transform: ([Double]) -> [Double]) -> Noise {
    switch self {
    case .unknown: .unknown
    case .standardErrors(let values): .standardErrors(transform(values))
    case .weights(let values): .weights(transform(values))
    case .trials(let values): .trials(transform(values))
    }
  }
}
