import Glibc

/// The forecast of a curve beside that of another, its baseline.
///
/// Values are those of the forecasts. Intervals, of the level of the curve's own, and probabilities
/// come from draws of the two curves, which are independent of each other.
public struct CurveComparison: Sendable {
  /// The curve less the baseline at one x.
  public struct Difference: Sendable {
    public var x: Double
    /// Nil where a forecast does not exist or overflows.
    public var value: Double?
    public var lower: Double?
    public var upper: Double?
    /// y of the curve divided by y of the baseline; nil unless both are above 0.
    public var ratio: Double?
    public var ratioLower: Double?
    public var ratioUpper: Double?
    /// Whether the forecast of the curve is better; nil when there is none, or they are equal.
    public var isBetter: Bool?
    /// The probability that the mean of the curve is better than that of the baseline.
    public var probabilityBetter: Double?
  }

  /// The last x, in the direction of progress, at which the forecasts cross.
  public struct Crossing: Sendable {
    public var x: Double
    /// Nil for an end that lies outside of the range that was searched.
    public var lower: Double?
    public var upper: Double?
    /// How many decades x lies beyond the data of one of the curves; 0 where both were measured on
    /// either side of it.
    public var decadesBeyond: Double
    /// Whether the curve, not the baseline, is the better one from there on.
    public var isBetterBeyond: Bool

    /// Never before the data, because the search begins where both curves have them.
    public var place: BreakReport.Place { decadesBeyond > 0 ? .beyondData : .inData }
  }

  /// How many times the x of the curve the baseline needs for the same y.
  public struct Multiplier: Sendable {
    /// The x of the curve.
    public var x: Double
    /// Nil when the baseline never has this y in the range that was searched.
    public var value: Double?
    /// Nil for an end that lies outside of the range.
    public var lower: Double?
    public var upper: Double?
    /// Why there is no value.
    public var reason: String?
  }

  /// The last slope of the curve less that of the baseline.
  public struct SlopeDifference: Sendable {
    public var value: Double
    public var lower: Double?
    public var upper: Double?
  }

  /// One for each compared x, in their order.
  public var differences: [Difference]
  /// Nil when the forecasts do not cross in `range`.
  public var crossing: Crossing?
  /// One for each compared x, in their order.
  public var multipliers: [Multiplier]
  /// Of ln |y - a| against ln x, beyond the last breaks.
  public var slopeDifference: SlopeDifference
  /// The x between which the crossing was searched: from the first at which both curves were
  /// measured, or the later one of them, to the farthest compared or measured x.
  public var range: ClosedRange<Double>
  /// Why there are no intervals and probabilities; nil when there are.
  public var reasonWithoutIntervals: String?

  /// Why two curves cannot be compared.
  public enum Obstacle: Error, Sendable, Hashable {
    /// One is better where it is lower, the other where it is higher.
    case otherDirection
    /// Progress is towards larger x for one, and towards smaller x for the other.
    case otherProgress
    /// A report is not from a fit.
    case noForecast
  }

  /// Compares a curve with a baseline.
  ///
  /// - Parameters:
  ///   - curve: the report of the curve.
  ///   - baseline: the report of the baseline.
  ///   - xs: the x at which the curves are compared, above 0.
  ///   - seed: that of the draws.
  /// - Throws: `Obstacle`.
  /// - Complexity: that of some 50 forecasts of each curve.
  public init(
    of curve: FitReport, with baseline: FitReport, at xs: [Double], seed: UInt64
  ) throws(Obstacle) {
    guard let ours = curve.source, let theirs = baseline.source else { throw .noForecast }
    guard ours.direction == theirs.direction else { throw .otherDirection }
    guard ours.progress == theirs.progress else { throw .otherProgress }
    let level = ours.forecaster.intervals.level
    let count = FitOptions.Intervals.drawCount(level: level)
    reasonWithoutIntervals =
      ours.reasonWithoutIntervals ?? theirs.reasonWithoutIntervals
      ?? (count == nil ? "intervals of so high a `level` need too many draws" : nil)
    let draws = reasonWithoutIntervals == nil ? count ?? 0 : 0
    let pair = CurvePair(
      DrawnCurve(ours, draws: draws, seed: seed, stream: 1),
      DrawnCurve(theirs, draws: draws, seed: seed, stream: 2), level: level, xs: xs)
    range = pair.range
    differences = []
    multipliers = []
    for x in xs {
      let values = pair.ours(at: x)
      differences.append(pair.difference(of: values, at: x))
      multipliers.append(pair.multiplier(of: values, at: x))
    }
    crossing = pair.crossing
    slopeDifference = pair.slopeDifference
  }
}

extension FitOptions.Intervals {
  /// Draws for intervals of this level: at least twenty lie beyond either end. Nil for levels that
  /// need more than 20,000.
  fileprivate static func drawCount(level: Double) -> Int? {
    let count = max(1000, 2 * fewestSamples(level: level))
    return count <= 20_000 ? count : nil
  }
}

