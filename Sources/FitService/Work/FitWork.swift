import Fits
import Jobs
import ScalingLaws

/// What a worker does: a stored task in, a stored answer or a stored problem out.
enum FitWork {
  /// The kind of job that this is the work of.
  static let kind = "fit"

  /// Fits what the job asks for; runs on a thread of the pool, its parts on others.
  ///
  /// `onFit` is told the number of breaks of each law that was fitted, and how long that took.
  ///
  /// - Throws: `CancellationError`, or what proves a mistake of ours.
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
  /// An answer, or why there is none, as the store keeps it.
  init(_ answer: Result<StoredAnswer, FitFailure>) {
    switch answer {
    case .success(let answer): self = .succeeded(answer.bytes)
    case .failure(let failure): self = .failed(JSONWriter.bytes(of: failure))
    }
  }
}

extension Execution {
  /// Runs on the pool of a job, told to stop when nobody wants the job any more.
  init(_ context: JobContext) {
    self.init(
      isCancelled: { context.isCancelled },
      report: { context.report($0) },
      forEach: { count, body in context.forEach(count, body) })
  }
}
