import Glibc

/// The fits that a report is made from: the reported law, and the laws of the forecast.
struct FittedCurve: Sendable {
  let search: LawSearch
  let reported: LawReport
  let forecaster: Forecaster
  let selection: SelectionReport
  /// Free fits by number of breaks, from which the law was chosen.
  let free: [Int: LawFit]
  let isConstant: Bool

  init(
    _ search: LawSearch, points: Points, options: FitOptions, endBehaviour: EndBehaviour,
    execution: Execution
  ) throws(FitError) {
    isConstant = false
    var search = search
    var free: [Int: LawFit] = [:]
    var chosen: LawFit
    switch options.breaks {
    case .automatic(let maximum):
      let choice = try Selection(
        search, maximum: maximum, method: options.selection, endBehaviour: endBehaviour
      ) { execution.report(0.1 + 0.6 * $0) }
      chosen = choice.chosen
      search.keepsBreaksInside = !chosen.hasBreakOutside
      free = choice.free
      selection = choice.report
    case .exactly(let breaks):
      guard let fit = search.fit(breaks: breaks) else {
        throw search.isCancelled() ? .cancelled : .noFiniteFit
      }
      free[breaks] = fit
      chosen = fit
      selection = SelectionReport(
        method: .given, chosen: breaks, candidates: [], effectiveCount: fit.effectiveCount)
    }
    if search.isExact(chosen) {
      // Only the last digits of exact values show a break beyond them.
      search.observations = Observations(
        points, in: search.observations.frame, inAllDigits: true)
      chosen = search.fit(breaks: chosen.breaks, known: [chosen]) ?? chosen
    } else if options.prior {
      chosen = search.fitWithPrior(centre: endBehaviour.usualExponent, noiseOf: chosen) ?? chosen
    }
    (self.free, self.search) = (free, search)
    if search.isCancelled() { throw .cancelled }
    var reported = LawReport(search.polished(chosen), search: search, intervals: options.intervals)
    if options.intervals.method == .bootstrap {
      reported.bootstrap = Bootstrap(
        reported.fit, search: search, count: options.intervals.resampleCount, seed: options.seed,
        execution: execution)
    }
    self.reported = reported
    var posterior: WeightedLaws?
    if Self.isCombined(options) {
      posterior = Self.posterior(points, search: search, reported: reported, options: options)
      if search.isCancelled() { throw .cancelled }
    }
    if let posterior {
      forecaster = Forecaster(.combined, posterior, points: points, options: options)
    } else {
      let laws = reported.bootstrap.map { WeightedLaws($0, of: reported) }
      forecaster = Forecaster(
        .single, laws ?? WeightedLaws(reported), points: points, options: options)
    }
    if search.isCancelled() { throw .cancelled }
  }

  /// Whether the forecast averages over laws: when it is asked for, or by default when the number
  /// of breaks is chosen; never with constraints on single breaks, which belong to one law.
  private static func isCombined(_ options: FitOptions) -> Bool {
    let names = Array(options.fixed.keys) + options.bounds.keys
    guard names.allSatisfy({ $0.breakIndex == nil }) else { return false }
    if case .exactly = options.breaks { return options.forecast == .combined }
    return options.forecast != .single
  }

  /// The average over laws. It does not need an estimate of an unknown ceiling. Weights of a robust
  /// fit reduce the influence of outliers.
  private static func posterior(
    _ points: Points, search: LawSearch, reported: LawReport, options: FitOptions
  ) -> WeightedLaws? {
    var observations = search.observations
    if options.ceiling == nil, observations.frame.orientation != .direct {
      let frame = Frame(
        points: points, orientation: .direct, objective: options.objective,
        centred: !search.constraints.constrainsCoefficient)
      guard points.y.allSatisfy(frame.admits) else { return nil }
      observations = Observations(points, in: frame)
    }
    let trust = search.threshold.map { threshold in
      reported.fit.residuals.map { min(1, threshold / max(abs($0), .leastNormalMagnitude)) }
    }
    return WeightedLaws(
      posteriorOf: observations, progress: options.progress, constraints: search.constraints,
      trust: trust, isCancelled: search.isCancelled)
  }

