import Fits
import Jobs
import ScalingLaws

/// Runs jobs of `POST /simulate`: reads the body of the request, and returns the answer.
enum SimulationWork {
  /// The kind of these jobs.
  static let kind = "simulate"

  /// Simulates, on this thread and others of the pool.
  ///
  /// - Throws: `CancellationError`, or another error that shows a mistake in this service.
  static func run(_ context: JobContext) throws -> JobOutcome {
    let request = try SimulationRequest(payload: context.payload)
    return JobOutcome(
      try request.answer(
        payload: context.payload, queued: context.queueWait, execution: Execution(context)))
  }
}
