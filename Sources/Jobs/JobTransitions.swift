import Foundation

// How jobs and computations change their states. Each function is one transaction: it looks and
// changes in one step that no other change comes between, whatever the store.

/// What a submission led to, as the transaction found it.
enum Admission: Sendable {
  /// Already there, or answered by a stored result: nothing to run.
  case answered(Submission)
  /// A job that waits for a computation, which is new or shared.
  case unfinished(Submission, Computation)
  case idempotencyKeyReused(JobID)
  /// A job that needs a place, when there is none.
  case refused(JobError)
}

/// A computation that was marked running, with all that running it needs.
struct Start: Sendable {
  let computation: Computation
  let payload: [UInt8]
  let date: Date
}

/// What an earlier process left.
struct Recovery: Sendable {
  /// To be run, oldest first.
  var toRun: [(computation: Computation, jobs: [Job])] = []
  /// Failed now, because the process died once too often with them.
  var crashed: [Job] = []
  /// The job that was made last.
  var latest: JobID?
}

/// A job that left a computation.
struct Detachment: Sendable {
  let job: Job
  /// The computation that it left, and whether nobody else wants that; nil when it had none to
  /// leave, being final already.
  let left: (computation: Int64, isAbandoned: Bool)?
}

extension JobTables {
  /// Finds the job, result or computation that will do for a request, or adds a new one.
  /// `refusal` tells why the queue has no room for one more job; nil when it has.
  func submit(
    _ request: JobRequest, id: JobID, at now: Date, refusal: JobError?
  ) throws -> Admission {
    if let key = request.idempotencyKey,
      let earlier = try job(owner: request.owner, idempotencyKey: key.key)
    {
      guard earlier.bodyHash == key.bodyHash else { return .idempotencyKeyReused(earlier.job.id) }
      guard earlier.job.state == .cancelled else {
        return .answered(
          Submission(
            job: earlier.job, origin: .replay,
            outcome: try outcome(of: earlier.job)))
      }
      // Who sends the request again wants it done: the key names the new job from now on.
      try releaseIdempotencyKey(of: earlier.job.id)
    }

    var job = Job(
      id: id, kind: request.kind, owner: request.owner, labels: request.labels,
      reference: request.reference, createdAt: now, timeLimit: request.timeLimit, state: .queued,
      attempts: 0)
    if request.reuse, let contentKey = request.contentKey,
      let found = try reusableComputation(owner: request.owner, contentKey: contentKey)
    {
      job.state = found.state
      job.attempts = found.attempts
      job.startedAt = found.state == .queued ? nil : now
      if found.state == .succeeded {
        // Without a key of its own the request needs no job of its own.
        if request.idempotencyKey == nil,
          let first = try succeededJob(of: found.id, labels: request.labels)
        {
          let outcome = JobOutcome(of: first, output: try output(of: found.id) ?? [])
          return .answered(Submission(job: first, origin: .hit, outcome: outcome))
        }
        job.end(as: .succeeded([]), at: now)
      }
      if let refusal, !found.state.isFinal { return .refused(refusal) }
      try insert(job, of: found.id, idempotencyKey: request.idempotencyKey)
      guard found.state.isFinal else {
        return .unfinished(Submission(job: job, origin: .shared), found)
      }
      let outcome = JobOutcome(of: job, output: try output(of: found.id) ?? [])
      return .answered(Submission(job: job, origin: .hit, outcome: outcome))
    }

    if let refusal { return .refused(refusal) }
    var computation = Computation(
      kind: request.kind, owner: request.owner, contentKey: request.contentKey)
    computation.id = try insert(computation, payload: request.payload)
    try insert(job, of: computation.id, idempotencyKey: request.idempotencyKey)
    return .unfinished(Submission(job: job, origin: .new), computation)
  }

  /// Marks a queued computation and its jobs running; nil when it is no longer queued.
  ///
  /// Done before the work begins, so that a death of the process finds it running.
  func start(_ computation: Computation, at now: Date) throws -> Start? {
    var computation = computation
    computation.state = .running
    computation.attempts += 1
    guard let payload = try payload(of: computation.id), try move(computation, from: .queued)
    else { return nil }
    try beginJobs(of: computation.id, at: now)
    return Start(computation: computation, payload: payload, date: now)
  }

  /// Stores the outcome of a computation, for it and for all its jobs; nothing when it is no longer
  /// in the state that `computation` has, since nobody wants it.
  func finish(_ computation: Computation, _ outcome: JobOutcome, at now: Date) throws {
    let before = computation.state
    var computation = computation
    computation.state = outcome.state
    guard try move(computation, from: before) else { return }
    if let output = outcome.output { try setOutput(output, of: computation.id) }
    try endJobs(of: computation.id, as: outcome, at: now)
  }

