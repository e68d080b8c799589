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
  /// How long a request is held by default and at most.
  let wait: (usual: Duration, longest: Duration)
  /// Whether the service has begun to stop.
  let isStopping: @Sendable () -> Bool
  /// Whether an owner's API key is valid still.
  var isValid: @Sendable (_ owner: String) -> Bool = { _ in true }
  let logger: Logger
  /// What was posted lately, as it was read.
  let recent = Locked(Recent<PostedWork.Key, PostedWork>(capacity: 4 << 20))
}

/// A request at its route: who asks for what, and the parts of the service that answer.
struct Call: Sendable {
  let api: API
  let head: RequestHead
  /// What stands in the path in the place of the route's parameters.
  let path: PathParameters
  let caller: Caller

  /// Whose jobs the caller may see.
  var owner: String { caller.owner }

  /// Asks the queue; its errors become problems.
  func queue<Value>(
    _ ask: (JobQueue) async throws(JobError) -> Value
  ) async throws(Problem) -> Value {
    do throws(JobError) {
      return try await ask(api.queue)
    } catch {
      throw Problem(error, api.logger)
    }
  }

  /// Computes beside the queue of the connection, where milliseconds hold up other clients.
  func aside<Value: Sendable>(_ compute: @escaping @Sendable () -> Value) async -> Value {
    await awaitValue { give in DispatchQueue.global().async { give(compute()) } }
  }
}
