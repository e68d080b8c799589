import Glibc

// Where a curve gets better or worse: where the law does, and the points confirm it.

extension LawReport {
  /// A change counts if it exceeds this many standard errors.
  private static let seenErrors = 2.0
  /// A change counts if it exceeds this many standard deviations of a single point; a law fitted to
  /// noise alone changes by about one.
  private static let seenDeviations = 1.5

  /// For each stretch between turning points of the law that the points confirm, whether it gets
  /// better in the direction of progress.
  ///
  /// A law may turn between two neighbouring points, or because of one outlier. So a turning point
  /// is moved to the more extreme of the measured places next to it. A stretch counts when its
  /// points change with the law by more than `seenErrors` standard errors and `seenDeviations`
  /// deviations, between two turning points also without any single place. None counts when noise
  /// alone could explain the points.
  func courses(_ trend: ShapeReport.Trend, options: FitOptions) -> [Bool] {
    if isPerhapsNoise(trend) { return [] }
    let places = MeasuredPlace.all(observations, law: fit.lawInFrame)
    let origin = fit.frame.origin
    func y(_ place: Int) -> Double { law.value(atLogX: places[place].t + origin) }
    let turns = law.turningPoints.compactMap { u -> Int? in
      guard let next = places.firstIndex(where: { $0.t + origin > u }), next > 0 else { return nil }
      return (y(next) < y(next - 1)) == law.isMinimum(turningAt: u) ? next : next - 1
    }
    let stops = [0] + turns + [places.count - 1]
    let dependence = observations.hasAbsoluteWeights ? 1 : fit.dependence
    let deviation = unitDeviation * dependence.squareRoot()
    let stretches = zip(stops, stops.dropFirst()).enumerated().compactMap { index, ends -> Bool? in
      guard ends.0 < ends.1,
        deviations(from: y(ends.0), to: y(ends.1)) > Self.seenDeviations
      else { return nil }
      let isInner = index > 0 && index < turns.count
      let stretch = places[ends.0...ends.1]
      guard
        MeasuredPlace.change(
          Self.seenErrors * deviation, isSeenIn: stretch, withoutAny: isInner)
      else { return nil }
      return isBetter((y(ends.1) - y(ends.0)) * options.progress.sign, options)
    }
    return options.progress == .increasing ? stretches : stretches.reversed()
  }

  private func isBetter(_ change: Double, _ options: FitOptions) -> Bool {
    options.direction == .higherIsBetter ? change > 0 : change < 0
  }

  /// The courses inside the data, and those of the forecasts before and beyond them.
  func courses(
    _ seen: [Bool], beyondDataBy predictions: [Prediction], _ points: Points, options: FitOptions
  ) -> [Bool] {
    let sign = options.progress.sign
    let ends = [points.x.first ?? 1, points.x.last ?? 1].map { log($0) * sign }.sorted()
    var places = predictions.compactMap { p in p.y.map { (log(p.x) * sign, $0) } }
    // A forecast by the law alone also turns at turning points of the law between the x asked for.
    if predictions.allSatisfy({ $0.y == $0.yLaw }), let first = places.map(\.0).min(),
      let last = places.map(\.0).max()
    {
      places += law.turningPoints.map { ($0 * sign, law.value(atLogX: $0)) }
        .filter { first < $0.0 && $0.0 < last }
    }
    places.sort { $0.0 < $1.0 }
    func courses(_ values: [Double]) -> [Bool] {
      zip(values, values.dropFirst()).compactMap { from, to in
        deviations(from: from, to: to) > 2 ? isBetter(to - from, options) : nil
      }
    }
    let (start, end) = (law.value(atLogX: ends[0] * sign), law.value(atLogX: ends[1] * sign))
    return courses(places.filter { $0.0 < ends[0] }.map(\.1) + [start]) + seen
      + courses([end] + places.filter { $0.0 > ends[1] }.map(\.1))
  }

  /// The distance between two values of y in standard deviations of a residual.
  func deviations(from: Double, to: Double) -> Double {
    let ends = [from, to].map(fit.frame.transformed)
    let deviation = residualDeviation
    guard deviation > 0, ends.allSatisfy(\.isFinite) else {
      return from == to ? 0 : .infinity
    }
    return abs(ends[1] - ends[0]) / deviation
  }

  /// The standard deviation of a residual on the objective's scale, of mean weight.
  var residualDeviation: Double { unitDeviation / observations.meanWeight.squareRoot() }

  /// The standard deviation of a weighted residual: with known noise 1, or the estimate if that is
  /// significantly larger.
  private var unitDeviation: Double {
    let estimated = fit.residualVariance.squareRoot()
    return observations.hasAbsoluteWeights ? max(1, estimated) : estimated
  }