  /// Ends one job without the others that share its computation; nil when there is no such job.
  ///
  /// A final job stays as it is. A computation that nobody is left to want becomes cancelled.
  func detach(
    _ id: JobID, owner: String?, as outcome: JobOutcome, at now: Date
  ) throws -> Detachment? {
    guard var job = try job(id), owner == nil || job.owner == owner else { return nil }
    guard !job.state.isFinal, var computation = try computation(of: id) else {
      return Detachment(job: job, left: nil)
    }
    job.end(as: outcome, at: now)
    try update(job)
    let isAbandoned = try unfinishedJobs(of: computation.id).isEmpty
    if isAbandoned {
      let state = computation.state
      computation.state = .cancelled
      try move(computation, from: state)
    }
    return Detachment(job: job, left: (computation.id, isAbandoned))
  }

  /// Puts what is running back into the queue when the process stops before it is done.
  func requeueRunning() throws {
    for var computation in try unfinishedComputations() where computation.state == .running {
      computation.state = .queued
      try move(computation, from: .running)
      try requeue(unfinishedJobs(of: computation.id))
    }
  }

  private func requeue(_ jobs: [Job]) throws {
    for var job in jobs {
      job.requeue()
      try update(job)
    }
  }

  /// Takes up what an earlier process left.
  ///
  /// A computation found running was cut off by the end of that process and may have caused it. It
  /// runs again, in a child process, and fails after five such ends.
  func recover(at now: Date) throws -> Recovery {
    var recovery = Recovery()
    recovery.latest = try latestJob()
    for var computation in try unfinishedComputations() {
      if computation.state == .running {
        computation.deaths += 1
        computation.state = computation.isGivenUp ? .failed : .queued
        try move(computation, from: .running)
        try requeue(unfinishedJobs(of: computation.id))
      }
      var jobs = try unfinishedJobs(of: computation.id)
      if computation.state == .queued {
        recovery.toRun.append((computation, jobs))
      } else {
        for index in jobs.indices {
          jobs[index].end(as: .failed(.crashed, []), at: now)
          try update(jobs[index])
        }
        recovery.crashed += jobs
      }
    }
    return recovery
  }

  /// Deletes of an excess the `limit` oldest jobs; returns what is left of it, nil when nothing is.
  func sweep(_ excess: Excess, limit: Int) throws -> Excess? {
    var left = excess
    let oldest = try finishedJobs(of: excess.owner, limit: limit)
    for (id, end) in oldest {
      guard end < excess.date || left.jobs > 0 || left.bytes > 0 else { return nil }
      left.jobs -= 1
      left.bytes -= try delete(id)
    }
    return oldest.count < limit ? nil : left
  }
}

extension JobTables {
  /// How a job ended; nil while it has not.
  func outcome(of job: Job) throws -> JobOutcome? {
    guard job.state.isFinal else { return nil }
    let computation = try computation(of: job.id)
    return JobOutcome(of: job, output: try computation.flatMap { try output(of: $0.id) } ?? [])
  }
}

extension JobOutcome {
  /// How a job ended whose computation has left `output`; nil while it has not ended.
  init?(of job: Job, output: [UInt8]) {
    switch (job.state, job.failure) {
    case (.queued, _), (.running, _): return nil
    case (.succeeded, _): self = .succeeded(output)
    case (.cancelled, _): self = .cancelled
    // Of one that ended before its computation, the output is not its own.
    case (.failed, .timedOut?): self = .failed(.timedOut, [])
    case (.failed, let reason): self = .failed(reason ?? .reported, output)
    }
  }

  var state: JobState {
    switch self {
    case .succeeded: .succeeded
    case .failed: .failed
    case .cancelled: .cancelled
    }
  }

  var failure: FailureReason? {
    if case .failed(let reason, _) = self { reason } else { nil }
  }

  /// What the store keeps; nil when there is nothing to be kept.
  var output: [UInt8]? {
    switch self {
    case .succeeded(let bytes), .failed(_, let bytes): bytes
    case .cancelled: nil
    }
  }
}

extension Job {
  mutating func requeue() {
    state = .queued
    startedAt = nil
  }

  mutating func begin(at now: Date) {
    state = .running
    startedAt = now
  }

  mutating func end(as outcome: JobOutcome, at now: Date) {
    state = outcome.state
    failure = outcome.failure
    finishedAt = now
    if state == .succeeded { progress = 1 }
  }
}
