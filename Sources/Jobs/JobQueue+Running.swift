import Foundation
import Locks

// A computation's way through the pool, and the ways in which it ends early.

extension JobQueue {
  /// Progress is passed on at most this often.
  private static let reportInterval = Duration.milliseconds(100)

  /// How long what begins or ends may wait for other changes, so that they share a transaction: not
  /// at all unless computations wait for workers, when nobody is served sooner by it.
  private var patience: Duration { pool.isBehind ? .milliseconds(5) : .zero }

  /// How long a submission may, which a stored result may answer.
  var patienceOfSubmissions: Duration { pool.isBehind ? .milliseconds(2) : .zero }

  /// Runs one computation, from its start to its stored result, on the pool.
  func perform(_ computation: Computation) {
    let id = computation.id
    guard let client = state.withLock({ $0.computations[id]?.client }) else { return }
    pool.enqueue(
      WorkerPool.Task(id: id, client: client) { [self] ready in
        start(id) { [self] context in
          guard let context else { return ready(nil) }
          ready { [self] over in
            finish(id, outcome(of: context), done: over)
          }
        }
      })
  }

  /// Makes it safe that the computation is running; gives nil when it is not to run any more.
  private func start(_ id: Int64, _ ready: @escaping @Sendable (JobContext?) -> Void) {
    guard let computation = state.withLock({ $0.computations[id]?.computation }) else {
      return ready(nil)
    }
    let now = clock.date.inMilliseconds
    write(within: patience) { [isHalted] tables in
      isHalted.isSet ? nil : try tables.start(computation, at: now)
    } completion: { [self] result in
      switch result {
      case .success(let start): ready(start.flatMap(started))
      case .failure(.closed): ready(nil)
      case .failure(let error) where error.isPassing:
        retry(after: error) { [self] in perform(computation) }
        ready(nil)
      case .failure(let error):
        finish(id, JobOutcome { throw error }, isRefusal: true) { ready(nil) }
      }
    }
  }

  private func started(_ start: Start) -> JobContext? {
    let id = start.computation.id
    let uptime = clock.uptime
    let context = state.withLock { state -> JobContext? in
      guard let active = state.computations[id] else { return nil }
      state.computations[id]?.computation = start.computation
      state.computations[id]?.startedAt = uptime
      state.running += 1
      // Changes reach the queue in the order of the transactions, so its jobs are the store's.
      for job in active.jobs {
        state.jobs[job]?.job.begin(at: start.date)
        state.jobs[job]?.job.attempts = start.computation.attempts
        limitTime(of: job, in: &state)
      }
      return JobContext(
        id: active.firstJob, kind: start.computation.kind, payload: start.payload,
        queueWait: uptime - active.enqueuedAt, mayKill: start.computation.mayKill,
        flag: active.flag, pool: pool,
        onReport: reporter(for: id))
    }
    tellStreams(of: id)
    return context
  }

  /// The outcome of the work, which is a failure when it threw or left more than is kept.
  private func outcome(of context: JobContext) -> JobOutcome {
    let outcome = JobOutcome {
      if context.mayKill, let child { try child.run(context) } else { try run(context) }
    }
    guard case .succeeded(let bytes) = outcome, bytes.count > configuration.maxOutputBytes
    else { return outcome }
    return .failed(.tooLarge, Array("\(bytes.count)".utf8))
  }

  /// Stores the outcome of a computation, and tells everyone; calls `done` after the first attempt.
  ///
  /// An outcome that the store refuses for good is replaced by that refusal, once: `isRefusal` is
  /// whether `outcome` is one already.
  private func finish(
    _ id: Int64, _ outcome: JobOutcome, isRefusal: Bool = false,
    done: @escaping @Sendable () -> Void
  ) {
    guard let computation = state.withLock({ $0.computations[id]?.computation }) else {
      return done()
    }
    let now = clock.date.inMilliseconds
    write(within: patience) {
      try $0.finish(computation, outcome, at: now)
    } completion: { [self] result in
      switch result {
      case .success: finished(id, outcome, at: now)
      case .failure(.closed): break
      case .failure(let error) where error.isPassing:
        retry(after: error) { [self] in finish(id, outcome, isRefusal: isRefusal) {} }
      case .failure(let error):
        observe(.storeFailed(error))
        guard isRefusal else {
          return finish(id, JobOutcome { throw error }, isRefusal: true, done: done)
        }
        // Not even the failure can be stored: it is told, and the next process runs the job again.
        finished(id, outcome, at: now)
      }
      done()
    }
  }

  private func finished(_ id: Int64, _ outcome: JobOutcome, at now: Date) {
    let uptime = clock.uptime
    let (active, farewells) = state.withLock { state in
      let farewells = (state.computations[id]?.jobs ?? []).compactMap { state.remove($0) }
      let active = state.remove(computation: id)
      if let startedAt = active?.startedAt {
        state.meanRunTime = (state.meanRunTime * 9 + (uptime - startedAt)) / 10
      }
      return (active, farewells)
    }
    // Counted before it is told: whoever knows of the job's end finds it in the figures.
    for (var job, farewell) in farewells {
      job.end(as: outcome, at: now)
      if let active { observe(active.event(job, at: uptime)) }
      farewell.tell(job, outcome)
    }
  }

