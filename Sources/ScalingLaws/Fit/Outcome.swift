import Glibc

/// The fits behind an answer: the reported law, and the laws that forecast.
struct Outcome: Sendable {
  let search: LawSearch
  let reported: LawReport
  let forecaster: Forecaster
  let selection: SelectionReport
  /// Free fits by number of breaks, from which the law was chosen.
  let free: [Int: LawFit]
  let isConstant: Bool

  init(_ search: LawSearch, options: FitOptions, approach: Approach, execution: Execution)
    throws(FitError)
  {
    self.search = search
    isConstant = false
    var free: [Int: LawFit] = [:]
    let chosen: LawFit
    switch options.breaks {
    case .automatic(let maximum):
      let choice = try Selection(
        search, maximum: maximum, method: options.selection, approach: approach
      ) { execution.report(0.1 + 0.6 * $0) }
      chosen = choice.chosen
      free = choice.free
      selection = choice.report
    case .exactly(let breaks):
      guard let fit = search.fit(breaks: breaks) else {
        throw search.isCancelled() ? .cancelled : .noFiniteFit
      }
      free[breaks] = fit
      chosen =
        options.prior == true
        ? Ensemble.fit(search, breaks: breaks, centre: approach.usualExponent, noiseOf: fit) ?? fit
        : fit
      selection = SelectionReport(
        method: .given, chosen: breaks, candidates: [], effectiveCount: fit.effectiveCount)
    }
    self.free = free
    if search.isCancelled() { throw .cancelled }
    /// A law with what is said of it; its resamples too, where intervals are made from them.
    func law(_ fit: LawFit, _ search: LawSearch) -> LawReport {
      var law = LawReport(fit, search: search, intervals: options.intervals)
      if options.intervals.method == .bootstrap {
        law.bootstrap = Bootstrap(
          fit, search: search, count: options.intervals.resampleCount, seed: options.seed,
          execution: execution)
      }
      return law
    }
    let reported = law(search.polished(chosen), search)
    self.reported = reported
    let kind: FitOptions.ForecastKind
    if case .exactly = options.breaks {
      kind = .single
    } else {
      kind = options.forecast ?? .combined
    }
    switch kind {
    case .single:
      forecaster = Forecaster(
        kind: .single, members: [(reported, 1)], intervals: options.intervals,
        progress: options.progress)
    case .combined:
      forecaster = try Self.combined(
        search, options: options, approach: approach, known: free, law: law)
    }
    if search.isCancelled() { throw .cancelled }
  }

  /// The share of the ensemble in a combination with the posterior.
  private static let ensembleShare = 0.25

  /// Three parts of the posterior and one of the ensemble, each a different bet.
  ///
  /// The posterior needs squared relative errors of a metric that falls in the end, and constants
  /// that are free; elsewhere the ensemble stands alone. With fewer than 7 points the ensemble is a
  /// mere power law and the posterior stands alone.
  private static func combined(
    _ search: LawSearch, options: FitOptions, approach: Approach, known: [Int: LawFit],
    law: (LawFit, LawSearch) -> LawReport
  ) throws(FitError) -> Forecaster {
    let ensemble = Ensemble(
      search, approach: approach, usesPrior: options.prior ?? true, known: known)
    guard !ensemble.members.isEmpty else { throw .noFiniteFit }
    var forecaster = Forecaster(
      kind: .combined,
      members: ensemble.members.map { member in
        var own = search
        own.observations = member.observations
        return (law(member.fit, own), member.weight)
      }, intervals: options.intervals, progress: options.progress)
    let observations = search.observations
    if observations.frame.objective == .log, options.prior ?? true, options.loss == .squared,
      search.constraints.isEmpty, !approach.growth
    {
      let average = GridPosterior(
        logX: observations.t.map { ($0 + observations.frame.origin) * options.progress.sign },
        logY: observations.targets,
        weights: observations.isEvenlyWeighted ? nil : observations.weights,
        tails: ensemble.tails, isCancelled: search.isCancelled)
      if let average {
        forecaster.posterior = (average, observations.count < 7 ? 1 : 1 - ensembleShare)
      }
    }
    if search.isCancelled() { throw .cancelled }
    return forecaster
  }

  /// All y are equal: the law is y itself, y = b x^0, or y = a where y is not positive.
  init(constant search: LawSearch) {
    self.search = search
    isConstant = true
    free = [:]
    let value = search.observations.values.first ?? 0
    let theta = value > 0 ? [0, log(value), 0] : [value, -Double.infinity, 0]
    let law = LawReport(constant: search.describe(theta), search: search)
    reported = law
    forecaster = Forecaster(
      kind: .single, members: [(law, 1)], intervals: .init(method: .none),
      progress: search.progress)
    selection = SelectionReport(
      method: .given, chosen: 0, candidates: [],
      effectiveCount: Double(search.observations.count))
  }

  /// Everything that is said about the points.
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
      warnings: [])
    report.warnings = warnings(about: report, points: points, options: options)
    return report
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
