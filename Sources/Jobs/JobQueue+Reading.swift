import Foundation
import Locks

// What can be asked of the queue. A job of another owner is answered like one that does not exist.

extension JobQueue {
  /// The job as it is now; nil when the owner has no such job.
  public func job(_ id: JobID, owner: String = "") async throws(JobError) -> Job? {
    if let active = activeJob(id, owner: owner) { return active }
    return try await read { try $0.job(id) }.flatMap { $0.owner == owner ? $0 : nil }
  }

  /// How a job ended; nil while it has not, and when the owner has no such job.
  public func outcome(_ id: JobID, owner: String = "") async throws(JobError) -> JobOutcome? {
    try await read { tables in
      guard let job = try tables.job(id), job.owner == owner else { return nil }
      return try tables.outcome(of: job)
    }
  }

  /// The payload that a job was submitted with, or an interchangeable one of a job that shares its
  /// computation; nil when the owner has no such job.
  public func payload(_ id: JobID, owner: String = "") async throws(JobError) -> [UInt8]? {
    try await read { tables in
      guard let job = try tables.job(id), job.owner == owner else { return nil }
      return try tables.computation(of: id).flatMap { try tables.payload(of: $0.id) }
    }
  }

  /// The owner's jobs, newest first, at most `limit` (1 to 1000) of them.
  ///
  /// Pages neither skip nor repeat a job that was there before the first was read, whatever is
  /// submitted meanwhile. `cursor` is `next` of the page before, nil for the first.
  public func list(
    owner: String = "", state: JobState? = nil, limit: Int = 100, cursor: JobID? = nil
  ) async throws(JobError) -> JobPage {
    let limit = min(max(limit, 1), 1000)
    // One more than asked for tells whether there is another page.
    let found = try await read {
      try $0.jobs(owner: owner, state: state, before: cursor, limit: limit + 1)
    }
    let jobs = current(Array(found.prefix(limit)))
    return JobPage(jobs: jobs, next: found.count > limit ? jobs.last?.id : nil)
  }

  /// Figures for those who watch the service.
  public func gauges() async throws(JobError) -> JobGauges {
    let counts = try await read { try $0.counts() }
    let uptime = clock.uptime
    let oldest = state.withLock { state in
      state.computations.values.lazy.filter { $0.startedAt == nil }.map(\.enqueuedAt).min()
    }
    return JobGauges(
      jobs: counts, queueLength: pool.queueLength, busyWorkers: pool.busyWorkers,
      workers: pool.workers, oldestQueuedAge: oldest.map { uptime - $0 } ?? .zero,
      storeTrouble: storeTrouble)
  }

  /// Why the store cannot be relied on: what is wrong with what it holds, or why the last change
  /// could not be written. Becomes nil by itself when it can be written again.
  public var storeTrouble: JobStoreError? { state.withLock { $0.damage ?? $0.writeError } }

  /// A queued or running job as it is now, with progress and position.
  func activeJob(_ id: JobID, owner: String) -> Job? {
    state.withLock { state in
      guard let active = state.jobs[id], active.job.owner == owner else { return nil }
      return withPositions([state.snapshot(active)], in: state).first
    }
  }

  /// Stored jobs as they are now, unless they have gone on to another state since they were read.
  private func current(_ jobs: [Job]) -> [Job] {
    guard jobs.contains(where: { !$0.state.isFinal }) else { return jobs }
    return state.withLock { state in
      let jobs = jobs.map { job in
        let active = state.jobs[job.id]
        return active?.job.state == job.state ? active.map(state.snapshot) ?? job : job
      }
      return withPositions(jobs, in: state)
    }
  }

  /// The jobs with the places of those that are queued, found for all of them at once.
  private func withPositions(_ jobs: [Job], in state: State) -> [Job] {
    let computations = jobs.map { $0.state == .queued ? state.jobs[$0.id]?.computation : nil }
    let positions = pool.positions(of: Set(computations.compactMap(\.self)))
    return zip(jobs, computations).map { job, computation in
      var job = job
      job.position = computation.flatMap { positions[$0] }
      return job
    }
  }

  private func read<Value: Sendable>(
    _ body: @escaping @Sendable (JobTables) throws -> Value
  ) async throws(JobError) -> Value {
    do { return try await store.read(body) } catch { throw JobError(error) }
  }
}

/// Figures for those who watch the service.
public struct JobGauges: Sendable, Equatable {
  /// How many jobs the store holds in each state.
  public let jobs: [JobState: Int]
  /// How many computations wait for a thread.
  public let queueLength: Int
  /// How many of the workers compute.
  public let busyWorkers: Int
  public let workers: Int
  /// How long the computation that waits longest has waited; zero when none does.
  public let oldestQueuedAge: Duration
  /// Why the store cannot be relied on.
  public let storeTrouble: JobStoreError?
}
