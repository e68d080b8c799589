public import HTTPTypes

/// Every kind of problem that this service answers with; a client may rely on the code.
public enum ProblemCode: String, CaseIterable, Sendable {
  // The message.
  case badRequest = "bad_request"
  case malformedJSON = "malformed_json"
  case malformedCSV = "malformed_csv"
  case requestTimeout = "request_timeout"
  case payloadTooLarge = "payload_too_large"
  case uriTooLong = "uri_too_long"
  case unsupportedMediaType = "unsupported_media_type"
  case expectationFailed = "expectation_failed"
  case headerFieldsTooLarge = "header_fields_too_large"
  case notImplemented = "not_implemented"
  case httpVersionNotSupported = "http_version_not_supported"
  // Who asks, for what.
  case unauthorized
  case forbiddenOrigin = "forbidden_origin"
  case notFound = "not_found"
  case methodNotAllowed = "method_not_allowed"
  case notAcceptable = "not_acceptable"
  case misdirectedRequest = "misdirected_request"
  // What it means.
  case invalidRequest = "invalid_request"
  case ambiguousColumns = "ambiguous_columns"
  case tooFewPoints = "too_few_points"
  case cannotFit = "cannot_fit"
  case idempotencyConflict = "idempotency_conflict"
  // Jobs.
  case jobNotFound = "job_not_found"
  case jobNotFinished = "job_not_finished"
  case jobCancelled = "job_cancelled"
  case jobFailed = "job_failed"
  case jobTimeout = "job_timeout"
  case resultTooLarge = "result_too_large"
  // The service.
  case rateLimited = "rate_limited"
  case tooManyJobs = "too_many_jobs"
  case queueFull = "queue_full"
  case unavailable
  case internalError = "internal_error"

  /// The path of the page that explains it: the `type` of RFC 9457.
  public var page: String { "/problems/\(rawValue)" }

  /// The status of an answer with this problem.
  public var status: HTTPResponse.Status {
    switch self {
    case .badRequest, .malformedJSON, .malformedCSV: .badRequest
    case .requestTimeout: .requestTimeout
    case .payloadTooLarge: .contentTooLarge
    case .uriTooLong: .uriTooLong
    case .unsupportedMediaType: .unsupportedMediaType
    case .expectationFailed: .expectationFailed
    case .headerFieldsTooLarge: .requestHeaderFieldsTooLarge
    case .notImplemented: .notImplemented
    case .httpVersionNotSupported: .httpVersionNotSupported
    case .unauthorized: .unauthorized
    case .forbiddenOrigin: .forbidden
    case .notFound, .jobNotFound: .notFound
    case .methodNotAllowed: .methodNotAllowed
    case .notAcceptable: .notAcceptable
    case .misdirectedRequest: .misdirectedRequest
    case .invalidRequest, .ambiguousColumns, .tooFewPoints, .cannotFit, .idempotencyConflict,
      .resultTooLarge:
      .unprocessableContent
    case .jobNotFinished: .conflict
    case .jobCancelled: .gone
    case .jobTimeout: .gatewayTimeout
    case .rateLimited, .tooManyJobs: .tooManyRequests
    case .queueFull, .unavailable: .serviceUnavailable
    case .jobFailed, .internalError: .internalServerError
    }
  }
}
