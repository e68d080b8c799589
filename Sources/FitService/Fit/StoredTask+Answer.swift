import Foundation
import ScalingLaws

extension StoredTask {
  /// Fits the curves, all at once as far as the execution allows, and answers.
  /// `onFit` is told the number of breaks of each law that was fitted, and how long that took.
  ///
  /// - Returns: the answer, or why the only curve cannot be fitted; in a list such a curve has its
  ///   problem in its place.
  /// - Throws: `CancellationError`, or `UnreadablePayload`.
  func answer(
    queued: Duration, execution: Execution,
    onFit: @escaping @Sendable (_ breaks: Int, _ time: Duration) -> Void = { _, _ in }
  ) throws -> Result<StoredAnswer, FitFailure> {
    let parts = CurveResults(count: curves.count, report: execution.report)
    execution.forEach(curves.count) { index in
      var execution = execution
      execution.report = { parts.report($0, at: index) }
      parts.set(
        Result { try curves[index].answer(queued: queued, execution: execution, onFit: onFit) },
        at: index)
    }
    let results = try parts.all.map { try $0.get() }
    guard isList else {
      guard let result = results.first else { throw UnreadablePayload() }
      return result.map { StoredAnswer(curves: [$0.stored], compared: nil) }
    }
    let reports = zip(curves, results).compactMap { curve, result in
      (try? result.get())?.report.map { (curve.name ?? "", $0) }
    }
    let compared = JSONWriter.bytes(of: Compared(reports))
    let stored = results.enumerated().map { index, result in
      switch result {
      case .success(let part): return part.stored
      case .failure(var failure):
        failure.pointer = "/curves/\(index)" + failure.pointer
        return StoredAnswer.Curve(
          name: curves[index].name, problem: JSONWriter.bytes(of: failure.problem))
      }
    }
    return .success(StoredAnswer(curves: stored, compared: compared))
  }
}

extension StoredTask.Curve {
  /// How many x a curve is sampled at, to be drawn.
  private static let sampleCount = 160

  /// What became of one curve; a report when it was fitted.
  fileprivate struct Answer {
    var stored: StoredAnswer.Curve
    var report: FitReport?
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
    do throws(FitError) {
      let report = try BrokenPowerLaw.fit(
        request.points, options: options, execution: execution)
      let time = clock.now - start
      onFit(report.breaks.count, time)
      let answer = FitAnswer(
        report: report, request: request, options: canonical.options,
        timing: .init(queued: queued, fit: time), name: name)
      return .success(
        Answer(
          stored: StoredAnswer.Curve(
            answer: JSONWriter.bytes(of: answer),
            samples: JSONWriter.bytes(of: CurveSamples(report.curve))), report: report))
    } catch {
      guard let failure = FitFailure(error, request.options) else { throw CancellationError() }
      return .failure(failure)
    }
  }
}

extension FitRequest {
  /// Reads back what was accepted once.
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

/// The results of curves that are fitted at the same time, each in its place, and how much is done.
///
/// `@unchecked Sendable`: the lock guards everything mutable.
private final class CurveResults: @unchecked Sendable {
  typealias Outcome = Result<Result<StoredTask.Curve.Answer, FitFailure>, any Error>

  private let lock = NSLock()
  private var outcomes: [Outcome?]
  private var shares: [Double]
  private let report: @Sendable (Double) -> Void

  init(count: Int, report: @escaping @Sendable (Double) -> Void) {
    outcomes = Array(repeating: nil, count: count)
    shares = Array(repeating: 0, count: count)
    self.report = report
  }

  var all: [Outcome] { lock.withLock { outcomes.compactMap { $0 } } }

  func report(_ share: Double, at index: Int) {
    let mean = lock.withLock {
      shares[index] = share
      return shares.reduce(0, +) / Double(shares.count)
    }
    report(mean)
  }

  func set(_ outcome: Outcome, at index: Int) {
    lock.withLock { outcomes[index] = outcome }
    report(1, at: index)
  }
}
