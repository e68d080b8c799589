import Foundation

// What can be asked of the queue. A job of another owner is answered like one that does not exist.

extension JobQueue {
  /// The job as it is now; nil when the owner has no such job.
  public func job(_ id: JobID, owner: String = "") async throws(JobError) -> Job? {
    if let active = activeJob(id, owner: owner) { return active }
    return try await read { try $0.job(id) }.flatMap { $0.owner == owner ? $0 : nil }
  }

  /// What became of a job; nil when the owner has no such job.
  public func result(_ id: JobID, owner: String = "") async throws(JobError) -> JobResult? {
    try await read { records in
      guard let job = try records.job(id), job.owner == owner else { return nil }
      return try records.result(of: job)
    }
  }

  /// The payload that a job was submitted with, or an interchangeable one of a job that shares its
  /// computation; nil when the owner has no such job.
  public func payload(_ id: JobID, owner: String = "") async throws(JobError) -> [UInt8]? {
    try await read { records in
      guard let job = try records.job(id), job.owner == owner else { return nil }
      return try records.computation(of: id).flatMap { try records.payload(of: $0.id) }
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
    let jobs = found.prefix(limit).map { job in
      job.state.isFinal ? job : activeJob(job.id, owner: owner, in: job.state) ?? job
    }
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
      workers: pool.workers, oldestQueuedAge: oldest.map { uptime - $0 } ?? .zero)
  }

  /// A queued or running job as it is now, with progress and position.
  func activeJob(_ id: JobID, owner: String, in expected: JobState? = nil) -> Job? {
    state.withLock { state in
      guard let active = state.jobs[id], active.job.owner == owner,
        expected == nil || active.job.state == expected
      else { return nil }
      var job = state.snapshot(active)
      if job.state == .queued { job.position = pool.position(of: active.computation) }
      return job
    }
  }

  private func read<Value: Sendable>(
    _ body: @escaping @Sendable (any JobRecords) throws -> Value
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
}
