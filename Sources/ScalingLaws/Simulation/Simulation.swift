import Glibc

/// Finds how far a known curve must be measured before a fit forecasts the rest of it (paper
/// section 6).
///
/// Points of the law up to some x (a prefix), with relative noise, are fitted and extrapolated
/// beyond it. The result is the smallest prefix from which on the error is small.
public struct Simulation: Sendable, Hashable {
  /// The true curve.
  public var law: BrokenPowerLaw
  /// The x of the measurements, ascending.
  public var x: [Double]
  /// The x at which forecasts are scored, if they lie beyond the prefix; ascending.
  public var evaluation: [Double]
  /// The number of breaks of the fitted laws.
  public var breaks: Int
  /// The standard deviation of the noise, relative to y.
  public var noise: Double
  /// The number of simulated curves for each prefix; one suffices without noise.
  public var repeats: Int
  /// The median error below which a forecast succeeds.
  public var tolerance: Double
  /// The largest x of each fit; nil: chosen so that few fits are needed.
  public var prefixes: [Double]?
  public var seed: UInt64

  public init(
    law: BrokenPowerLaw, x: [Double], evaluation: [Double], breaks: Int, noise: Double = 0,
    repeats: Int = 1, tolerance: Double = 0.01, prefixes: [Double]? = nil, seed: UInt64 = 0
  ) {
    self.law = law
    self.x = x
    self.evaluation = evaluation
    self.breaks = breaks
    self.noise = noise
    self.repeats = repeats
    self.tolerance = tolerance
    self.prefixes = prefixes
    self.seed = seed
  }

  /// The result for one prefix.
  public struct Step: Sendable, Hashable {
    /// The largest x that was fitted.
    public let xMax: Double
    /// The median error beyond it over the repeats; nil when no law can be fitted or some forecast
    /// is not above 0.
    public let rmsle: Double?
  }

  /// The errors by prefix, and where they become small.
  public struct Report: Sendable, Hashable {
    /// The smallest prefix from which on every error is below the tolerance; nil when there is
    /// none.
    public let sufficientX: Double?
    /// Ascending in x.
    public let curve: [Step]
  }

  /// Fits and scores all prefixes, those of one round concurrently.
  ///
  /// - Throws: `tooFewDistinctX` when no prefix leaves points enough, `outsideObjective` when the
  ///   law is not above 0 everywhere, `cancelled`.
  public func run(_ execution: Execution = Execution()) throws(FitError) -> Report {
    let fewest = 3 * breaks + 3
    guard x.count >= fewest else { throw .tooFewDistinctX(got: x.count, needed: fewest) }
    for x in x + evaluation {
      let y = law.value(at: x)
      guard y > 0, y.isFinite else { throw .outsideObjective(.log, x: x, y: y) }
    }
    // A prefix is the index of its largest x; there must be points beyond it to forecast.
    let end = evaluation.last.flatMap { end in x.firstIndex { $0 >= end } } ?? x.count
    let possible = (fewest - 1)..<max(evaluation.isEmpty ? 0 : end, fewest - 1)
    var errors: [Int: Double?] = [:]
    if let prefixes {
      let indices = prefixes.compactMap { prefix in x.lastIndex { $0 <= prefix } }
      try score(Set(indices).filter(possible.contains).sorted(), into: &errors, execution, 0...1)
    } else {
      try search(possible, into: &errors, execution)
    }
    let curve = errors.sorted { $0.key < $1.key }.map { Step(xMax: x[$0.key], rmsle: $0.value) }
    let start = curve.lastIndex { !isSuccess($0.rmsle) }.map { $0 + 1 } ?? 0
    execution.report(1)
    return Report(
      sufficientX: curve.indices.contains(start) ? curve[start].xMax : nil, curve: curve)
  }

  private static let coarseCount = 24

  /// Searches with prefixes even in ln x, then finer and finer ones where the error becomes small.
  private func search(
    _ possible: Range<Int>, into errors: inout [Int: Double?], _ execution: Execution
  ) throws(FitError) {
    guard !possible.isEmpty else { return }
    let (first, last) = (log(x[possible.lowerBound]), log(x[possible.upperBound - 1]))
    let coarse = (0..<Self.coarseCount).map { step in
      let u = first + (last - first) * Double(step) / Double(Self.coarseCount - 1)
      return possible.first { log(x[$0]) >= u - 1e-12 } ?? possible.upperBound - 1
    }
    try score(Set(coarse).sorted(), into: &errors, execution, 0...0.7)
    let fineness = 4
    var share = 0.7
    while true {
      let known = errors.keys.sorted()
      let failed = known.last { !isSuccess(errors[$0] ?? nil) }
      guard let failed, let next = known.first(where: { $0 > failed }), next - failed > 1 else {
        return
      }
      let width = next - failed
      let between = (1..<fineness).map { failed + width * $0 / fineness }
        .filter { $0 > failed && $0 < next }
      let middle = between.isEmpty ? [failed + width / 2] : Set(between).sorted()
      let end = share + (1 - share) / 3
      try score(middle, into: &errors, execution, share...end)
      share = end
    }
  }

  private func isSuccess(_ error: Double?) -> Bool { error.map { $0 < tolerance } ?? false }

  private func score(
    _ prefixes: [Int], into errors: inout [Int: Double?], _ execution: Execution,
    _ share: ClosedRange<Double>
  ) throws(FitError) {
    let repeats = noise > 0 ? self.repeats : 1
    let count = prefixes.count * repeats
    let all = execution.map(count) { item -> Double? in
      guard !execution.isCancelled() else { return nil }
      let share =
        (1 - Double(item) / Double(count)) * share.lowerBound
        + Double(item) / Double(count) * share.upperBound
      execution.report(share)
      return error(
        upTo: prefixes[item / repeats], repeat: item % repeats, isCancelled: execution.isCancelled)
    }
    if execution.isCancelled() { throw .cancelled }
    for (index, prefix) in prefixes.enumerated() {
      // A failed fit counts as an infinite error.
      let sorted = (0..<repeats).map { all[index * repeats + $0] ?? .infinity }.sorted()
      let median = 0.5 * (sorted[(repeats - 1) / 2] + sorted[repeats / 2])
      errors[prefix] = .some(median.isFinite ? median : nil)
    }
  }

  /// The error beyond a prefix of one simulated curve; nil when no law can be fitted.
  private func error(
    upTo prefix: Int, repeat index: Int, isCancelled: @escaping @Sendable () -> Bool
  ) -> Double? {
    // The noise of a curve is the same for every prefix, so that errors differ by the prefix only.
    var generator = SplitMix64(seed: seed, stream: index)
    let fitted = Array(x[...prefix])
    let y = fitted.map { law.value(at: $0) * exp(noise * generator.normal()) }
    let beyond = evaluation.filter { $0 > x[prefix] }
    guard !beyond.isEmpty, let points = try? Points(x: fitted, y: y) else { return nil }
    let search = LawSearch(
      points, objective: .given(.log), inAllDigits: true, isCancelled: isCancelled)
    guard let foreseen = search.foreseeing(breaks: breaks)?.law else { return nil }
    let error = LogError(
      forecast: beyond.map { foreseen.value(at: $0) }, measured: beyond.map { law.value(at: $0) })
    return error.flatMap { $0.rmsle.isFinite ? $0.rmsle : nil }
  }
}
