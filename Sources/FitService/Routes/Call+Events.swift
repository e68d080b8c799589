import Fits
import HTTP
import HTTPTypes
import Jobs

// GET /jobs/{id}/events: the job as server-sent events (HTML standard, section 9.2).

extension Call {
  /// Sends events until the job is final, the client's API key is revoked, or the service stops:
  /// `state` and `progress` hold the job, `result` holds the answer of `/jobs/{id}/result`.
  ///
  /// The id of an event depends on the job alone, so any process can resume a stream after the id
  /// in `Last-Event-ID`.
  func events() async throws(Problem) -> Response {
    guard Accept(head.fields[.accept]).choose(from: [.eventStream]) != nil else {
      throw Problem(.notAcceptable, "The events of a job come as text/event-stream.")
    }
    let id = try jobID()
    var last = head.fields[.lastEventID].flatMap(Int.init) ?? 0
    let job = try await waited(for: id, atMost: .zero).job
    // 204 tells a client that has the last event not to reconnect.
    if job.state.isFinal, last >= JobEventID.result {
      return Response(status: .noContent, fields: [.cacheControl: "no-store"])
    }
    // The field cannot name the last events of a job that is not final.
    if !job.state.isFinal { last = min(last, JobEventID.final - 1) }
    let jobs = try await queue { queue throws(JobError) in
      try await queue.changes(of: id, owner: owner, client: caller.account)
    }
    guard let jobs else { throw .unknownJob }
    return Response(
      status: .ok,
      fields: [
        .contentType: "text/event-stream", .cacheControl: "no-store", .accelBuffering: "no",
      ],
      body: .stream { [last] writer in
        try await write(jobs, after: last, to: EventWriter(body: writer))
      })
  }

  private func write(
    _ jobs: AsyncStream<Job>, after last: Int, to events: EventWriter
  ) async throws {
    try await events.begin()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await events.beat(while: isAllowed) }
      group.addTask {
        var last = last
        for await job in jobs {
          let number = JobEventID.number(of: job)
          guard number > last else { continue }
          guard isAllowed() else { return }
          try await self.write(job, number, after: last, to: events)
          last = number
        }
      }
      // One of the tasks ends after the last event, or when the client has disconnected.
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  /// Whether the client may still receive events: its API key has not been revoked.
  private func isAllowed() -> Bool { api.isValid(owner) }

  private func write(
    _ job: Job, _ number: Int, after last: Int, to events: EventWriter
  ) async throws {
    let plain = JSONWriter.bytes(of: JobDocument(job: job))
    guard job.state.isFinal else {
      try await events.send(job.progress > 0 ? "progress" : "state", number, plain)
      return
    }
    let format = ResultFormat.json(points: false, curve: false)
    guard job.state == .succeeded else {
      try await events.send("state", number, try await document(of: AwaitedJob(job: job), format))
      return
    }
    if last < JobEventID.final { try await events.send("state", JobEventID.final, plain) }
    try await events.send(
      "result", number, try await resultBytes(of: AwaitedJob(job: job), format))
  }
}

/// The ids of a job's events, which increase while the job progresses.
private enum JobEventID {
  /// The state of a job that has succeeded; greater than all ids of progress, which are per cents.
  static let final = 103
  /// The last event.
  static let result = 104

  /// The id of the latest event of a job in this state.
  static func number(of job: Job) -> Int {
    switch job.state {
    case .queued: 1
    case .running: 2 + Int((min(max(job.progress, 0), 1) * 100).rounded(.down))
    case .succeeded, .failed, .cancelled: result
    }
  }
}

/// Writes events to a body, and comments that keep the connection alive.
private struct EventWriter {
  /// Half of the usual timeout of proxies.
  private static let heartbeat = Duration.seconds(15)

  let body: BodyWriter

  /// Tells the client after how many milliseconds to reconnect.
  func begin() async throws { try await write("retry: 1000\n\n") }

  func send(_ name: String, _ id: Int, _ data: [UInt8]) async throws {
    // The JSON of this service has no line breaks, so one `data` field suffices.
    try await body.write(
      Array("event: \(name)\nid: \(id)\ndata: ".utf8) + data + Array("\n\n".utf8))
  }

  /// Writes comments until it is cancelled, or `isAllowed` returns false.
  func beat(while isAllowed: () -> Bool) async throws {
    while true {
      try await SuspendingClock().sleep(for: Self.heartbeat)
      guard isAllowed() else { return }
      try await write(": still here\n\n")
    }
  }

  private func write(_ text: String) async throws { try await body.write(Array(text.utf8)) }
}
