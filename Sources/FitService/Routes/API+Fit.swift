import Dispatch
import HTTP
import HTTPTypes
import Jobs

// POST /fit: the body becomes a job, and the job's result, if it comes in time, the answer.

extension API {
  /// Refuses by the head what no body could mend.
  func judgeFit(_ head: RequestHead) -> Response? {
    judge(head, takesTables: true) { _ in true }
  }

  /// Refuses a body whose format is not taken, and a form of the answer that there is not.
  func judge(
    _ head: RequestHead, takesTables: Bool, offers: (Face) -> Bool
  ) -> Response? {
    do throws(Problem) {
      _ = try BodyFormat(head.fields, takesTables: takesTables)
      guard offers(try Face(head)) else { throw .onlyJSON }
      return nil
    } catch {
      var response = Response(error)
      // Tells that it is the coding, and not the media type (RFC 9110 section 12.5.3).
      if BodyFormat.isCoded(head.fields) { response.fields[.acceptEncoding] = "identity" }
      return response
    }
  }

  func fit(_ request: Request) async throws(Problem) -> Response {
    let face = try Face(request.head)
    let work = try await work(FitWork.kind, of: request) { body throws(Problem) in
      let task = try body.task(within: limits)
      return PostedWork(
        kind: FitWork.kind, payload: task.payload, labels: task.labels, timeout: task.timeout)
    }
    return try await answer(await jobRequest(work, request), request, face)
  }

  /// Shows how a table is read: no fit, no job.
  func readTable(_ request: Request) async throws(Problem) -> Response {
    let rowLimit = limits.totalPoints
    let json = try await read(FitBody(request)) { body throws(Problem) in
      JSONWriter.bytes(of: try body.preview(rowLimit: rowLimit))
    }
    return Response(json: json)
  }

  /// Submits a job and answers with its result, or with the job when the wait is over.
  func answer(
    _ jobRequest: JobRequest, _ request: Request, _ face: Face
  ) async throws(Problem) -> Response {
    let preferences = Preferences(request.fields[.prefer])
    let submission = try await queue { queue throws(JobError) in
      try await queue.submit(jobRequest)
    }
    let awaited = try await wait(for: submission, preferences)
    var response = try await answer(awaited, face)
    if submission.origin == .hit { response.fields[.cacheStatus] = "bnsl; hit" }
    response.fields[.preferenceApplied] = applied(preferences, to: awaited.job)
    return response
  }

  // MARK: From the body to a job

  /// The work that a body asks for; a body that came lately is not read again.
  func work(
    _ kind: String, of request: Request,
    _ decode: @escaping @Sendable (FitBody) throws(Problem) -> PostedWork
  ) async throws(Problem) -> PostedWork {
    let posted = PostedWork.Key(kind: kind, body: try FitBody(request))
    // Looking up a larger one would hash it on the connection's queue.
    let isSmall = posted.body.bytes.count <= 16_384
    if isSmall, let known = recent.withLock({ $0.use(posted) }) { return known }
    let work = try await read(posted.body, decode)
    if isSmall {
      recent.withLock {
        $0.insert(work, for: posted, size: posted.body.bytes.count + work.payload.count)
      }
    }
    return work
  }

  /// Reads a body beside the connection's queue: how long that takes depends on what the body
  /// asks for, not on its size.
  func read<Value: Sendable>(
    _ body: FitBody, _ decode: @escaping @Sendable (FitBody) throws(Problem) -> Value
  ) async throws(Problem) -> Value {
    try await aside { Result { () throws(Problem) in try decode(body) } }.get()
  }

  /// Computes beside the queue of the connection, where milliseconds hold up other clients.
  func aside<Value: Sendable>(_ compute: @escaping @Sendable () -> Value) async -> Value {
    await awaitValue { give in DispatchQueue.global().async { give(compute()) } }
  }

  /// The job that does some work for the caller, shared with requests of the same payload.
  func jobRequest(_ work: PostedWork, _ request: Request) async throws(Problem) -> JobRequest {
    JobRequest(
      kind: work.kind, owner: owner, client: caller.account, payload: work.payload,
      contentKey: work.contentKey, idempotencyKey: try await idempotencyKey(request),
      labels: work.labels, reference: caller.reference, timeLimit: .seconds(work.timeout),
      reuse: !CacheControl(request.fields[.cacheControl]).noCache)
  }

  /// The client's name for the request, bound to the request as it came: what this version of the
  /// service makes of it is no matter, so a repetition may reach a later one.
  private func idempotencyKey(_ request: Request) async throws(Problem) -> IdempotencyKey? {
    guard let key = request.fields[.idempotencyKey] else { return nil }
    guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
      throw Problem(
        .badRequest, "`Idempotency-Key` must be 1 to 255 visible ASCII characters without spaces.")
    }
    let target = [request.target.rawPath, request.target.rawQuery ?? ""].joined(separator: "?")
    let head = [request.method.rawValue, target, request.fields[.contentType] ?? ""]
    let message = Array((head.joined(separator: "\n") + "\n").utf8) + request.body
    // A large one takes milliseconds.
    let hash =
      message.count <= 16_384
      ? SHA256.digest(of: message) : await aside { SHA256.digest(of: message) }
    return IdempotencyKey(key: key, bodyHash: hash)
  }

  // MARK: Waiting

  /// The job when it is done or the wait is over.
  private func wait(
    for submission: Submission, _ preferences: Preferences
  ) async throws(Problem) -> AwaitedJob {
    let job = submission.job
    if job.state.isFinal { return AwaitedJob(job: job, result: submission.result) }
    let limit = patience(preferences, usual: wait.usual)
    let later = try await waited(for: job.id, atMost: limit)
    // The client has gone, which its task is told by.
    if Task.isCancelled {
      try await queue { queue throws(JobError) in try await queue.abandon(job.id, owner: owner) }
    }
    return later
  }

  /// What of the client's preferences was followed (RFC 7240 section 3).
  func applied(_ preferences: Preferences, to job: Job) -> String? {
    if preferences.respondAsync, !job.state.isFinal { return "respond-async" }
    guard preferences.wait != nil else { return nil }
    return "wait=\(patience(preferences, usual: wait.usual).components.seconds)"
  }

  /// How long the client is held.
  func patience(_ preferences: Preferences, usual: Duration) -> Duration {
    let wanted = preferences.wait.map { Duration.seconds(min($0, 86_400)) }
    return min(wanted ?? (preferences.respondAsync ? .zero : usual), wait.longest)
  }
}
