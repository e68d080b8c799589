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
    let answer = try task.answer(
      queued: context.queueWait, execution: Execution(context), onFit: onFit)
    switch answer {
    case .success(let answer): return .succeeded(answer.bytes)
    case .failure(let failure): return .failed(JSONWriter.bytes(of: failure))
    }
  }
}

/// A payload was accepted once, so whatever is wrong with it now is our mistake.
struct UnreadablePayload: Error {
  var faults: [Fault] = []
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
