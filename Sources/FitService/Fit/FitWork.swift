import Jobs
import ScalingLaws

/// What a worker does: a stored request in, a stored answer or a stored problem out.
enum FitWork {
  /// The kind of job that this is the work of.
  static let kind = "fit"

  /// Fits what the job asks for; runs on a thread of the pool, its parts on others.
  ///
  /// `onFit` is told the number of breaks of each law that was fitted, and how long that took.
  ///
  /// - Throws: `CancellationError`, or what proves a mistake of ours.
  static func run(
    _ context: JobContext, onFit: (_ breaks: Int, _ time: Duration) -> Void
  ) throws -> JobOutcome {
    let (request, options) = try decode(context.payload)
    let clock = ContinuousClock()
    let start = clock.now
    do throws(FitError) {
      let report = try BrokenPowerLaw.fit(
        request.points, options: request.options, execution: Execution(context))
      let time = clock.now - start
      onFit(report.model.law.breaks.count, time)
      let answer = FitAnswer(
        report: report, request: request, options: options,
        timing: .init(queued: context.queueWait, fit: time))
      return .succeeded(JSONWriter.bytes(of: answer))
    } catch {
      guard let failure = FitFailure(error) else { throw CancellationError() }
      return .failed(JSONWriter.bytes(of: failure))
    }
  }

  /// A payload was accepted once, so whatever is wrong with it now is our mistake.
  struct UnreadablePayload: Error {
    let faults: [Fault]
  }

  private static func decode(_ payload: [UInt8]) throws -> (FitRequest, options: [UInt8]) {
    guard let canonical = FitRequest.Canonical(payload: payload) else {
      throw UnreadablePayload(faults: [])
    }
    let faults = Faults()
    var limits = JSONDocument.Limits()
    limits.bytes = .max
    let document = try JSONDocument(canonical.joined, limits: limits)
    guard let request = FitRequestDecoder(limits: .none).decode(JSONField(document, faults: faults))
    else { throw UnreadablePayload(faults: faults.list) }
    return (request, canonical.options)
  }
}

extension Execution {
  /// Runs on the pool of a job, told to stop when nobody wants the job any more.
  fileprivate init(_ context: JobContext) {
    self.init(
      isCancelled: { context.isCancelled },
      report: { context.report($0) },
      forEach: { count, body in
        // `forEach` returns only when every call of the body has, so nothing does escape.
        withoutActuallyEscaping(body) { context.forEach(count, $0) }
      })
  }
}
