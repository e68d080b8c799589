import Locks
package import ScalingLaws

extension StoredTask {
  /// Fits the curves, concurrently as far as the execution allows.
  ///
  /// Calls `onFit` for each fitted curve, with the number of breaks of its law and the time it
  /// took.
  ///
  /// - Returns: the answer, or why the only curve cannot be fitted; in a list the failed curve has
  ///   its problem as its answer.
  /// - Throws: `CancellationError`, or `UnreadablePayload`.
  package func answer(
    queued: Duration, execution: Execution,
    onFit: @escaping @Sendable (_ breaks: Int, _ time: Duration) -> Void = { _, _ in }
  ) throws -> Result<StoredAnswer, FitFailure> {
    let shares = Locked([Double](repeating: 0, count: curves.count))
    @Sendable func report(_ share: Double, of index: Int) {
      let sum = shares.withLock { shares in
        shares[index] = share
        return shares.reduce(0, +)
      }
      execution.report(sum / Double(curves.count))
    }
    let outcomes = execution.map(curves.count) { index in
      var execution = execution
      execution.report = { report($0, of: index) }
      defer { report(1, of: index) }
      return Result {
        try curves[index].answer(queued: queued, execution: execution, onFit: onFit)
      }
    }
    let results = try outcomes.compactMap { try $0?.get() }
    guard isList else {
      guard let result = results.first else { throw UnreadablePayload() }
      return result.map { StoredAnswer(curves: [$0.stored], compared: nil) }
    }
    let parts = zip(curves, results).enumerated().map { index, part -> Curve.Answer in
      switch part.1 {
      case .success(let answer): return answer
      case .failure(var failure):
        // The pointer names the curve, because a shared option stands elsewhere.
        failure.pointer = "/curves/\(index)"
        let problem = JSONWriter.bytes(of: failure.problem)
        return Curve.Answer(stored: StoredAnswer.Curve(name: part.0.name, problem: problem))
      }
    }
    let compared = Compared(
      zip(curves, parts).map { curve, part in
        Compared.Curve(name: curve.name ?? "", fit: part.fit, problem: part.stored.problem)
      }, execution: execution)
    if execution.isCancelled() { throw CancellationError() }
    return .success(
      StoredAnswer(curves: parts.map(\.stored), compared: JSONWriter.bytes(of: compared)))
  }
}

extension StoredTask.Curve {
  /// The number of samples of a curve, for drawing.
  private static let sampleCount = 160

  /// The answer for one curve, with the fit if there is one.
  fileprivate struct Answer {
    var stored: StoredAnswer.Curve
    var fit: Compared.Fit?
  }

  fileprivate func answer(
    queued: Duration, execution: Execution, onFit: (_ breaks: Int, _ time: Duration) -> Void
  ) throws -> Result<Answer, FitFailure> {
    let canonical: FitRequest.Canonical
    switch request {
    case .success(let request): canonical = request
    case .failure(let problem):
      return .success(Answer(stored: StoredAnswer.Curve(name: name, problem: problem.bytes)))
    }
    let request = try FitRequest(canonical)
    var options = request.options
    options.curveSamples = Self.sampleCount
    let clock = ContinuousClock()
    let start = clock.now
    // A fit uses `forEach` for its resamples only, so this measures their time.
    let resampling = Locked(Duration.zero)
    var timed = execution
    timed.forEach = { count, body in
      let time = clock.measure { execution.forEach(count, body) }
      resampling.withLock { $0 += time }
    }
    do throws(FitError) {
      let report = try BrokenPowerLaw.fit(request.points, options: options, execution: timed)
      let time = clock.now - start
      onFit(report.breaks.count, time)
      let intervals = resampling.withLock { $0 }
      let answer = FitAnswer(
        report: report, request: request, options: canonical.options,
        timing: .init(
          queued: queued, fit: time - intervals,
          intervals: options.intervals.method == .bootstrap ? intervals : nil), name: name)
      return .success(
        Answer(
          stored: StoredAnswer.Curve(
            answer: JSONWriter.bytes(of: answer),
            samples: JSONWriter.bytes(of: CurveSamples(report.curve))),
          fit: .init(request: request, report: report)))
    } catch {
      guard let failure = FitFailure(error, request.options) else { throw CancellationError() }
      return .failure(failure)
    }
  }
}

extension FitRequest {
  /// Decodes the canonical form of a request that was accepted before.
  ///
  /// - Throws: `UnreadablePayload`.
  fileprivate init(_ canonical: Canonical) throws {
    let faults = Faults()
    let document = try JSONDocument(stored: canonical.joined)
    guard let request = FitRequestDecoder(limits: .none).decode(JSONField(document, faults: faults))
    else { throw UnreadablePayload(faults: faults.list) }
    self = request
  }
}
