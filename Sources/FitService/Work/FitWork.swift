import Fits
import Jobs
import ScalingLaws

/// Runs jobs of `POST /fit`: reads a stored task, and returns a stored answer or a stored failure.
enum FitWork {
  /// The kind of these jobs.
  static let kind = "fit"

  /// Fits the curves of a job, on this thread and others of the pool.
  ///
  /// Calls `onFit` for each fitted curve, with the number of breaks of its law and the time it
  /// took.
  ///
  /// - Throws: `CancellationError`, or another error that shows a mistake in this service.
  static func run(
    _ context: JobContext,
    onFit: @escaping @Sendable (_ breaks: Int, _ time: Duration) -> Void = { _, _ in }
  ) throws -> JobOutcome {
    guard let task = StoredTask(payload: context.payload) else { throw UnreadablePayload() }
    return JobOutcome(
      try task.answer(queued: context.queueWait, execution: Execution(context), onFit: onFit))
  }
}

extension JobOutcome {
  /// The bytes to store for an answer, or for the reason why there is none.
  init(_ answer: Result<StoredAnswer, FitFailure>) {
    switch answer {
    case .success(let answer): self = .succeeded(answer.bytes)
    case .failure(let failure): self = .failed(.reported, JSONWriter.bytes(of: failure))
    }
  }
}

extension Execution {
  /// Runs on the pool's threads, and stops when the job is cancelled.
  init(_ context: JobContext) {
    self.init(
      isCancelled: { context.isCancelled },
      report: { context.report($0) },
      forEach: { count, body in context.forEach(count, body) })
  }
}
