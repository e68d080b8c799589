import Foundation
import Locks

// Waiting for a job and following it. Watchers are few: `maxWaiters` in all, of which one client has
// its share.

extension JobQueue {
  /// The job once it is final, or as it is when `limit` has passed; nil when there is no such job.
  /// One that is deleted meanwhile is told as cancelled.
  ///
  /// Returns early, with the job as it is, when the task is cancelled, when too many others wait,
  /// when the queue stops before the job has begun, and when a stopping queue answers everybody.
  public func wait(
    for id: JobID, owner: String = "", client: String = "", atMost limit: Duration
  ) async throws(JobError) -> AwaitedJob? {
    if limit > .zero {
      let token = newToken()
      let outcome = await withTaskCancellationHandler {
        await awaitValue { give in
          let reply = watch(id, owner: owner, client: client, token: token) {
            let timer = clock.schedule(after: limit) { [weak self] in self?.dismiss(token) }
            return .waiter(give, timer: timer)
          }
          if case .watching = reply {} else { give(nil) }
          // The handler below may have run before there was anything to dismiss.
          if Task.isCancelled { dismiss(token) }
        }
      } onCancel: {
        dismiss(token)
      }
      if let outcome { return outcome }
    }
    return try await job(id, owner: owner).map { AwaitedJob(job: $0) }
  }

  /// The job now and after each change of state and progress; ends when it is final, deleted, or
  /// the queue stops.
  ///
  /// A reader that falls behind misses the oldest of what it has not read, never the last.
  ///
  /// - Throws: `tooManyWaiters`, or `store`.
  /// - Returns: nil when the owner has no such job.
  public func changes(
    of id: JobID, owner: String = "", client: String = ""
  ) async throws(JobError) -> AsyncStream<Job>? {
    let token = newToken()
    let (stream, continuation) = AsyncStream.makeStream(
      of: Job.self, bufferingPolicy: .bufferingNewest(16))
    switch watch(id, owner: owner, client: client, token: token, { .stream(continuation) }) {
    case .watching:
      continuation.onTermination = { [weak self] _ in
        self?.state.withLock { _ = $0.removeWatch(token) }
      }
    case .tooMany(let limit): throw .tooManyWaiters(limit: limit)
    case .nothingToWatch:
      guard let job = try await job(id, owner: owner) else { return nil }
      continuation.yield(job)
      continuation.finish()
    }
    return stream
  }

  private func newToken() -> UInt64 {
    state.withLock { state in
      state.lastWatcher += 1
      return state.lastWatcher
    }
  }

  private enum WatchReply {
    case watching
    case tooMany(limit: Int)
    /// The job is final, unknown, or will not begin in this process.
    case nothingToWatch
  }

  private func watch(
    _ id: JobID, owner: String, client: String, token: UInt64, _ makeWatcher: () -> Watcher
  ) -> WatchReply {
    state.withLock { state in
      guard let active = state.jobs[id], active.job.owner == owner,
        state.stage == .open || (state.stage == .stopping && active.job.state != .queued)
      else { return .nothingToWatch }
      if let limit = limitReached(by: client, in: state) { return .tooMany(limit: limit) }
      let watcher = makeWatcher()
      state.add(Watch(job: id, client: client, watcher: watcher), as: token)
      // A stream that nobody reads yet runs nobody's code.
      if case .stream(let stream) = watcher { stream.yield(state.snapshot(active)) }
      return .watching
    }
  }

  /// The limit by which there is no room for one more; nil when there is room.
  private func limitReached(by client: String, in state: State) -> Int? {
    if state.watches.count >= configuration.maxWaiters { return configuration.maxWaiters }
    guard let limit = configuration.maxWaitersPerClient, !client.isEmpty,
      state.watchShares[client, default: 0] >= limit
    else { return nil }
    return limit
  }

  /// Ends one wait with the job as it is.
  private func dismiss(_ token: UInt64) {
    let (watcher, job) = state.withLock { state in
      let watch = state.removeWatch(token)
      return (watch?.watcher, watch.flatMap { state.jobs[$0.job] }.map(state.snapshot))
    }
    watcher?.finish(with: job.map { AwaitedJob(job: $0) })
  }
}
