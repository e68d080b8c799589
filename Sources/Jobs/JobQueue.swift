import Foundation
import Locks

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
/// All functions may be called from any thread. The queue lives until it is halted.
public final class JobQueue: Sendable {
  let store: any JobStore
  let configuration: Configuration
  let clock: any JobClock
  let run: @Sendable (JobContext) throws -> JobOutcome
  let observe: @Sendable (JobEvent) -> Void
  let child: ChildProcess?
  let pool: WorkerPool
  /// Owned by its lock, which is never held while calling the store, `run`, `observe`, a
  /// continuation, or what of the pool may start a task.
  let state = Locked(State())
  /// Set when what runs has been put back into the queue: nothing may start any more.
  let isHalted = CancellationFlag()

  public struct Configuration: Sendable {
    /// How many computations run at a time.
    public var workers = ProcessorQuota.processors
    /// How many threads there are for each worker: while one job is between two work items another
    /// may run. This bounds how many jobs are in progress at once.
    public var threadsPerWorker = 4
    /// The niceness of the worker threads (-20 to 19), set by setpriority(2).
    public var niceness: Int32 = 10
    /// How many unfinished jobs there may be beyond one for each running computation.
    public var capacity = 1000
    /// How many unfinished jobs one client may have; nil for as many as there is room for. After a
    /// restart the jobs that are left count for their owners.
    public var capacityPerClient: Int?
    /// How many calls of `wait` and streams of `changes` there may be at once.
    public var maxWaiters = 2000
    /// How many of them one client may have; nil for as many as there are.
    public var maxWaitersPerClient: Int?
    /// The largest result in bytes; a job with a larger one fails.
    public var maxOutputBytes = 64 << 20
    /// Finished jobs older than this are deleted.
    public var retentionAge = Duration.seconds(7 * 24 * 3600)
    /// Of each owner's finished jobs only the newest so many are kept.
    public var retentionCount = 100_000
    /// How many bytes of payloads and outputs are kept in all; of who holds most, the oldest go.
    public var retentionBytes = 1 << 30
    /// How often what is too old or too much is looked for.
    public var retentionInterval = Duration.seconds(60)

    public init() {}
  }

