import Fits
import HTTP
import HTTPTypes
import Jobs
import Locks

// POST /fit: submits the body as a job, and answers with its result if it ends in time.

extension Call {
  func fit() throws(Problem) -> Route.Reply {
    let bodyFormat = try BodyFormat(head.fields, takesTables: true)
    let format = try ResultFormat(head)
    return { request throws(Problem) in
      let work = try await work(FitWork.kind, FitBody(bodyFormat, request)) {
        body throws(Problem) in
        let task = try body.task(within: api.limits)
        return PostedWork(
          kind: FitWork.kind, payload: task.payload, labels: task.labels, timeout: task.timeout)
      }
      return try await answer(await jobRequest(work, request), format)
    }
  }

  /// Answers how a body is read, without a fit or a job.
  func readTable() throws(Problem) -> Route.Reply {
    let format = try BodyFormat(head.fields, takesTables: true)
    _ = try ResultFormat(head)
    return { request throws(Problem) in
      let json = try await read(FitBody(format, request)) { body throws(Problem) in
        JSONWriter.bytes(of: try body.preview(within: api.limits))
      }
      return Response(json: json)
    }
  }

  /// Submits a job and answers with its result, or with the job when the wait is over.
  func answer(
    _ jobRequest: JobRequest, _ format: ResultFormat
  ) async throws(Problem) -> Response {
    let preferences = Preferences(head.fields[.prefer])
    let submission = try await queue { queue throws(JobError) in
      try await queue.submit(jobRequest)
    }
    let awaited = try await wait(for: submission, preferences)
    var response = try await answer(awaited, format)
    if submission.origin == .hit { response.fields[.cacheStatus] = "bnsl; hit" }
    response.fields[.preferenceApplied] = applied(preferences, to: awaited.job)
    return response
  }

  // MARK: From the body to a job

  /// The work that a body asks for.
  func work(
    _ kind: String, _ body: FitBody,
    _ decode: @escaping @Sendable (FitBody) throws(Problem) -> PostedWork
  ) async throws(Problem) -> PostedWork {
    let posted = PostedWork.Key(kind: kind, body: body)
    // The look-up hashes the body, on the connection's queue.
    let isSmall = body.bytes.count <= 16_384
    if isSmall, let work = api.decodedWork.withLock({ $0.use(posted) }) { return work }
    let work = try await read(body, decode)
    if isSmall {
      api.decodedWork.withLock {
        $0.insert(work, for: posted, size: body.bytes.count + work.payload.count)
      }
    }
    return work
  }

  /// Decodes a body aside, because a small body can take long too.
  func read<Value: Sendable>(
    _ body: FitBody, _ decode: @escaping @Sendable (FitBody) throws(Problem) -> Value
  ) async throws(Problem) -> Value {
    try await aside { Result { () throws(Problem) in try decode(body) } }.get()
  }

  /// Asks the queue for a job that does the work. Jobs with equal payloads share one computation.
  func jobRequest(_ work: PostedWork, _ request: Request) async throws(Problem) -> JobRequest {
    JobRequest(
      kind: work.kind, owner: owner, client: caller.account, payload: work.payload,
      contentKey: work.contentKey, idempotencyKey: try await idempotencyKey(request),
      labels: work.labels, reference: caller.reference, timeLimit: .seconds(work.timeout),
      reuse: !CacheControl(head.fields[.cacheControl]).noCache)
  }

  /// The client's idempotency key, with a hash of the request as received. It does not depend on
  /// how this version of the service decodes the request, so that a retry may reach a later
  /// version.
  private func idempotencyKey(_ request: Request) async throws(Problem) -> IdempotencyKey? {
    guard let key = head.fields[.idempotencyKey] else { return nil }
    guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
      throw Problem(
        .badRequest, "`Idempotency-Key` must be 1 to 255 visible ASCII characters without spaces.")
    }
    let target = [head.target.rawPath, head.target.rawQuery ?? ""].joined(separator: "?")
    let lines = [head.method.rawValue, target, head.fields[.contentType] ?? ""]
    let message = Array((lines.joined(separator: "\n") + "\n").utf8) + request.body
    // Hashing a large body takes milliseconds.
    let hash =
      message.count <= 16_384
      ? SHA256.digest(of: message) : await aside { SHA256.digest(of: message) }
    return IdempotencyKey(key: key, bodyHash: hash)
  }

  // MARK: Waiting

  /// The job when it is final or the wait is over.
  private func wait(
    for submission: Submission, _ preferences: Preferences
  ) async throws(Problem) -> AwaitedJob {
    let job = submission.job
    if job.state.isFinal { return AwaitedJob(job: job, outcome: submission.outcome) }
    let limit = waitLimit(preferences, usual: api.wait.usual)
    let later = try await waited(for: job.id, atMost: limit)
    // A cancelled task means that the client has disconnected.
    if Task.isCancelled {
      try await queue { queue throws(JobError) in try await queue.abandon(job.id, owner: owner) }
    }
    return later
  }

  /// The preferences that were applied (RFC 7240 section 3).
  func applied(_ preferences: Preferences, to job: Job) -> String? {
    if preferences.respondAsync, !job.state.isFinal { return "respond-async" }
    guard preferences.wait != nil else { return nil }
    return "wait=\(waitLimit(preferences, usual: api.wait.usual).components.seconds)"
  }

  /// How long the request may wait for a job.
  func waitLimit(_ preferences: Preferences, usual: Duration) -> Duration {
    let wanted = preferences.wait.map { Duration.seconds(min($0, 86_400)) }
    return min(wanted ?? (preferences.respondAsync ? .zero : usual), api.wait.longest)
  }
}
