import Dispatch
import HTTP
import HTTPTypes
import Jobs

// POST /fit: the body becomes a job, and the job's result, if it comes in time, the answer.

extension API {
  /// Refuses by the head what no body could mend.
  func judgeFit(_ head: RequestHead) -> Response? {
    do throws(Problem) {
      _ = try BodyFormat(head.fields[.contentType])
      _ = try ResultQuery(head)
      return nil
    } catch {
      return Response(error)
    }
  }

  func fit(_ request: Request) async throws(Problem) -> Response {
    let query = try ResultQuery(request.head)
    let preferences = Preferences(request.fields[.prefer])
    let jobRequest = try await jobRequest(for: request)
    let submission = try await queue { queue throws(JobError) in
      try await queue.submit(jobRequest)
    }
    let job = try await wait(for: submission, preferences)
    var response = try await answer(job, includesPoints: query.includesPoints)
    if submission.origin == .hit { response.fields[.cacheStatus] = "bnsl; hit" }
    response.fields[.preferenceApplied] = applied(preferences, to: job)
    return response
  }

  // MARK: From the body to a job

  private func jobRequest(for request: Request) async throws(Problem) -> JobRequest {
    // Small bodies take microseconds; a large one would hold up every client of this queue.
    if request.body.count <= 16_384 { return try decode(request) }
    return try await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(
          returning: Result { () throws(Problem) in try decode(request) })
      }
    }.get()
  }

  private func decode(_ request: Request) throws(Problem) -> JobRequest {
    let decoded = try FitBody(request).request(within: limits)
    let canonical = decoded.canonical
    let key = FitRequest.contentKey(of: canonical)
    var labels = JSONWriter()
    if !decoded.labels.isEmpty { labels.object(decoded.writeLabels) }
    return JobRequest(
      kind: FitWork.kind, owner: owner, payload: canonical.payload, contentKey: key,
      idempotencyKey: try idempotencyKey(request, contentKey: key), labels: labels.bytes,
      timeLimit: .seconds(decoded.timeout),
      reuse: !request.fields.hasDirective("no-cache"))
  }

  private func idempotencyKey(
    _ request: Request, contentKey: String
  ) throws(Problem) -> IdempotencyKey? {
    guard let key = request.fields[.idempotencyKey] else { return nil }
    guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
      throw Problem(
        .badRequest, "`Idempotency-Key` must be 1 to 255 visible ASCII characters without spaces.")
    }
    return IdempotencyKey(key: key, bodyHash: Array(contentKey.utf8))
  }

  // MARK: Waiting

  /// The job when it is done or the wait is over.
  private func wait(
    for submission: Submission, _ preferences: Preferences
  ) async throws(Problem) -> Job {
    let job = submission.job
    if job.state.isFinal { return job }
    let limit = patience(preferences, usual: wait.usual)
    let later = try await waited(for: job.id, atMost: limit)
    // The client is gone: nobody knows the job's name, unless it named the job itself.
    if Task.isCancelled, !later.state.isFinal, submission.origin != .replay {
      _ = try? await queue.cancel(job.id, owner: owner)
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

/// What a body is written in.
enum BodyFormat {
  case json
  case csv
  /// A form, or nothing said: what `curl -d` sends.
  case unsaid

  /// - Throws: `unsupported_media_type`.
  init(_ contentType: String?) throws(Problem) {
    guard let contentType else {
      self = .unsaid
      return
    }
    let type = MediaType(contentType)
    let charset = type?[parameter: "charset"]?.lowercased() ?? "utf-8"
    switch type?.essence {
    case "application/json" where charset == "utf-8": self = .json
    case "text/csv" where ["utf-8", "us-ascii"].contains(charset): self = .csv
    case "application/x-www-form-urlencoded": self = .unsaid
    default:
      throw Problem(
        .unsupportedMediaType,
        "A fit is asked for in application/json or text/csv, both in UTF-8.")
    }
  }
}

/// The body of a fit together with what the query adds to it.
struct FitBody {
  private let format: BodyFormat
  private let bytes: [UInt8]
  private let query: String

  init(_ request: Request) throws(Problem) {
    format = try BodyFormat(request.fields[.contentType])
    bytes = request.body
    query = request.target.rawQuery ?? ""
  }

  /// - Throws: a problem with the place where the syntax is broken, or with every fault.
  func request(within limits: FitRequest.Limits) throws(Problem) -> FitRequest {
    let faults = Faults()
    var options = JSONObject(query: query, faults: faults)
    let columns = options.take(["x_column", "y_column", "include", "format"])
    let request: FitRequest?
    if case .csv = format {
      let table = PointTable(
        csv: bytes, xColumn: columns["x_column"], yColumn: columns["y_column"],
        rowLimit: limits.points, faults: faults)
      if table.lines.isEmpty, let problem = Problem(faults, code: .badRequest) { throw problem }
      request = FitRequestDecoder(limits: limits)
        .decode(JSONField(.object(options), faults: faults), table: table)
    } else {
      let document = try document()
      for name in ["x_column", "y_column"] where columns[name] != nil {
        faults.note(at: .root.appending(name), "names a column of a table, but the body is JSON")
      }
      faults.note(duplicates: document.duplicates)
      var root = document.root
      root.merge(options, faults: faults)
      request = FitRequestDecoder(limits: limits).decode(JSONField(root, faults: faults))
    }
    if let request { return request }
    throw Problem(faults) ?? Problem(.invalidRequest, "The request cannot be understood.")
  }

  private func document() throws(Problem) -> JSONDocument {
    if case .unsaid = format {
      let first = bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
      guard first == UInt8(ascii: "{") else {
        throw Problem(
          .malformedJSON,
          "The body is no JSON object. Send JSON, or a table with `-H 'content-type: text/csv' "
            + "--data-binary @FILE`; `-d` would remove its line ends.")
      }
    }
    do throws(JSONSyntaxError) {
      // How many bytes there may be, the server has judged.
      var limits = JSONDocument.Limits()
      limits.bytes = .max
      return try JSONDocument(bytes, limits: limits)
    } catch {
      throw Problem(error)
    }
  }
}

extension JSONObject {
  /// Removes members that are not options of the fit, and returns their texts.
  fileprivate mutating func take(_ names: [String]) -> [String: String] {
    var taken: [String: String] = [:]
    members.removeAll { member in
      guard names.contains(member.name), case .text(let text) = member.value else { return false }
      taken[member.name] = text
      return true
    }
    return taken
  }
}

extension JSONValue {
  /// Adds the options of a query to a body; what stands in both is noted.
  fileprivate mutating func merge(_ options: JSONObject, faults: Faults) {
    guard case .object(var object) = self else { return }
    for option in options.members {
      if object[option.name] != nil {
        faults.note(at: .root.appending(option.name), "stands in the query and in the body")
      } else {
        object.members.append(option)
      }
    }
    self = .object(object)
  }
}

extension HTTPFields {
  /// Whether `Cache-Control` has a directive (RFC 9111 section 5.2).
  fileprivate func hasDirective(_ directive: String) -> Bool {
    (self[.cacheControl] ?? "").split(separator: ",").contains {
      $0.trimmingPrefix { $0 == " " || $0 == "\t" }.lowercased().prefix { $0 != " " } == directive
    }
  }
}