  /// Opens the queue on what `store` holds: unfinished jobs of an earlier process run again.
  ///
  /// Takes jobs from now on, and begins them once it is started. Blocks until the store has been
  /// read. `run` does the work, on a thread of the pool, and looks at `JobContext.isCancelled` often
  /// enough to stop within some ten milliseconds. What was running when an earlier process died is
  /// run by `child`, if there is one, and a child that dies fails it as `crashed`. `observe` is told of
  /// every job taken and finished and every trouble with the store, on a thread that it must not
  /// block.
  public init(
    store: any JobStore, configuration: Configuration = Configuration(),
    clock: any JobClock = SystemJobClock(), child: ChildProcess? = nil,
    observe: @escaping @Sendable (JobEvent) -> Void = { _ in },
    run: @escaping @Sendable (JobContext) throws -> JobOutcome
  ) throws(JobStoreError) {
    self.store = store
    self.configuration = configuration
    self.clock = clock
    self.child = child
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
      state.withLock { state in
        state.sequence = JobID.Sequence(after: recovery.latest)
        state.retentionClock = RetentionClock(date: now, uptime: clock.uptime)
      }
      for job in recovery.crashed { observe(.finished(job, queueWait: .zero, runTime: .zero)) }
      for (computation, jobs) in recovery.toRun { enqueue(computation, jobs: jobs) }
    } catch {
      pool.stop {}
      throw error
    }
  }

  /// Begins to run jobs, to delete what is too old, and to look after the store.
  public func start() {
    pool.start()
    scheduleSweep()
    store.verify { [weak self] damage in self?.verified(damage) }
  }

  // MARK: Submitting

  /// Takes a job; it is safe in the store when this returns.
  ///
  /// - Throws: `queueFull`, `shareTaken`, `idempotencyKeyReused`, `stopping` or `store`; nothing was
  ///   added then.
  public func submit(_ request: JobRequest) async throws(JobError) -> Submission {
    let now = clock.date.inMilliseconds
    let client = request.client
    let entry = state.withLock { state -> (id: JobID, refusal: JobError?)? in
      guard state.stage == .open else { return nil }
      let refusal = refusal(of: client, in: state)
      if refusal == nil { state.reserve(for: client) }
      return (state.sequence.next(at: now), refusal)
    }
    guard let (id, refusal) = entry else { throw .stopping }
    return try await awaitValue { give in
      write(within: patienceOfSubmissions) {
        try $0.submit(request, id: id, at: now, refusal: refusal)
      } completion: { [self] result in
        let submission = result.mapError(JobError.init).flatMap { admit($0, of: request) }
        if refusal == nil { state.withLock { $0.release(for: client) } }
        if case .success(let submission) = submission { observe(.submitted(submission)) }
        give(submission)
      }
    }.get()
  }

  /// Brings the queue up to date with a submission that the store has made.
  private func admit(
    _ admission: Admission, of request: JobRequest
  ) -> Result<Submission, JobError> {
    switch admission {
    case .refused(let error): return .failure(error)
    case .idempotencyKeyReused(let id): return .failure(.idempotencyKeyReused(id))
    case .answered(let submission):
      return .success(current(submission))
    case .unfinished(let submission, let computation):
      if submission.origin == .new {
        enqueue(computation, jobs: [submission.job], of: request)
      } else {
        join(computation.id, submission.job, of: request)
      }
      return .success(current(submission))
    }
  }

  /// The submission with what only the queue knows of its job.
  private func current(_ submission: Submission) -> Submission {
    let job = submission.job
    return Submission(
      job: activeJob(job.id, owner: job.owner) ?? job, origin: submission.origin,
      outcome: submission.outcome)
  }

  /// Queues a computation for its jobs; without a request they are an earlier process's, and count
  /// for their owners.
  private func enqueue(_ computation: Computation, jobs: [Job], of request: JobRequest? = nil) {
    guard let first = jobs.first else { return }
    state.withLock { state in
      state.computations[computation.id] = ActiveComputation(
        computation: computation, firstJob: first.id, client: request?.client ?? first.owner,
        enqueuedAt: clock.uptime)
      for job in jobs {
        state.add(
          job, of: request?.client ?? job.owner, to: computation.id,
          outlivesClients: request.map { $0.idempotencyKey != nil } ?? true)
      }
    }
    perform(computation)
  }

  private func join(_ computation: Int64, _ job: Job, of request: JobRequest) {
    state.withLock { state in
      state.add(
        job, of: request.client, to: computation,
        outlivesClients: request.idempotencyKey != nil)
      if state.computations[computation]?.startedAt != nil { limitTime(of: job.id, in: &state) }
    }
  }

  /// Why there is no place for a job of this client; nil when there is one.
  private func refusal(of client: String, in state: State) -> JobError? {
    if let limit = configuration.capacityPerClient, !client.isEmpty,
      let share = state.shares[client], share >= limit
    {
      return .shareTaken(limit: limit, retryAfter: retryAfter(waiting: share, in: state))
    }
    let waiting = state.unfinishedBeyondRunning
    guard waiting >= configuration.capacity else { return nil }
    return .queueFull(retryAfter: retryAfter(waiting: waiting, in: state))
  }

  /// How long until one of so many waiting jobs is likely to be done, between 1 and 60 seconds.
  private func retryAfter(waiting: Int, in state: State) -> Duration {
    let seconds = state.meanRunTime.seconds * Double(waiting + 1) / Double(pool.workers)
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
  /// The store did not make a change: the queue asks again for a passing error, and the job fails
  /// by any other.
  case storeFailed(JobStoreError)
  /// The store was looked through after an unclean end; nil when it is whole.
  case storeVerified(JobStoreError?)
}