  /// The label of the same number of breaks fitted without the last distinct x.
  func labelWithoutLargest(_ points: Points, options: FitOptions, search: LawSearch)
    -> ShapeReport.Label?
  {
    let kept = points.holdingOutLast(1, progress: options.progress).kept
    guard kept.distinctCount >= 3, kept.count >= 3 * fit.breaks + 3 else { return nil }
    var smaller = search
    smaller.observations = Observations(kept, in: fit.frame)
    var binned = smaller
    binned.observations = smaller.observations.binned(to: 64)
    // Without that point other breaks may be best, so start from other optima too. The search of a
    // single break has one.
    let others = fit.alternatives.prefix(fit.breaks < 2 ? 1 : 5)
    guard
      let refit = binned.fit(
        from: [fit.theta] + others, breaks: fit.breaks, prior: fit.prior)
    else { return nil }
    let report = LawReport(
      smaller.describe(refit.theta, prior: refit.prior), search: smaller,
      intervals: .init(method: .none))
    return .init(courses: report.courses(.of(kept), options: options))
  }
}

/// The points at one x: their mean and the law's value, on the objective's scale.
private struct MeasuredPlace {
  let t: Double
  let law: Double
  var weight: Double
  var mean: Double

  /// In ascending order of t.
  static func all(_ observations: Observations, law: BrokenPowerLaw) -> [MeasuredPlace] {
    var places: [MeasuredPlace] = []
    for (i, t) in observations.t.enumerated() {
      let (weight, target) = (observations.weights[i], observations.targets[i])
      if let last = places.indices.last, places[last].t == t {
        places[last].weight += weight
        places[last].mean += (target - places[last].mean) * weight / places[last].weight
      } else {
        let frame = observations.frame
        let value = frame.objective.transform(law.value(atLogX: t), unit: frame.unit)
        places.append(MeasuredPlace(t: t, law: value, weight: weight, mean: target))
      }
    }
    return places
  }

  /// Whether the points of a stretch change with the law by more than `least`, and on request also
  /// without any single place. Needs two places, and three for the latter.
  static func change(
    _ least: Double, isSeenIn stretch: ArraySlice<MeasuredPlace>, withoutAny: Bool
  ) -> Bool {
    guard let first = stretch.first, stretch.count >= (withoutAny ? 3 : 2) else { return false }
    // Differences from the first place are accurate even for small changes.
    let sums = stretch.map { place in
      let (w, law, mean) = (place.weight, place.law - first.law, place.mean - first.mean)
      return ChangeSums(
        weight: w, law: w * law, mean: w * mean, lawLaw: w * law * law, lawMean: w * law * mean)
    }
    let all = sums.reduce(ChangeSums(), +)
    return all.change > least && (!withoutAny || sums.allSatisfy { (all - $0).change > least })
  }
}

/// Weighted sums over places.
private struct ChangeSums {
  var weight = 0.0
  var law = 0.0
  var mean = 0.0
  var lawLaw = 0.0
  var lawMean = 0.0

  static func + (a: ChangeSums, b: ChangeSums) -> ChangeSums {
    ChangeSums(
      weight: a.weight + b.weight, law: a.law + b.law, mean: a.mean + b.mean,
      lawLaw: a.lawLaw + b.lawLaw, lawMean: a.lawMean + b.lawMean)
  }

  static func - (a: ChangeSums, b: ChangeSums) -> ChangeSums {
    ChangeSums(
      weight: a.weight - b.weight, law: a.law - b.law, mean: a.mean - b.mean,
      lawLaw: a.lawLaw - b.lawLaw, lawMean: a.lawMean - b.lawMean)
  }

  /// The slope of the means against the law, times the law's own scatter: its standard error is the
  /// deviation of one point of unit weight.
  var change: Double {
    let scatter = lawLaw - law * law / weight
    return scatter > 0 ? (lawMean - law * mean / weight) / scatter.squareRoot() : 0
  }
}

extension ShapeReport.Label {
  /// The number of turns.
  var turns: Int {
    switch self {
    case .plateau, .positive, .inverse: 0
    case .uShaped, .invertedU: 1
    case .doubleDescent, .multipleTurns: 2
    }
  }

  /// Names a sequence of stretches, each better (true) or worse than the one before it began.
  public init(courses: [Bool]) {
    var merged: [Bool] = []
    for isBetter in courses where isBetter != merged.last { merged.append(isBetter) }
    self =
      switch merged {
      case []: .plateau
      case [true]: .positive
      case [false]: .inverse
      case [false, true]: .uShaped
      case [true, false]: .invertedU
      case [true, false, true]: .doubleDescent
      default: .multipleTurns
      }
  }
}
