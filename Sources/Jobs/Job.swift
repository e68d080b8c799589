public import Foundation

/// One request for work, as its owner sees it: a snapshot that does not change.
///
/// Payload and outcome are opaque bytes of the service and are fetched apart, so that a listing stays
/// cheap. Times are whole milliseconds.
public struct Job: Sendable, Equatable, Identifiable {
  public let id: JobID
  /// What to do, in the service's words.
  public let kind: String
  /// The API key's id, or "" when nobody signed the request.
  public let owner: String
  /// Small opaque bytes that travel with the job and are returned by a listing.
  public let labels: [UInt8]
  /// What the service calls the request that made the job, for its log; opaque.
  public let reference: String
  public let createdAt: Date
  /// How long the job may run, counted from its start (or from joining a computation under way).
  public let timeLimit: Duration?
  public internal(set) var state: JobState
  public internal(set) var startedAt: Date?
  public internal(set) var finishedAt: Date?
  /// Why the job failed; nil in every other state.
  public internal(set) var failure: FailureReason?
  /// How often the computation was started; more than one after a restart.
  public internal(set) var attempts: Int
  /// How much is done, from 0 to 1.
  public internal(set) var progress: Double = 0
  /// What is being done, in the service's words.
  public internal(set) var phase: String?
  /// Place in the queue, 1 being the next to start; nil unless queued.
  public internal(set) var position: Int?
}

/// Why a job failed; the store keeps the number.
public enum FailureReason: Int, Sendable, CaseIterable {
  /// The work reported a problem, which the bytes of the outcome describe.
  case reported = 1
  /// The time limit passed first; no bytes.
  case timedOut = 2
  /// The process died while running this job, and so did the child process that ran it next; no
  /// bytes.
  case crashed = 3
  /// The work threw an unexpected error, or the store refused the result. The bytes are the error in
  /// words, for the log rather than the client.
  case threw = 4
  /// The result is larger than the store keeps. The bytes are its size in bytes, in decimal digits.
  case tooLarge = 5
}

/// Where a job is on its way. The last three are final.
public enum JobState: Int, Sendable, CaseIterable {
  case queued = 0
  case running = 1
  case succeeded = 2
  case failed = 3
  case cancelled = 4

  /// Its name in answers, logs and metrics.
  public var name: String {
    switch self {
    case .queued: "queued"
    case .running: "running"
    case .succeeded: "succeeded"
    case .failed: "failed"
    case .cancelled: "cancelled"
    }
  }

  /// Whether a job in this state can never leave it.
  public var isFinal: Bool { self != .queued && self != .running }
}

/// How work ended, and with it every job that shares it.
public enum JobOutcome: Sendable, Equatable {
  /// The result.
  case succeeded([UInt8])
  /// Why there is no result, with the bytes that the reason documents.
  case failed(FailureReason, [UInt8])
  case cancelled
}

/// What to do, for whom, and how far it may be shared with earlier requests.
public struct JobRequest: Sendable {
  public var kind: String
  public var owner: String
  /// Whose share of the queue the job takes; "" for nobody's.
  public var client: String
  public var payload: [UInt8]
  /// A hash of everything that decides the result. Jobs of one owner with equal keys share one
  /// computation and one result, so their payloads must be interchangeable.
  public var contentKey: String?
  public var idempotencyKey: IdempotencyKey?
  public var labels: [UInt8]
  public var reference: String
  public var timeLimit: Duration?
  /// Whether a stored result or a computation under way with the same content key will do.
  public var reuse: Bool

  public init(
    kind: String, owner: String = "", client: String? = nil, payload: [UInt8],
    contentKey: String? = nil,
    idempotencyKey: IdempotencyKey? = nil, labels: [UInt8] = [], reference: String = "",
    timeLimit: Duration? = nil, reuse: Bool = true
  ) {
    self.kind = kind
    self.owner = owner
    self.client = client ?? owner
    self.payload = payload
    self.contentKey = contentKey
    self.idempotencyKey = idempotencyKey
    self.labels = labels
    self.reference = reference
    self.timeLimit = timeLimit
    self.reuse = reuse
  }
}

/// A client's own name for a request, so that sending it twice makes one job.
public struct IdempotencyKey: Sendable, Equatable {
  public let key: String
  /// A hash of the request: the same key with another hash is the client's mistake.
  public let bodyHash: [UInt8]

  public init(key: String, bodyHash: [UInt8]) {
    self.key = key
    self.bodyHash = bodyHash
  }
}

/// The job that a request led to.
public struct Submission: Sendable, Equatable {
  public let job: Job
  public let origin: Origin
  /// How the job ended, when it is final already.
  public let outcome: JobOutcome?

  init(job: Job, origin: Origin, outcome: JobOutcome? = nil) {
    self.job = job
    self.origin = origin
    self.outcome = outcome
  }

  /// How the job relates to earlier ones.
  public enum Origin: String, Sendable {
    /// A computation of its own was queued.
    case new
    /// The very job of an earlier request with the same idempotency key.
    case replay
    /// A stored result answers it: the job that left that, or a new one when the request has an
    /// idempotency key or labels of its own.
    case hit
    /// A new job that shares a computation queued or running.
    case shared
  }
}

/// A job that was waited for.
public struct AwaitedJob: Sendable, Equatable {
  public let job: Job
  /// How it ended, when it became final during the wait.
  public let outcome: JobOutcome?

  public init(job: Job, outcome: JobOutcome? = nil) {
    self.job = job
    self.outcome = outcome
  }
}

/// One page of a listing, newest first.
public struct JobPage: Sendable, Equatable {
  public let jobs: [Job]
  /// Where the next page begins; nil on the last page.
  public let next: JobID?
}
