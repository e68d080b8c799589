import Fits
import Jobs
import ScalingLaws

/// What a worker does for `POST /simulate`: the body of the request in, the answer out.
enum SimulationWork {
  /// The kind of job that this is the work of.
  static let kind = "simulate"

  /// Simulates what the job asks for; runs on a thread of the pool, its fits on others.
  ///
  /// - Throws: `CancellationError`, or what proves a mistake of ours.
  static func run(_ context: JobContext) throws -> JobOutcome {
    let request = try SimulationRequest(payload: context.payload)
    return JobOutcome(
      try request.answer(
        payload: context.payload, queued: context.queueWait, execution: Execution(context)))
  }
}
