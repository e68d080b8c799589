import Foundation

/// A computation that is queued or running.
struct ActiveComputation {
  var computation: Computation
  let firstJob: JobID
  /// Whose turn it takes in the queue.
  let client: String
  let flag = CancellationFlag()
  /// Times of the clock's `uptime`.
  let enqueuedAt: Duration
  var startedAt: Duration?
  var progress = 0.0
  var phase: String?
  var jobs: Set<JobID> = []
}

/// A job that is queued or running.
struct ActiveJob {
  var job: Job
  /// Whose share of the queue it takes.
  let client: String
  let computation: Int64
  /// Whether the job goes on when every client that waits for it has gone: it has an idempotency
  /// key, by which it can be asked for again, or was accepted by an earlier process.
  let outlivesClients: Bool
  /// Fires when the time limit has passed.
  var timer: JobTimer?
  var watchers: Set<UInt64> = []
}

/// A client's wish to hear of a job.
struct Watch {
  let job: JobID
  let client: String
  let watcher: Watcher
}

/// One who wants to hear of a job.
enum Watcher {
  case waiter(@Sendable (AwaitedJob?) -> Void, timer: JobTimer)
  case stream(AsyncStream<Job>.Continuation)
}

extension JobQueue {
  /// The queue's picture of what the store holds unfinished.
  struct State {
    var computations: [Int64: ActiveComputation] = [:]
    var jobs: [JobID: ActiveJob] = [:]
    var watches: [UInt64: Watch] = [:]
    /// How many of them each client has; nobody has 0.
    var watchShares: [String: Int] = [:]
    var lastWatcher: UInt64 = 0
    /// Places promised to submissions that the store has not made yet.
    var reserved = 0
    /// How many unfinished jobs each client has, promised places included; nobody has 0.
    var shares: [String: Int] = [:]
    var running = 0
    var sequence = JobID.Sequence()
    /// A moving average over the last ten or so computations.
    var meanRunTime = Duration.zero
    var stage = Stage.open
    /// Whether nothing is in progress any more, once the queue has stopped taking jobs.
    var isIdle = false
    /// Called when `isIdle` becomes true.
    var onIdle: (@Sendable () -> Void)?
    var sweep: JobTimer?
    var retentionClock: RetentionClock?
    /// Why the last change could not be written; nil when it could.
    var writeError: JobStoreError?
    /// Fires when it is tried whether the store can be written again.
    var probe: JobTimer?
    /// What is wrong with what the store holds.
    var damage: JobStoreError?
    /// Fires when everybody who waits is to be answered.
    var answering: JobTimer?

    /// What is counted against the capacity: one job of a running computation is free.
    var unfinishedBeyondRunning: Int { jobs.count - running + reserved }
  }

  /// How far the queue has stopped.
  enum Stage: Comparable {
    /// Takes jobs, and clients may wait for them.
    case open
    /// Takes no jobs and begins none; clients may wait for what runs.
    case stopping
    /// Nobody may wait any more.
    case answered
    case halted
  }
}

extension JobQueue.State {
  /// Promises a place to a submission of this client.
  mutating func reserve(for client: String) {
    reserved += 1
    shares[client, default: 0] += 1
  }

  /// Takes the promise back: its job has been added, or there is none.
  mutating func release(for client: String) {
    reserved -= 1
    lessenShare(of: client)
  }

  private mutating func lessenShare(of client: String) {
    let share = shares[client, default: 1] - 1
    shares[client] = share > 0 ? share : nil
  }

  mutating func add(
    _ job: Job, of client: String, to computation: Int64, outlivesClients: Bool
  ) {
    jobs[job.id] = ActiveJob(
      job: job, client: client, computation: computation, outlivesClients: outlivesClients)
    shares[client, default: 0] += 1
    computations[computation]?.jobs.insert(job.id)
  }

  /// Forgets a job; returns it as it was, and who is to be told once the lock is released.
  mutating func remove(_ id: JobID) -> (job: Job, farewell: Farewell)? {
    guard let active = jobs[id] else { return nil }
    active.timer?.cancel()
    let farewell = removeWatchers(of: id)
    jobs[id] = nil
    lessenShare(of: active.client)
    computations[active.computation]?.jobs.remove(id)
    return (active.job, farewell)
  }

  mutating func removeWatchers(of id: JobID) -> Farewell {
    let tokens = jobs[id]?.watchers ?? []
    jobs[id]?.watchers = []
    return Farewell(watchers: tokens.compactMap { removeWatch($0)?.watcher })
  }

  /// The jobs that meet a condition, as they are, each with those who are to be told once the lock
  /// is released; they watch no longer.
  mutating func farewells(
    ofJobs condition: (ActiveJob) -> Bool
  ) -> [(Job, Farewell)] {
    jobs.values.filter(condition).map { (snapshot($0), removeWatchers(of: $0.job.id)) }
  }

  mutating func add(_ watch: Watch, as token: UInt64) {
    watches[token] = watch
    watchShares[watch.client, default: 0] += 1
    jobs[watch.job]?.watchers.insert(token)
  }

  mutating func removeWatch(_ token: UInt64) -> Watch? {
    guard let watch = watches.removeValue(forKey: token) else { return nil }
    let share = watchShares[watch.client, default: 1] - 1
    watchShares[watch.client] = share > 0 ? share : nil
    jobs[watch.job]?.watchers.remove(token)
    return watch
  }

  mutating func remove(computation id: Int64) -> ActiveComputation? {
    guard let active = computations.removeValue(forKey: id) else { return nil }
    if active.startedAt != nil { running -= 1 }
    return active
  }

  /// The job as it is now, with what only the queue knows.
  func snapshot(_ active: ActiveJob) -> Job {
    var job = active.job
    job.progress = computations[active.computation]?.progress ?? 0
    job.phase = computations[active.computation]?.phase
    return job
  }

  /// The streams that follow a job of `computation`, each with what it should hear now.
  func streams(of computation: Int64) -> [(AsyncStream<Job>.Continuation, Job)] {
    (computations[computation]?.jobs ?? []).compactMap { jobs[$0] }.flatMap { active in
      active.watchers.compactMap { token in
        guard case .stream(let stream)? = watches[token]?.watcher else { return nil }
        return (stream, snapshot(active))
      }
    }
  }
}

/// Those who watched a job that the queue has forgotten.
struct Farewell {
  let watchers: [Watcher]

  /// Gives everyone the job's last state and, when it is known, its outcome.
  func tell(_ job: Job, _ outcome: JobOutcome? = nil) {
    for watcher in watchers { watcher.finish(with: AwaitedJob(job: job, outcome: outcome)) }
  }
}

extension Watcher {
  /// The last that this watcher hears. Called without any lock: it may run the watcher's own code.
  func finish(with last: AwaitedJob?) {
    switch self {
    case .waiter(let give, let timer):
      timer.cancel()
      give(last)
    case .stream(let stream):
      if let last { stream.yield(last.job) }
      stream.finish()
    }
  }
}
