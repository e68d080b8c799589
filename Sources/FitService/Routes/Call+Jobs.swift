import Fits
import HTTP
import HTTPTypes
import Jobs

// Jobs and their results. A job that does not exist, or that has another owner, is answered with
// 404.

extension Call {
  func listJobs() async throws(Problem) -> Response {
    let faults = Faults()
    let query = JSONField(
      .object(JSONObject(query: head.target.rawQuery ?? "", faults: faults)), faults: faults)
    var state: JobState?
    var limit = 50
    var cursor: JobID?
    _ = query.object { fields in
      state = fields["state"]?.oneOf(JobState.allCases, named: \.name)
      limit = fields["limit"]?.integer(in: 1...1_000) ?? limit
      cursor = fields["cursor"].flatMap(Self.cursor)
      return ()
    }
    if let problem = Problem(faults) { throw problem }
    let page = try await queue { queue throws(JobError) in
      try await queue.list(owner: owner, state: state, limit: limit, cursor: cursor)
    }
    // Writing a thousand jobs takes more than a millisecond.
    let json = await aside {
      var json = JSONWriter()
      json.object {
        $0.member("jobs", page.jobs.map { JobDocument(job: $0) })
        $0.member("next", page.next?.description)
      }
      return json.bytes
    }
    var response = Response(json: json)
    if let next = page.next {
      let filter = state.map { "state=\($0.name)&" } ?? ""
      response.fields[.link] = "</jobs?\(filter)limit=\(limit)&cursor=\(next)>; rel=\"next\""
    }
    return response
  }

  private static func cursor(_ field: JSONField) -> JobID? {
    guard let text = field.value.string, let id = JobID(text) else {
      return field.refuse(expected: "the `next` of another page")
    }
    return id
  }

  func job() async throws(Problem) -> Response {
    let format = try ResultFormat(head)
    guard case .json = format else {
      throw Problem(.notAcceptable, "A job comes as application/json; its result has other forms.")
    }
    let preferences = Preferences(head.fields[.prefer])
    let awaited = try await waited(
      for: try jobID(), atMost: waitLimit(preferences, usual: .zero))
    let job = awaited.job
    var response = Response(json: try await document(of: awaited, format))
    response.fields[.preferenceApplied] = applied(preferences, to: job)
    if !job.state.isFinal { response.fields[.retryAfter] = "1" }
    return response
  }

  func result() async throws(Problem) -> Response {
    let format = try ResultFormat(head)
    let preferences = Preferences(head.fields[.prefer])
    let awaited = try await waited(
      for: try jobID(), atMost: waitLimit(preferences, usual: .zero))
    let job = awaited.job
    guard job.state.isFinal else {
      throw Problem(
        .jobNotFinished,
        "The job is \(job.state.name): ask again, or with `Prefer: wait`.",
        jobID: "\(job.id)", retryAfterSeconds: 1)
    }
    var response: Response
    do throws(Problem) {
      response = try await answer(awaited, format, ifNoneMatch: head.fields[.ifNoneMatch])
    } catch {
      throw error.ofThePast
    }
    response.fields[.preferenceApplied] = applied(preferences, to: job)
    return response
  }

  func cancelJob() async throws(Problem) -> Response {
    let id = try jobID()
    let job = try await queue { queue throws(JobError) in
      try await queue.cancel(id, owner: owner)
    }
    guard let job else { throw .unknownJob }
    return Response(json: JSONWriter.bytes(of: JobDocument(job: job)))
  }

  func deleteJob() async throws(Problem) -> Response {
    let id = try jobID()
    let isDeleted = try await queue { queue throws(JobError) in
      try await queue.delete(id, owner: owner)
    }
    guard isDeleted else { throw .unknownJob }
    return Response(status: .noContent)
  }

  // MARK: Representations of a job