extension FitReport {
  /// What the forecasts were made from.
  struct Source: Sendable {
    let forecaster: Forecaster
    let law: BrokenPowerLaw
    let points: Points
    let direction: FitOptions.Direction
    let progress: Progress

    fileprivate var reasonWithoutIntervals: String? {
      if forecaster.intervals.method == .none { return "intervals were not requested" }
      if !forecaster.laws.hasIntervals || forecaster.laws.unlimited != nil {
        return "a curve has too few points for them"
      }
      return nil
    }
  }
}

extension FitReport {
  /// The forecast at x > 0; nil for a report that is not from a fit.
  public func forecast(at x: Double) -> Prediction? {
    source.flatMap { $0.forecaster.predict([x], law: $0.law, points: $0.points).first }
  }
}

// MARK: Paths

/// The forecast of a curve with its draws.
///
/// A place is ln x times the sign of progress, so that it grows with progress. Values at a place
/// are the forecast first, then the draws.
private struct DrawnCurve {
  let source: FitReport.Source
  private let draws: CurveDraws
  private let count: Int

  init(_ source: FitReport.Source, draws count: Int, seed: UInt64, stream: Int) {
    self.source = source
    self.count = count
    draws = CurveDraws(source.forecaster, count: count, seed: seed, stream: stream)
  }

  var sign: Double { source.progress.sign }
  /// The first and the last place of the data.
  var ends: [Double] {
    [source.points.x.first, source.points.x.last].map { sign * log($0 ?? 1) }.sorted()
  }

  /// NaN for what does not exist.
  func values(at place: Double) -> [Double] {
    let forecaster = source.forecaster
    let u = sign * place
    let curve = forecaster.laws.curve(atLogX: u)
    let centre = forecaster.centre(of: curve, atLogX: u, law: source.law) ?? .nan
    return [centre] + (curve.map(draws.values) ?? [Double](repeating: .nan, count: count))
  }

  var lastSlopes: [Double] {
    [source.law.slope(afterBreaks: source.law.breaks.count)] + (count > 0 ? draws.lastSlopes : [])
  }
}

/// A curve and its baseline.
private struct CurvePair {
  private let ours: DrawnCurve
  private let theirs: DrawnCurve
  private let level: Double
  /// The places of the crossing's range, and beyond them those of the baseline alone.
  private let places: [Double]
  /// The number of places in the crossing's range.
  private let shared: Int
  private let ourValues: [[Double]]
  private let theirValues: [[Double]]

  /// The number of steps in the crossing's range.
  private static let steps = 32
  /// How far beyond that range the baseline is searched, in decades, and in how many steps.
  private static let extent = (decades: 3.0, steps: 16)

  init(_ ours: DrawnCurve, _ theirs: DrawnCurve, level: Double, xs: [Double]) {
    (self.ours, self.theirs, self.level) = (ours, theirs, level)
    let start = max(ours.ends[0], theirs.ends[0])
    let farthest = xs.map { ours.sign * log($0) }.max() ?? start
    let end = max(farthest, ours.ends[1], theirs.ends[1])
    let within = (0...Self.steps).map {
      start + (end - start) * Double($0) / Double(Self.steps)
    }
    let beyond = (1...Self.extent.steps).map {
      end + Self.extent.decades * log(10) * Double($0) / Double(Self.extent.steps)
    }
    shared = within.count
    places = within + beyond
    ourValues = within.map(ours.values)
    theirValues = places.map(theirs.values)
  }

  var range: ClosedRange<Double> {
    let ends = [x(at: places[0]), x(at: places[shared - 1])]
    return min(ends[0], ends[1])...max(ends[0], ends[1])
  }

  private func x(at place: Double) -> Double { exp(ours.sign * place) }

  private func isBetter(_ y: Double, than other: Double) -> Bool {
    ours.source.direction == .lowerIsBetter ? y < other : y > other
  }

  /// The interval of the values after the first, widened to contain the first; nil for an end that
  /// is not finite.
  private func interval(_ values: [Double]) -> (lower: Double?, upper: Double?) {
    let draws = values.dropFirst().sorted()
    guard !draws.isEmpty, !draws.contains(where: \.isNaN) else { return (nil, nil) }
    let outside = Int(Double(draws.count) * (1 - level) / 2)
    return (
      min(draws[outside], values[0]).finite, max(draws[draws.count - 1 - outside], values[0]).finite
    )
  }

  // MARK: Differences

  /// The values of the curve at x.
  func ours(at x: Double) -> [Double] { ours.values(at: place(of: x)) }

  private func place(of x: Double) -> Double { ours.sign * log(x) }

