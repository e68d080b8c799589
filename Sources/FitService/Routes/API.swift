import Dispatch
import Fits
import HTTP
import Jobs
import Locks
import Logging

/// The parts of the service that routes use.
///
/// Every function may be called from any thread.
struct API: Sendable {
  let queue: JobQueue
  let metrics: Metrics
  let limits: FitRequest.Limits
  /// How long a request waits for a job by default, and at most.
  let wait: (usual: Duration, longest: Duration)
  /// Whether the service has begun to stop.
  let isStopping: @Sendable () -> Bool
  /// Whether an owner's API key is still valid.
  var isValid: @Sendable (_ owner: String) -> Bool = { _ in true }
  let logger: Logger
  /// The work that recent bodies asked for; repeated bodies are not decoded again.
  let decodedWork = Locked(Recent<PostedWork.Key, PostedWork>(capacity: 4 << 20))
}

/// A request that has been routed, and the parts of the service that answer it.
struct Call: Sendable {
  let api: API
  let head: RequestHead
  /// The values of the route's parameters.
  let path: PathParameters
  let caller: Caller

  /// The owner of the jobs that the caller may see.
  var owner: String { caller.owner }

  /// Calls the queue, and turns its errors into problems.
  func queue<Value>(
    _ ask: (JobQueue) async throws(JobError) -> Value
  ) async throws(Problem) -> Value {
    do throws(JobError) {
      return try await ask(api.queue)
    } catch {
      throw Problem(error, api.logger)
    }
  }

  /// Computes on another queue than the connection's, where a millisecond delays other clients.
  func aside<Value: Sendable>(_ compute: @escaping @Sendable () -> Value) async -> Value {
    await awaitValue { give in DispatchQueue.global().async { give(compute()) } }
  }
}
