extension FitOptions {
  /// The largest number of breaks.
  public static let mostBreaks = 5
  /// The largest number of resamples.
  public static let mostSamples = 1_000_000
  /// The largest value of `curveSamples`.
  public static let mostCurveSamples = 1_000_000

  /// Checks all options; `BrokenPowerLaw.fit` calls it first.
  ///
  /// - Throws: `impossibleOption` naming the option and what is allowed, `unknownConstant` and
  ///   `impossibleConstant` for constants.
  public func check() throws(FitError) {
    try require(0...Self.mostBreaks ~= breaks.maximum, "breaks", "from 0 to \(Self.mostBreaks)")
    try checkIntervals()
    try checkNumbers()
    for constant in Set(fixed.keys).union(bounds.keys).sorted(by: \.description) {
      try check(constant)
    }
    try checkOrder()
  }

  /// Checks that the locations asked for can be in ascending order.
  private func checkOrder() throws(FitError) {
    var (first, index) = (0.0, 0)
    for i in 1...max(breaks.maximum, 1) {
      let upper = fixed[.d(i)] ?? bounds[.d(i)]?.upperBound ?? .infinity
      guard upper >= first else {
        throw .impossibleConstant(.d(i), allowed: "at or beyond d\(index): breaks ascend in x")
      }
      let lower = fixed[.d(i)] ?? bounds[.d(i)]?.lowerBound ?? 0
      if lower > first { (first, index) = (lower, i) }
    }
  }

  private func require(
    _ isAllowed: Bool, _ option: String, _ allowed: String
  ) throws(FitError) {
    if !isAllowed { throw .impossibleOption(option, allowed: allowed) }
  }

  private func checkIntervals() throws(FitError) {
    try require(
      intervals.level > 0 && intervals.level <= Intervals.highestLevel, "intervals.level",
      "above 0 and at most 1 - 1e-9")
    try require(
      0...Self.mostSamples ~= intervals.samples, "intervals.samples",
      "from 0 to \(Self.mostSamples)")
    try require(
      intervals.method != .bootstrap || intervals.resampleCount <= Self.mostSamples,
      "intervals.level", "so low that \(Self.mostSamples) resamples suffice, 20/(1 - level)")
  }

  private func checkNumbers() throws(FitError) {
    try require(
      predictions?.allSatisfy { $0 > 0 && $0.isFinite } ?? true, "predictions",
      "finite and greater than 0")
    try require(solveFor.allSatisfy(\.isFinite), "solveFor", "finite")
    try require(ceiling?.isFinite ?? true, "ceiling", "finite")
    try require(randomGuess?.isFinite ?? true, "randomGuess", "finite")
    try require(
      measureWithin >= 1 && measureWithin.isFinite, "measureWithin", "finite and at least 1")
    try require(
      0...Self.mostCurveSamples ~= curveSamples, "curveSamples",
      "from 0 to \(Self.mostCurveSamples)"
    )
    switch crop {
    case .none, .automatic: break
    case .from(let x):
      try require(x > 0 && x.isFinite, "crop", "an x that is finite and greater than 0")
    }
    switch heldOut {
    case .none, .points: break
    case .last(let count): try require(count >= 1, "heldOut", "at least 1 distinct x")
    }
  }

  /// Throws when a constant does not exist or cannot have the value.
  private func check(_ constant: Constant) throws(FitError) {
    if let index = constant.breakIndex {
      guard case .exactly(let count) = breaks else { throw .unknownConstant(constant, breaks: nil) }
      guard 1...max(count, 1) ~= index, index <= count else {
        throw .unknownConstant(constant, breaks: count)
      }
    }
    let lower = fixed[constant] ?? bounds[constant]?.lowerBound ?? -.infinity
    let upper = fixed[constant] ?? bounds[constant]?.upperBound ?? .infinity
    func require(_ isAllowed: Bool, _ allowed: String) throws(FitError) {
      if !isAllowed { throw .impossibleConstant(constant, allowed: allowed) }
    }
    try require(
      fixed[constant] == nil || bounds[constant] == nil, "fixed or bounded, but not both")
    try require(fixed[constant]?.isFinite ?? true, "finite")
    try require(lower < .infinity && upper > -.infinity, "a range that holds a finite value")
    switch constant {
    case .d, .f: try require(lower > 0, "greater than 0")
    case .b:
      try require(lower > 0 || upper < 0, "a value or a range that excludes 0")
      try require(
        ceiling == nil || upper < 0, "below 0 with a ceiling: the law approaches it from below")
    case .a, .c0, .c: break
    }
  }
}

extension Sequence {
  /// In ascending order of a property.
  fileprivate func sorted(by property: (Element) -> some Comparable) -> [Element] {
    sorted { property($0) < property($1) }
  }
}