  /// Compares values of the curve at x with those of the baseline there.
  func difference(of ys: [Double], at x: Double) -> CurveComparison.Difference {
    let others = theirs.values(at: place(of: x))
    let differences = zip(ys, others).map { $0 - $1 }
    var difference = CurveComparison.Difference(x: x, value: differences[0].finite)
    (difference.lower, difference.upper) = interval(differences)
    if zip(ys, others).allSatisfy({ $0 > 0 && $1 > 0 }) {
      let ratios = zip(ys, others).map { $0 / $1 }
      difference.ratio = ratios[0].finite
      (difference.ratioLower, difference.ratioUpper) = interval(ratios)
    }
    if isBetter(ys[0], than: others[0]) { difference.isBetter = true }
    if isBetter(others[0], than: ys[0]) { difference.isBetter = false }
    let draws = Array(zip(ys, others).dropFirst())
    if !draws.isEmpty, draws.allSatisfy({ !$0.isNaN && !$1.isNaN }) {
      let wins = draws.reduce(0.0) { sum, draw in
        sum + (draw.0 == draw.1 ? 0.5 : isBetter(draw.0, than: draw.1) ? 1 : 0)
      }
      difference.probabilityBetter = wins / Double(draws.count)
    }
    return difference
  }

  var slopeDifference: CurveComparison.SlopeDifference {
    let differences = zip(ours.lastSlopes, theirs.lastSlopes).map { $0 - $1 }
    let (lower, upper) = interval(differences)
    return .init(value: differences[0], lower: lower, upper: upper)
  }

  // MARK: The crossing

  var crossing: CurveComparison.Crossing? {
    let end = shared - 1
    let isOurs = isBetter(ourValues[end][0], than: theirValues[end][0])
    guard isOurs || isBetter(theirValues[end][0], than: ourValues[end][0]) else { return nil }
    let (better, worse) = isOurs ? (ourValues, theirValues) : (theirValues, ourValues)
    let places = ourValues[0].indices.map { lastCrossing(of: $0, better, worse) }
    guard places[0].isFinite else { return nil }
    let ends = interval(places)
    let (lower, upper) = ours.sign > 0 ? ends : (ends.upper, ends.lower)
    let last = min(ours.ends[1], theirs.ends[1])
    return .init(
      x: x(at: places[0]), lower: lower.flatMap { x(at: $0).finite },
      upper: upper.flatMap { x(at: $0).finite },
      decadesBeyond: max(places[0] - last, 0) / log(10), isBetterBeyond: isOurs)
  }

  /// The place from which on the first curve of a draw is better than the second: minus infinity
  /// when it is so everywhere, infinity when it is not at the end.
  private func lastCrossing(of draw: Int, _ first: [[Double]], _ second: [[Double]]) -> Double {
    func lead(_ index: Int) -> Double { first[index][draw] - second[index][draw] }
    let last = (0..<shared).last { !isBetter(first[$0][draw], than: second[$0][draw]) }
    guard let last else { return -.infinity }
    return last + 1 < shared ? root(from: last, lead(last), lead(last + 1)) : .infinity
  }

  /// The place after `index` at which a difference that is so large there and at the next place is
  /// zero, by linear interpolation.
  private func root(from index: Int, _ here: Double, _ next: Double) -> Double {
    let share = abs(here) / (abs(here) + abs(next))
    return places[index] + (places[index + 1] - places[index]) * (share.isFinite ? share : 0.5)
  }

  // MARK: The multiplier

  /// Finds where the baseline has the values of the curve at x.
  func multiplier(of targets: [Double], at x: Double) -> CurveComparison.Multiplier {
    let place = place(of: x)
    let logs = targets.enumerated().map { draw, target in
      ours.sign * (firstPlace(of: draw, reaching: target) - place)
    }
    var multiplier = CurveComparison.Multiplier(x: x, value: exp(logs[0]).finite)
    if !logs[0].isFinite {
      multiplier.value = nil
      multiplier.reason =
        (logs[0] > 0) == (ours.sign > 0)
        ? "the baseline does not reach this y within \(Int(Self.extent.decades)) decades"
        : "the baseline is better from the first x on"
    }
    let (lower, upper) = interval(logs)
    (multiplier.lower, multiplier.upper) = (
      lower.flatMap { exp($0).finite }, upper.flatMap { exp($0).finite }
    )
    return multiplier
  }

  /// The first place at which a draw of the baseline is as good as `target`: minus infinity when it
  /// is from the first place on, infinity when it never is.
  private func firstPlace(of draw: Int, reaching target: Double) -> Double {
    guard
      let first = theirValues.firstIndex(where: { !isBetter(target, than: $0[draw]) }),
      !target.isNaN
    else { return .infinity }
    if first == 0 { return -.infinity }
    return root(
      from: first - 1, theirValues[first - 1][draw] - target, theirValues[first][draw] - target)
  }
}
