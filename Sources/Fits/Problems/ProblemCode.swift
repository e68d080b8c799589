public import HTTPTypes

/// The kinds of problems that the service answers with. The codes are part of its interface.
public enum ProblemCode: String, CaseIterable, Sendable {
  // The message as HTTP.
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
  // The caller, and what it asks for.
  case unauthorized
  case forbiddenOrigin = "forbidden_origin"
  case notFound = "not_found"
  case methodNotAllowed = "method_not_allowed"
  case notAcceptable = "not_acceptable"
  case misdirectedRequest = "misdirected_request"
  // The content.
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

extension ProblemCode {
  /// The title of this problem, the same in every answer (RFC 9457 §3.1.3).
  public var title: String { entry.title }

  /// What it means and how to solve it.
  var entry: CatalogueEntry {
    switch self {
    case .badRequest:
      CatalogueEntry(
        "The request is not well-formed HTTP",
        "The request line, a field or the framing of the body breaks a rule of RFC 9110 or 9112. "
          + "The connection is closed, because it is unknown where the next request begins.",
        "Send the request with an ordinary HTTP client. The detail names the rule.")
    case .malformedJSON:
      CatalogueEntry(
        "The body is not JSON",
        "The body breaks the grammar of RFC 8259. Comments, trailing commas, NaN, Infinity and "
          + "numbers too large for a double are not JSON.",
        "Correct the place that the detail names by line, column and JSON Pointer. In Python, "
          + "json.dumps(..., allow_nan=False) refuses to write what is not JSON.")
    case .malformedCSV:
      CatalogueEntry(
        "The body is not a table",
        "The body is neither text in columns (separated by commas, tabs, semicolons, bars or spaces, "
          + "in UTF-8) nor JSON of a known shape, or its rows differ in length.",
        "Correct the line that the detail names. Send files by curl --data-binary @FILE, because -d "
          + "removes the line ends; name other columns by x_column and y_column.")
    case .requestTimeout:
      CatalogueEntry(
        "The request did not arrive in time",
        "The head or the body of the request was not complete within its time limit.",
        "Send it again. On a slow line send a smaller body, or ask for larger limits "
          + "(head_timeout_s, body_timeout_s).")
    case .payloadTooLarge:
      CatalogueEntry(
        "The body is too large",
        "The body has more bytes than max_body_bytes allows, or than the path takes: only what is "
          + "posted to /fit, /evaluate and /simulate has a body.",
        "Split the curves over several requests, or ask for a larger limit; elsewhere send no body."
      )
    case .uriTooLong:
      CatalogueEntry(
        "The request target is too long",
        "The path and the query string have more bytes than the server reads.",
        "Send the options in a JSON body.")
    case .unsupportedMediaType:
      CatalogueEntry(
        "The body's media type is not understood",
        "A body is JSON (application/json, or lines of it) or a table (text/csv, "
          + "text/tab-separated-values, text/plain, text/markdown), without Content-Encoding.",
        "Set the field Content-Type: curl -H 'content-type: text/csv' --data-binary @curve.csv.")
    case .expectationFailed:
      CatalogueEntry(
        "The expectation cannot be met",
        "The field Expect asks for something other than 100-continue.",
        "Leave the field out.")
    case .headerFieldsTooLarge:
      CatalogueEntry(
        "The head is too large",
        "The request line and the fields together have more bytes than max_head_bytes allows.",
        "Leave out cookies and other fields that this service does not read.")
    case .notImplemented:
      CatalogueEntry(
        "The method or the transfer coding is not implemented",
        "The request uses a method or a transfer coding that this server does not know.",
        "Use the methods of openapi.yaml, and no transfer coding but chunked.")
    case .httpVersionNotSupported:
      CatalogueEntry(
        "The HTTP version is not supported",
        "This server speaks HTTP/1.1 and answers HTTP/1.0.",
        "Let the client, or the proxy in front, speak HTTP/1.1.")
    case .unauthorized:
      CatalogueEntry(
        "An API key is needed",
        "The request has no API key, or one that is unknown or revoked.",
        "Send the field Authorization: Bearer KEY. The operator makes keys with bnsl key add.")
    case .forbiddenOrigin:
      CatalogueEntry(
        "This origin is not allowed",
        "A page of another site sent this request. Any page that somebody visits could do so, so only "
          + "the server's own pages and the origins in cors_origins may.",
        "Add the page's origin to cors_origins, or call the service from a program.")
    case .notFound:
      CatalogueEntry(
        "There is nothing here",
        "No resource has this path.",
        "See openapi.yaml at /openapi.yaml for the paths.")
    case .methodNotAllowed:
      CatalogueEntry(
        "The method is not allowed here",
        "The path exists, but not for this method.",
        "Use one of the methods in the answer's field Allow.")
    case .notAcceptable:
      CatalogueEntry(
        "No acceptable form of the answer",
        "The answer exists in several media types, but in none that the field Accept or the "
          + "option format allows.",
        "Accept one of application/json, text/csv, image/svg+xml and text/plain, or leave it out.")
    case .misdirectedRequest:
      CatalogueEntry(
        "The request is for another host",
        "The server listens on a loopback address only, or allowed_hosts is set, and the field Host "
          + "names neither the loopback nor one of these hosts. Such requests are refused, because a "
          + "web page could let its own host name resolve to this server.",
        "Call it as localhost or 127.0.0.1, or add the name to allowed_hosts.")
    case .ambiguousColumns:
      CatalogueEntry(
        "It is unclear which columns are meant",
        "Several columns of the table may be x or y, and nothing tells which of them is meant. The "
          + "detail lists them.",
        "Add the option that the detail names, such as y_column=val_loss in the query or "
          + "--y-column val_loss on the command line. POST /read and `bnsl read` show the columns.")
    case .invalidRequest:
      CatalogueEntry(
        "The request is invalid",
        "The body is well-formed, but members are missing, unknown, duplicate, of the wrong kind or "
          + "out of range. The first 10 faults are listed in errors, by JSON Pointer or by line.",
        "Correct the places in errors. The contract is at /openapi.yaml.")
    case .tooFewPoints:
      CatalogueEntry(
        "Too few points",
        "A fit needs at least 3 distinct x, and with n breaks asked for at least 3n + 3 points.",
        "Add points, or ask for fewer breaks.")
    case .cannotFit:
      CatalogueEntry(
        "No law could be fitted",
        "Each point is valid, but no law could be fitted to them with these options.",
        "Look at the detail. Another objective, fewer fixed constants or wider bounds may help.")
    case .idempotencyConflict:
      CatalogueEntry(
        "The Idempotency-Key was used for another request",
        "An earlier request with this key had another path, query, Content-Type or body, so this one "
          + "is not its repetition.",
        "Use a new key for a new request.")
    case .jobNotFound:
      CatalogueEntry(
        "There is no such job",
        "No job has this id: it was deleted, was removed after the retention time, belongs to another "
          + "API key, or never existed.",
        "Submit it again. Equal requests are answered from stored results where they exist.")
    case .jobNotFinished:
      CatalogueEntry(
        "The job is not finished",
        "The result was asked for while the job is queued or running.",
        "Ask again after Retry-After, or send Prefer: wait=10, or follow the job's events.")
    case .jobCancelled:
      CatalogueEntry(
        "The job was cancelled",
        "The job ended without a result, because it was cancelled, or the only client that waited for "
          + "it disconnected.",
        "Submit it again. With an Idempotency-Key or Prefer: respond-async it continues when the "
          + "client disconnects."
      )
    case .jobFailed:
      CatalogueEntry(
        "The job failed",
        "The fit ended by a fault of the service. The cause is in its log, with the job's id.",
        "Tell the operator the job's id. Sending the request again will probably not help.")
    case .jobTimeout:
      CatalogueEntry(
        "The job ran out of time",
        "The job was stopped at its time limit (timeout_s, or job_timeout_s of the server).",
        "Ask for less: fewer breaks or resamples, intervals none, fewer curves. Or allow more time by "
          + "timeout_s.")
    case .resultTooLarge:
      CatalogueEntry(
        "The result is too large",
        "The job succeeded, but its result has more bytes than max_output_bytes allows, so it was not "
          + "stored.",
        "Ask for fewer predictions or curves, or split the curves over several requests, or ask for "
          + "a larger limit.")
    case .rateLimited:
      CatalogueEntry(
        "Too many requests",
        "This client has sent more requests in a minute than it may (field RateLimit-Policy).",
        "Wait for Retry-After. One request can hold several curves (curves).")
    case .tooManyJobs:
      CatalogueEntry(
        "Too many unfinished jobs",
        "This client (an API key, or else an address) has as many queued and running jobs as one "
          + "client may have (queue_limit_per_client).",
        "Wait for one of them, or for Retry-After. One request can hold several curves (curves).")
    case .queueFull:
      CatalogueEntry(
        "The queue is full",
        "As many jobs wait as the queue can hold (queue_capacity), so this one was not accepted.",
        "Send it again after Retry-After.")
    case .unavailable:
      CatalogueEntry(
        "The service is not available",
        "The server is stopping, or its store cannot be written (full, read-only, or locked by another "
          + "process), or a limit of the server is reached (max_body_bytes_total, max_waiters).",
        "Send it again after Retry-After. /readyz gives the reason.")
    case .internalError:
      CatalogueEntry(
        "The service has a fault",
        "The request failed by a fault of the service. The cause is in its log, with the request_id.",
        "Tell the operator the request_id.")
    }
  }
}
