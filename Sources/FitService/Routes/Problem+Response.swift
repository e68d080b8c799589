import Fits
import Foundation
import HTTP
import HTTPTypes
import Jobs
import Logging

extension Response {
  /// A problem as the answer to a request of the caller.
  init(_ problem: Problem, to caller: Caller) {
    var problem = problem
    problem.requestID = caller.requestID
    self.init(
      status: problem.status, fields: problem.fields, body: .bytes(JSONWriter.bytes(of: problem)))
    fields[.contentType] = Problem.mediaType
    fields[.cacheControl] = "no-store"
    if let seconds = problem.retryAfterSeconds { fields[.retryAfter] = String(seconds) }
  }

  /// A JSON value as a response that must not be stored, unless its fields are changed.
  init(status: HTTPResponse.Status = .ok, json: [UInt8]) {
    self.init(
      status: status, fields: [.contentType: "application/json", .cacheControl: "no-store"],
      body: .bytes(json))
  }
}

extension Problem {
  /// The problem for a refusal of the server or the router.
  init(_ refusal: Refusal) {
    let code: ProblemCode =
      switch refusal.status {
      case .serviceUnavailable: .unavailable
      case .internalServerError: .internalError
      default: ProblemCode.allCases.first { $0.status == refusal.status } ?? .internalError
      }
    self.init(
      code, refusal.reason.asSentence,
      retryAfterSeconds: code == .unavailable ? 5 : nil)
  }

  /// The problem for an error of the queue; faults of the service are logged with their cause.
  init(_ error: JobError, _ logger: Logger) {
    switch error {
    case .queueFull(let retryAfter):
      self.init(
        .queueFull, "The queue is full.",
        retryAfterSeconds: retryAfter.secondsToWait)
    case .shareTaken(let limit, let retryAfter):
      self.init(
        .tooManyJobs, "This client already has \(limit) unfinished jobs, which is its limit.",
        retryAfterSeconds: retryAfter.secondsToWait)
    case .idempotencyKeyReused(let id):
      self.init(
        .idempotencyConflict,
        "This `Idempotency-Key` was used before with another request.", jobID: "\(id)")
    case .tooManyWaiters(let limit):
      self.init(
        .unavailable,
        "Already \(limit) requests wait for a result: ask again, or poll without `Prefer`.",
        retryAfterSeconds: 5)
    case .stopping:
      self.init(.unavailable, "The service is stopping.", retryAfterSeconds: 5)
    case .store(let cause):
      logger.error("the store failed", metadata: ["cause": "\(cause)"])
      if cause.isPassing {
        self.init(.unavailable, cause.reason.asSentence, retryAfterSeconds: 5)
      } else {
        self.init(.internalError, "The job could not be stored or read.")
      }
    }
  }

  /// Why a job has no result; the reason documents the bytes.
  init(_ reason: FailureReason, _ bytes: [UInt8], of job: Job, _ logger: Logger) {
    switch reason {
    case .reported:
      if let failure = FitFailure(stored: bytes) {
        self = failure.problem
      } else {
        logger.error("a stored failure is unreadable", metadata: ["job": "\(job.id)"])
        self.init(.jobFailed, "The job failed.")
      }
    case .timedOut:
      let limit = job.timeLimit.map { " of \(($0 / .seconds(1)).jsonText) s" } ?? ""
      self.init(.jobTimeout, "The job's time limit\(limit) passed before the fit was done.")
    case .crashed:
      self.init(.jobFailed, "Two processes ended unexpectedly while they ran this job.")
    case .threw:
      let cause = String(decoding: bytes, as: UTF8.self)
      logger.error(
        "a job failed by a fault of the service",
        metadata: ["job": "\(job.id)", "cause": "\(cause)"])
      self.init(.jobFailed, "The job failed by a fault of the service.")
    case .tooLarge:
      let size = String(decoding: bytes, as: UTF8.self)
      self.init(
        .resultTooLarge,
        "The result has \(size) bytes, more than the setting max_output_bytes allows.")
    }
    jobID = "\(job.id)"
  }

  /// The problem as the answer to a later request for the result: 410 in place of a 5xx, which
  /// monitors and proxies would take for a failure of this request.
  var ofThePast: Problem {
    var problem = self
    if jobID != nil, status.kind == .serverError { problem.status = .gone }
    return problem
  }
}

extension JobStoreError {
  /// The reason for clients and probes. Paths and other details go to the log only.
  var reason: String {
    switch self {
    case .full: "the disk of the store is full"
    case .busy: "another process holds the store"
    case .readOnly: "the store cannot be written"
    case .damaged: "the store is damaged"
    default: "the store does not answer"
    }
  }
}

extension String {
  fileprivate var asSentence: String { prefix(1).uppercased() + dropFirst() + "." }
}

extension Duration {
  /// The value of `Retry-After`: whole seconds, at least one.
  fileprivate var secondsToWait: Int { Int(max(1, components.seconds)) }
}