  /// For equal y: the law y = a + b x^0, with a = 0 if that is possible and the user does not
  /// constrain it.
  init(constant search: LawSearch, points: Points, options: FitOptions) throws(FitError) {
    self.search = search
    isConstant = true
    free = [:]
    let frame = search.observations.frame
    let value = search.observations.values.first ?? 0
    let asked = search.constraints.ranges[.a].map {
      Bounds(frame.value($0.lowerBound), frame.value($0.upperBound))
    }
    let limit = asked.map { min(max(0, $0.lower), $0.upper) } ?? 0
    let fit = search.describe(
      value > limit ? [limit, log(value - limit), 0] : [value, -Double.infinity, 0])
    let law = fit.law
    let ranges = search.constraints.ranges.sorted { $0.key.description < $1.key.description }
    for (constant, range) in ranges {
      let own: Double
      switch constant {
      case .a: own = law.limit
      case .b: own = law.sign.rawValue * exp(law.logCoefficient)
      case .c0: own = law.exponent
      case .c, .d, .f: continue
      }
      // The rounding error of a is relative to y, because a is a difference of such numbers.
      let slack = 1e-9 * (constant == .c0 ? 1 : max(abs(own), frame.scale))
      guard own >= range.lowerBound - slack, own <= range.upperBound + slack else {
        throw .impossibleConstant(
          constant, allowed: "\(decimal(own)), as all y are equal: leave it free")
      }
    }
    reported = LawReport(constant: fit, search: search)
    forecaster = Forecaster(.single, WeightedLaws(reported), points: points, options: options)
    selection = SelectionReport(
      method: .given, chosen: 0, candidates: [],
      effectiveCount: Double(search.observations.count))
  }

  /// The complete report.
  func report(points: Points, heldOut: Points?, all: Points, options: FitOptions) -> FitReport {
    let last = options.progress == .increasing ? points.x.last ?? 1 : points.x.first ?? 1
    let asked =
      options.predictions
      ?? [2, 10].map { options.progress == .increasing ? last * $0 : last / $0 }
      .filter { $0 > 0 && $0.isFinite }
    let predictions = forecaster.predict(asked, law: reported.law, points: points)
    let score = heldOut.map { heldOut in
      HeldOutScore(
        predictions: forecaster.predict(heldOut.x, law: reported.law, points: points),
        y: heldOut.y)
    }
    var report = FitReport(
      data: .init(
        count: all.count, distinctCount: all.distinctCount, xMin: all.x.first ?? 0,
        xMax: all.x.last ?? 0, used: points.count),
      model: reported.fittedLaw(points: points),
      forecast: forecaster.forecast, predictions: predictions,
      curve: samples(options.curveSamples, points: points, heldOut: heldOut, asked: asked),
      heldOut: score,
      breaks: reported.breaks(points: points, search: search, known: free),
      segments: reported.segments(points: points),
      limit: reported.limit(progress: options.progress),
      shape: reported.shape(
        points: points, predictions: predictions, options: options, search: search),
      predictability: reported.predictability(points: points, progress: options.progress),
      selection: selection,
      solved: options.solveFor.map {
        forecaster.solve($0, points: points, options: options, law: reported)
      },
      measureNext: reported.measureNext(
        targets: asked, points: points, progress: options.progress,
        factor: options.measureWithin),
      warnings: [],
      source: .init(
        forecaster: forecaster, law: reported.law, points: points, direction: options.direction,
        progress: options.progress))
    if forecaster.kind == .combined { report.widenLimit(by: forecaster) }
    report.warnings = warnings(about: report, points: points, options: options)
    return report
  }
}

extension FitReport {
  /// Widens the interval of the limit to that of all laws of the forecast, which includes the
  /// uncertainty of the choice between them.
  fileprivate mutating func widenLimit(by forecaster: Forecaster) {
    guard !model.constants[0].isFixed, forecaster.intervals.method != .none else { return }
    let limits = forecaster.laws.limits(level: forecaster.intervals.level)
    // Without a finite end for every law there is no end.
    func least(_ own: Double?) -> Double? {
      own.flatMap { own in limits.lower.map { min(own, $0) } }
    }
    func most(_ own: Double?) -> Double? {
      own.flatMap { own in limits.upper.map { max(own, $0) } }
    }
    (limit.lower, limit.upper) = (least(limit.lower), most(limit.upper))
    var constant = model.constants[0]
    (constant.lower, constant.upper) = (least(constant.lower), most(constant.upper))
    model.constants[0] = constant
  }
}

extension HeldOutScore {
  init(predictions: [Prediction], y: [Double]) {
    count = y.count
    self.predictions = predictions
    self.y = y
    let forecasts = predictions.compactMap(\.y)
    rmsle = forecasts.count == y.count ? LogError(forecast: forecasts, measured: y) : nil
    var inside: Int? = 0
    for (prediction, y) in zip(predictions, y) {
      guard let count = inside, let lower = prediction.lower, let upper = prediction.upper else {
        inside = nil
        break
      }
      if lower <= y && y <= upper { inside = count + 1 }
    }
    insideInterval = inside
  }
}
