import Foundation

/// A computation that is queued or running.
struct ActiveComputation {
  var computation: Computation
  let firstJob: JobID
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
  /// Fires when the time limit has passed.
  var timer: JobTimer?
  var watchers: Set<UInt64> = []
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
    var watchers: [UInt64: (job: JobID, watcher: Watcher)] = [:]
    var lastWatcher: UInt64 = 0
    /// Places promised to submissions that the store has not made yet.
    var reserved = 0
    /// How many unfinished jobs each client has, promised places included; nobody has 0.
    var shares: [String: Int] = [:]
    var running = 0
    var sequence = JobID.Sequence()
    /// A moving average over the last ten or so computations.
    var meanRunTime = Duration.zero
    var isStopping = false
    var sweep: JobTimer?

    /// What is counted against the capacity: one job of a running computation is free.
    var unfinishedBeyondRunning: Int { jobs.count - running + reserved }
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

  mutating func add(_ job: Job, of client: String, to computation: Int64) {
    jobs[job.id] = ActiveJob(job: job, client: client, computation: computation)
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
    return Farewell(watchers: tokens.compactMap { watchers.removeValue(forKey: $0)?.watcher })
  }

  mutating func removeWatcher(_ token: UInt64) -> (job: JobID, watcher: Watcher)? {
    guard let found = watchers.removeValue(forKey: token) else { return nil }
    jobs[found.job]?.watchers.remove(token)
    return found
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
        guard case .stream(let stream)? = watchers[token]?.watcher else { return nil }
        return (stream, snapshot(active))
      }
    }
  }
}

/// Those who watched a job that the queue has forgotten.
struct Farewell {
  let watchers: [Watcher]

  /// Gives everyone the job's last state and, when it is known, what became of it.
  func tell(_ job: Job, _ result: JobResult? = nil) {
    for watcher in watchers { watcher.finish(with: AwaitedJob(job: job, result: result)) }
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
