import Foundation

/// Takes jobs, keeps them safe, and runs them on a fixed pool of threads.
///
/// Every change goes through the store first: a transaction decides, is made safe, and only then
/// the queue's own picture of what is queued and running follows, in the order of the transactions.
/// So whatever a caller has seen survives a restart, and no race is left to the queue to settle.
///
/// A job and its computation are two things: jobs of one owner with equal content share one
/// computation. Cancelling, deleting or timing out ends a job; the computation behind it stops when
/// no job is left that wants it.
///
/// All functions may be called from any thread. The queue lives until it is drained.
public final class JobQueue: Sendable {
  let store: any JobStore
  let configuration: Configuration
  let clock: any JobClock
  let run: @Sendable (JobContext) throws -> JobOutcome
  let observe: @Sendable (JobEvent) -> Void
  let pool: WorkerPool
  /// Owned by its lock. The lock may be held while calling the pool, never the other way round, and
  /// never while calling the store, `run`, `observe` or a continuation.
  let state = Locked(State())
  /// Set when what runs has been put back into the queue: nothing may start any more.
  let isHalted = CancellationFlag()

  public struct Configuration: Sendable {
    /// How many computations run at a time.
    public var workers = ProcessorQuota.processors
    /// How many threads there are for each worker: while one job is between two work items another
    /// may run. This bounds how many jobs are in progress at once.
    public var threadsPerWorker = 4
    /// What is added to the niceness of the process for its workers (0 to 19).
    public var niceness: Int32 = 10
    /// How many unfinished jobs there may be beyond one for each running computation.
    public var capacity = 1000
    /// How many calls of `wait` and streams of `changes` there may be at once.
    public var maxWaiters = 2000
    /// Finished jobs older than this are deleted.
    public var retentionAge = Duration.seconds(7 * 24 * 3600)
    /// Of the finished jobs only the newest so many are kept.
    public var retentionCount = 100_000
    /// How often what is too old or too much is looked for.
    public var retentionInterval = Duration.seconds(60)

    public init() {}
  }

  /// Opens the queue on what `store` holds: unfinished jobs of an earlier process run again.
  ///
  /// Blocks until the store has been read. `run` does the work, on a thread of the pool, and looks
  /// at `JobContext.isCancelled` often enough to stop within some ten milliseconds. `observe` is
  /// told of every job taken and finished and every trouble with the store, on a thread that it must not
  /// block.
  public init(
    store: any JobStore, configuration: Configuration = Configuration(),
    clock: any JobClock = SystemJobClock(),
    observe: @escaping @Sendable (JobEvent) -> Void = { _ in },
    run: @escaping @Sendable (JobContext) throws -> JobOutcome
  ) throws(JobStoreError) {
    self.store = store
    self.configuration = configuration
    self.clock = clock
    self.run = run
    self.observe = observe
    let workers = max(1, configuration.workers)
    pool = WorkerPool(
      workers: workers, threads: workers * max(1, configuration.threadsPerWorker),
      niceness: configuration.niceness)

    let now = clock.date.inMilliseconds
    let recovered = store.writeAndWait {
      try $0.recover(at: now)
    } completion: {
      $0
    }
    do throws(JobStoreError) {
      let recovery = try (recovered ?? .failure(.closed)).get()
      for job in recovery.crashed { observe(.finished(job, queueWait: .zero, runTime: .zero)) }
      for (computation, jobs) in recovery.toRun { enqueue(computation, jobs: jobs) }
    } catch {
      pool.stop {}
      throw error
    }
    scheduleSweep()
  }

  // MARK: Submitting

  /// Takes a job; it is safe in the store when this returns.
  ///
  /// - Throws: `queueFull`, `idempotencyKeyReused`, `stopping` or `store`; nothing was added then.
  public func submit(_ request: JobRequest) async throws(JobError) -> Submission {
    let now = clock.date.inMilliseconds
    let entry = state.withLock { state -> (id: JobID, isAdmitted: Bool)? in
      guard !state.isStopping else { return nil }
      let isAdmitted = state.unfinishedBeyondRunning < configuration.capacity
      if isAdmitted { state.reserved += 1 }
      return (state.sequence.next(at: now), isAdmitted)
    }
    guard let (id, isAdmitted) = entry else { throw .stopping }
    return try await withCheckedContinuation { continuation in
      store.write {
        try $0.submit(request, id: id, at: now, isAdmitted: isAdmitted)
      } completion: { [self] result in
        if isAdmitted { state.withLock { $0.reserved -= 1 } }
        let submission = result.mapError(JobError.init).flatMap(admit)
        if case .success(let submission) = submission { observe(.submitted(submission)) }
        continuation.resume(returning: submission)
      }
    }.get()
  }

  /// Brings the queue up to date with a submission that the store has made.
  private func admit(_ admission: Admission) -> Result<Submission, JobError> {
    switch admission {
    case .full: return .failure(.queueFull(retryAfter: retryAfter))
    case .idempotencyKeyReused(let id): return .failure(.idempotencyKeyReused(id))
    case .answered(let submission):
      return .success(current(submission))
    case .unfinished(let submission, let computation):
      if submission.origin == .new {
        enqueue(computation, jobs: [submission.job])
      } else {
        join(computation.id, submission.job)
      }
      return .success(current(submission))
    }
  }

  /// The submission with what only the queue knows of its job.
  private func current(_ submission: Submission) -> Submission {
    let job = submission.job
    return Submission(job: activeJob(job.id, owner: job.owner) ?? job, origin: submission.origin)
  }

  private func enqueue(_ computation: Computation, jobs: [Job]) {
    guard let first = jobs.first else { return }
    state.withLock { state in
      state.computations[computation.id] = ActiveComputation(
        computation: computation, firstJob: first.id, enqueuedAt: clock.uptime)
      for job in jobs { state.add(job, to: computation.id) }
    }
    pool.enqueue(
      WorkerPool.Task(id: computation.id, alone: computation.isAlone) { [self] in
        perform(computation.id)
      })
  }

  private func join(_ computation: Int64, _ job: Job) {
    state.withLock { state in
      state.add(job, to: computation)
      if state.computations[computation]?.startedAt != nil { limitTime(of: job, in: &state) }
    }
  }

  /// How long until a place is likely to be free, between 1 and 60 seconds.
  private var retryAfter: Duration {
    let (mean, waiting) = state.withLock { ($0.meanRunTime, $0.unfinishedBeyondRunning) }
    let seconds = mean.seconds * Double(waiting + 1) / Double(pool.workers)
    // Places become free one by one: a tenth of the queue is a fair time to come back.
    return .seconds(min(60, max(1, (seconds / 10).rounded(.up))))
  }
}

/// What the queue tells its observer.
public enum JobEvent: Sendable {
  /// A job was taken and is safe in the store. One that runs at once may be final before.
  case submitted(Submission)
  /// A job became final. `queueWait` is the time from being queued to the start (or the end, when
  /// it never started); `runTime` from the start to the end.
  case finished(Job, queueWait: Duration, runTime: Duration)
  /// The store refused a change that the queue will ask for again.
  case storeFailed(JobStoreError)
}