  private func reporter(for id: Int64) -> @Sendable (Double, String?) -> Void {
    let throttle = Throttle(interval: Self.reportInterval)
    return { [self] progress, phase in
      guard progress.isFinite, throttle.admits(clock.uptime) else { return }
      state.withLock { state in
        let before = state.computations[id]?.progress ?? 0
        state.computations[id]?.progress = min(1, max(before, progress))
        state.computations[id]?.phase = phase
      }
      tellStreams(of: id)
    }
  }

  private func tellStreams(of computation: Int64) {
    for (stream, job) in state.withLock({ $0.streams(of: computation) }) { stream.yield(job) }
  }

  // MARK: Ending early

  /// Ends a job that is queued or running; a final one stays as it is.
  ///
  /// A running computation that nobody else shares is told to stop.
  ///
  /// - Returns: the job as it is now, nil when the owner has no such job.
  public func cancel(_ id: JobID, owner: String = "") async throws(JobError) -> Job? {
    try await detach(id, owner: owner) { try $0.detach(id, owner: owner, as: .cancelled, at: $1) }
  }

  /// Tells that a client who waited for a job has gone.
  ///
  /// The job is cancelled when nobody is left who could want it: no other client waits for it or
  /// follows it, it has no idempotency key to be asked for again by, no earlier process promised
  /// it, and the queue is not stopping, which takes clients away as well.
  public func abandon(_ id: JobID, owner: String = "") async throws(JobError) {
    let isAbandoned = state.withLock { state in
      guard let active = state.jobs[id], state.stage == .open else { return false }
      return active.watchers.isEmpty && !active.outlivesClients
    }
    if isAbandoned { _ = try await cancel(id, owner: owner) }
  }

  /// Cancels a job if need be and forgets it with its result; false when the owner has no such job.
  public func delete(_ id: JobID, owner: String = "") async throws(JobError) -> Bool {
    try await detach(id, owner: owner) { tables, now in
      let detachment = try tables.detach(id, owner: owner, as: .cancelled, at: now)
      if detachment != nil { try tables.delete(id) }
      return detachment
    } != nil
  }

  private func detach(
    _ id: JobID, owner: String,
    _ transition: @escaping @Sendable (JobTables, Date) throws -> Detachment?
  ) async throws(JobError) -> Job? {
    let now = clock.date.inMilliseconds
    return try await awaitValue { give in
      write {
        try transition($0, now)
      } completion: { [self] result in
        if case .success(let detachment?) = result { detached(detachment) }
        give(result.map { $0?.job }.mapError(JobError.init))
      }
    }.get()
  }

  /// Starts the time limit of a job, whose computation is running.
  func limitTime(of job: JobID, in state: inout State) {
    guard let limit = state.jobs[job]?.job.timeLimit else { return }
    state.jobs[job]?.timer = clock.schedule(after: limit) { [weak self] in self?.timeOut(job) }
  }

  private func timeOut(_ id: JobID) {
    let now = clock.date.inMilliseconds
    write {
      try $0.detach(id, owner: nil, as: .failed(.timedOut, []), at: now)
    } completion: { [self] result in
      switch result {
      case .success(let detachment): if let detachment { detached(detachment) }
      case .failure(.closed): break
      case .failure(let error) where error.isPassing:
        retry(after: error) { [self] in timeOut(id) }
      case .failure(let error):
        observe(.storeFailed(error))
        if let detachment = timedOut(id, at: now) { detached(detachment) }
      }
    }
  }

  /// A job whose time is over, though the store cannot say so: as it would have left it.
  private func timedOut(_ id: JobID, at now: Date) -> Detachment? {
    state.withLock { state in
      guard let active = state.jobs[id] else { return nil }
      var job = active.job
      job.end(as: .failed(.timedOut, []), at: now)
      let jobs = state.computations[active.computation]?.jobs ?? []
      return Detachment(job: job, left: (active.computation, isAbandoned: jobs == [id]))
    }
  }

  private func detached(_ detachment: Detachment) {
    guard let left = detachment.left else { return }
    let uptime = clock.uptime
    let (active, farewell) = state.withLock { state in
      let farewell = state.remove(detachment.job.id)?.farewell
      let active = state.computations[left.computation]
      if left.isAbandoned {
        _ = state.remove(computation: left.computation)
        active?.flag.set()
      }
      return (active, farewell)
    }
    if left.isAbandoned { pool.remove(left.computation) }
    if let active { observe(active.event(detachment.job, at: uptime)) }
    farewell?.tell(detachment.job)
  }
}

extension ActiveComputation {
  fileprivate func event(_ job: Job, at uptime: Duration) -> JobEvent {
    .finished(
      job, queueWait: (startedAt ?? uptime) - enqueuedAt,
      runTime: startedAt.map { uptime - $0 } ?? .zero)
  }
}
