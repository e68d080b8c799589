extension ProblemCode {
  /// The title of this problem, the same in every answer (RFC 9457 §3.1.3).
  public var title: String { entry.title }

  /// What it means and how to mend it.
  var entry: CatalogueEntry {
    switch self {
    case .badRequest:
      CatalogueEntry(
        "The request is not well-formed HTTP",
        "The request line, a field or the framing of the body breaks a rule of RFC 9110 or 9112. "
          + "The connection is closed, because nobody can know where the next request begins.",
        "Send the request with an ordinary HTTP client. The detail names the rule.")
    case .malformedJSON:
      CatalogueEntry(
        "The body is not JSON",
        "The body breaks the grammar of RFC 8259. Comments, trailing commas, NaN, Infinity and "
          + "numbers too large for a double are not JSON.",
        "Mend the place that the detail names by line, column and JSON Pointer. In Python, "
          + "json.dumps(..., allow_nan=False) refuses to write what is not JSON.")
    case .malformedCSV:
      CatalogueEntry(
        "The body is no table",
        "The body is neither text in columns (separated by commas, tabs, semicolons, bars or spaces, "
          + "in UTF-8) nor JSON of a known shape, or its rows differ in length.",
        "Mend the line that the detail names. Send files by curl --data-binary @FILE, because -d "
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
        "The field Expect asks for something else than 100-continue.",
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
        "This origin may not do that",
        "A page of another site asks for a change. Any page that somebody visits could send "
          + "such requests, so only the server's own pages and the origins in cors_origins may.",
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
        "The server listens on the loopback interface only, or has allowed_hosts, and the field Host "
          + "names neither the loopback nor one of these. It refuses, because a page could let its own "
          + "name point here.",
        "Call it as localhost or 127.0.0.1, or add the name to allowed_hosts.")
    case .ambiguousColumns:
      CatalogueEntry(
        "Columns of the table may mean the same",
        "Several columns of the table may be x or y, and nothing says which of them is meant. The "
          + "detail lists them.",
        "Add the option that the detail names, such as y_column=val_loss in the query or "
          + "--y-column val_loss on the command line. POST /read and `bnsl read` show the columns.")
    case .invalidRequest:
      CatalogueEntry(
        "The request does not make sense",
        "The body is well-formed, but members are missing, unknown, doubled, of the wrong kind or "
          + "out of range. All of them are listed in errors, by JSON Pointer or by line.",
        "Mend the places in errors. The contract is at /openapi.yaml.")
    case .tooFewPoints:
      CatalogueEntry(
        "Too few points",
        "A fit needs at least 3 distinct x, and with n breaks asked for at least 3n + 3 points.",
        "Add points, or ask for fewer breaks.")
    case .cannotFit:
      CatalogueEntry(
        "No law could be fitted",
        "The points are fine one by one, but no law with finite constants could be fitted to them.",
        "Look at the detail. Another objective, fewer fixed constants or wider bounds may help.")
    case .idempotencyConflict:
      CatalogueEntry(
        "The Idempotency-Key was used for another request",
        "A request with this key came before, with another path, query, Content-Type or body, so this "
          + "cannot be its repetition.",
        "Use a new key for a new request.")
    case .jobNotFound:
      CatalogueEntry(
        "There is no such job",
        "No job has this id: it was deleted, or forgotten after its time of retention, or belongs "
          + "to another API key, or never was.",
        "Submit it again. Equal requests are answered from stored results where they exist.")
    case .jobNotFinished:
      CatalogueEntry(
        "The job is not finished",
        "The result was asked for while the job is queued or running.",
        "Ask again after Retry-After, or send Prefer: wait=10, or follow the job's events.")
    case .jobCancelled:
      CatalogueEntry(
        "The job was cancelled",
        "The job ended without a result, because it was cancelled or the only client that waited for it "
          + "went away.",
        "Submit it again; with an Idempotency-Key, or Prefer: respond-async, it goes on without you."
      )
    case .jobFailed:
      CatalogueEntry(
        "The job failed",
        "The fit ended by a fault of ours. The cause is in the server's log, with the job's id.",
        "Tell the operator the job's id. Sending it again may help, but probably does not.")
    case .jobTimeout:
      CatalogueEntry(
        "The job ran out of time",
        "The job was stopped at its time limit (timeout_s, or job_timeout_s of the server).",
        "Ask for less: fewer breaks or resamples, intervals none, fewer curves. Or allow more time "
          + "with timeout_s.")
    case .resultTooLarge:
      CatalogueEntry(
        "The result is too large",
        "The job was done, but its result has more bytes than max_output_bytes allows, so it was not "
          + "kept.",
        "Ask for fewer predictions or curves, or split the curves over several requests, or ask for "
          + "a larger limit.")
    case .rateLimited:
      CatalogueEntry(
        "Too many requests",
        "This client has sent more requests in a minute than it may (field RateLimit-Policy).",
        "Wait for Retry-After. Several curves fit in one request (curves).")
    case .tooManyJobs:
      CatalogueEntry(
        "Too many unfinished jobs",
        "This client, an API key or else an address, has as many jobs queued or running as one client "
          + "may (queue_limit_per_client), so that others have a share of the queue.",
        "Wait for one of them, or for Retry-After. Several curves fit in one request (curves).")
    case .queueFull:
      CatalogueEntry(
        "The queue is full",
        "As many jobs wait as the server may hold, so this one was not accepted.",
        "Send it again after Retry-After.")
    case .unavailable:
      CatalogueEntry(
        "The service is not available",
        "The server is stopping, or its store cannot be written (full, read-only, or held by another "
          + "process), or it holds as many bodies or waiting clients as it may.",
        "Send it again after Retry-After. /readyz says what is missing.")
    case .internalError:
      CatalogueEntry(
        "The server made a mistake",
        "Something went wrong on our side. The cause is in the server's log, with the request_id.",
        "Tell the operator the request_id.")
    }
  }
}