  /// The response to a request for a result: the result, why there is none, or 202.
  ///
  /// When the client's copy is current by `ifNoneMatch`, the response is 304 and nothing is drawn.
  func answer(
    _ awaited: AwaitedJob, _ format: ResultFormat, ifNoneMatch: String? = nil
  ) async throws(Problem) -> Response {
    let job = awaited.job
    let links = JobLinks(job)
    if job.state == .cancelled {
      throw Problem(.jobCancelled, "The job was cancelled.", jobID: "\(job.id)")
    }
    guard job.state.isFinal else {
      var response = Response(
        status: .accepted, json: JSONWriter.bytes(of: JobDocument(job: job)))
      response.fields[.location] = links.job
      response.fields[.retryAfter] = "1"
      return response
    }
    if job.kind != FitWork.kind {
      guard case .json = format else { throw .onlyJSON }
    }
    var response = Response(
      status: .ok,
      fields: [
        .contentType: format.mediaType, .cacheControl: "private", .contentLocation: links.result,
        .eTag: FitDocument.entityTag(of: job, format),
      ])
    // A second defence beside escaping, since pages of this origin keep API keys.
    if case .svg = format { response.fields[.contentSecurityPolicy] = Response.onlyOwnStyles }
    if job.state == .succeeded { response.revalidate(ifNoneMatch) }
    if response.status == .ok {
      response.body = .bytes(try await resultBytes(of: awaited, format))
    }
    return response
  }

  /// The job with its result or its problem.
  func document(of awaited: AwaitedJob, _ format: ResultFormat) async throws(Problem) -> [UInt8] {
    let job = awaited.job
    var document = JobDocument(job: job)
    if job.state == .succeeded || job.state == .failed {
      do throws(Problem) {
        document.result = try await resultBytes(of: awaited, format)
      } catch {
        guard error.jobID != nil else { throw error }
        var problem = error
        problem.requestID = caller.requestID
        document.problem = JSONWriter.bytes(of: problem)
      }
    }
    let written = document
    guard written.result?.count ?? 0 > Self.quickBytes else { return JSONWriter.bytes(of: written) }
    return await aside { JSONWriter.bytes(of: written) }
  }

  /// The result in the form asked for.
  ///
  /// - Throws: the problem for which a failed job has no result, with the job's id.
  func resultBytes(
    of awaited: AwaitedJob, _ format: ResultFormat
  ) async throws(Problem) -> [UInt8] {
    let job = awaited.job
    let outcome = try await queue { queue throws(JobError) -> JobOutcome? in
      if let outcome = awaited.outcome { return outcome }
      return try await queue.outcome(job.id, owner: owner)
    }
    switch outcome {
    case .succeeded(let bytes):
      var payload: [UInt8]?
      if StoredResult.needsTask(format) {
        payload = try await queue { queue throws(JobError) in
          try await queue.payload(job.id, owner: owner)
        }
      }
      let draw = { @Sendable [payload] in
        var result = StoredResult(answer: StoredAnswer(bytes: bytes))
        result.task = payload.flatMap(StoredTask.init(payload:))
        return FitDocument(job: job, result: result).bytes(format)
      }
      // Small JSON is copied within microseconds; everything else takes longer.
      if case .json = format, bytes.count <= Self.quickBytes { return draw() }
      return await aside(draw)
    case .failed(let reason, let bytes): throw Problem(reason, bytes, of: job, api.logger)
    // Deleted by another request meanwhile.
    case .cancelled, nil: throw .unknownJob
    }
  }

  /// A number of bytes that is copied in well under a millisecond.
  static let quickBytes = 128 << 10

  // MARK: The queue

  /// The job when it is final or the wait is over.
  func waited(for id: JobID, atMost limit: Duration) async throws(Problem) -> AwaitedJob {
    let awaited = try await queue { queue throws(JobError) in
      try await queue.wait(for: id, owner: owner, client: caller.account, atMost: limit)
    }
    guard let awaited else { throw .unknownJob }
    return awaited
  }

  /// The job that the path names.
  func jobID() throws(Problem) -> JobID {
    guard let id = path["id"].flatMap({ JobID($0) }) else { throw .unknownJob }
    return id
  }
}

extension Problem {
  static let unknownJob = Problem(
    .jobNotFound, "There is no such job: it never existed, was deleted, or has expired.")
}
