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

  /// A JSON value as an answer; not to be stored by anybody unless that is said.
  init(status: HTTPResponse.Status = .ok, json: [UInt8]) {
    self.init(
      status: status, fields: [.contentType: "application/json", .cacheControl: "no-store"],
      body: .bytes(json))
  }
}

extension Problem {
  /// A refusal of the server or the router.
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

  /// What the queue would not do; our own faults are logged with their cause.
  init(_ error: JobError, _ logger: Logger) {
    switch error {
    case .queueFull(let retryAfter):
      self.init(
        .queueFull, "As many jobs wait as the queue holds.",
        retryAfterSeconds: retryAfter.secondsToWait)
    case .shareTaken(let limit, let retryAfter):
      self.init(
        .tooManyJobs, "This client may have \(limit) unfinished jobs, and has them.",
        retryAfterSeconds: retryAfter.secondsToWait)
    case .idempotencyKeyReused(let id):
      self.init(
        .idempotencyConflict,
        "This `Idempotency-Key` was used before with another request.", jobID: "\(id)")
    case .tooManyWaiters(let limit):
      self.init(
        .unavailable,
        "\(limit) requests are held open already: ask again, or poll without `Prefer`.",
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

  /// Why a job has no result.
  init(_ failure: JobFailure, of job: Job, _ logger: Logger) {
    switch failure {
    case .failed(let bytes):
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
      self.init(.jobFailed, "The service ended unexpectedly three times while running this job.")
    case .threw(let cause):
      logger.error(
        "a job failed by our fault", metadata: ["job": "\(job.id)", "cause": "\(cause)"])
      self.init(.jobFailed, "The job failed by a fault of the service.")
    case .tooLarge(let bytes):
      self.init(
        .resultTooLarge,
        "The result has \(bytes) bytes, more than this service keeps (max_output_bytes).")
    }
    jobID = "\(job.id)"
  }

  /// The problem as the answer to who asks later for a result that never came: gone, since a 5xx
  /// would tell monitors and proxies that the service fails now.
  var ofThePast: Problem {
    var problem = self
    if jobID != nil, status.kind == .serverError { problem.status = .gone }
    return problem
  }
}

extension JobStoreError {
  /// What clients and probes are told; where the store is and what else is known of the error is
  /// for the log.
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
  /// As `Retry-After` has it: whole seconds, at least one.
  fileprivate var secondsToWait: Int { Int(max(1, components.seconds)) }
}
