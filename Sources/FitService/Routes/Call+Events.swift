import Fits
import HTTP
import HTTPTypes
import Jobs

// GET /jobs/{id}/events: the job as server-sent events (HTML standard, section 9.2).

extension Call {
  /// Tells of the job until it is final, the reader's API key is revoked, or the service stops:
  /// `state` and `progress` with the job, `result` with what
  /// `/jobs/{id}/result` answers.
  ///
  /// The id of an event follows from the job alone, so a reader that comes back with
  /// `Last-Event-ID` is told what it has missed by any process.
  func events() async throws(Problem) -> Response {
    guard Accept(head.fields[.accept]).choose(from: [.eventStream]) != nil else {
      throw Problem(.notAcceptable, "The events of a job come as text/event-stream.")
    }
    let id = try jobID()
    var last = head.fields[.lastEventID].flatMap(Int.init) ?? 0
    let job = try await waited(for: id, atMost: .zero).job
    // A reader that has seen the end and asks again is told by 204 to stop.
    if job.state.isFinal, last >= JobEventID.result {
      return Response(status: .noContent, fields: [.cacheControl: "no-store"])
    }
    // Nobody has seen the end of a job that goes on, whatever the field says.
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
      // The first to end is the reader's loop, or whichever finds the client gone.
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  /// Whether the reader may still be told: its API key has not been revoked.
  private func isAllowed() -> Bool { api.isValid(owner) }

  private func write(
    _ job: Job, _ number: Int, after last: Int, to events: EventWriter
  ) async throws {
    let plain = JSONWriter.bytes(of: JobDocument(job: job))
    guard job.state.isFinal else {
      try await events.send(job.progress > 0 ? "progress" : "state", number, plain)
      return
    }
    let face = Face.json(points: false, curve: false)
    guard job.state == .succeeded else {
      try await events.send("state", number, try await document(of: AwaitedJob(job: job), face))
      return
    }
    if last < JobEventID.final { try await events.send("state", JobEventID.final, plain) }
    try await events.send(
      "result", number, try await resultBytes(of: AwaitedJob(job: job), face))
  }
}

/// The numbers of a job's events: they grow as the job moves on.
private enum JobEventID {
  /// That the job has succeeded; the percentages of its progress lie below.
  static let final = 103
  /// The last event: who has seen it has seen everything.
  static let result = 104

  /// The number of the last event that the job is worth.
  static func number(of job: Job) -> Int {
    switch job.state {
    case .queued: 1
    case .running: 2 + Int((min(max(job.progress, 0), 1) * 100).rounded(.down))
    case .succeeded, .failed, .cancelled: result
    }
  }
}

/// Writes events to a body, a comment now and then so that nobody takes the stream for dead.
private struct EventWriter {
  /// Half of what proxies usually wait.
  private static let heartbeat = Duration.seconds(15)

  let body: BodyWriter

  /// Says after how many milliseconds a client that lost the stream comes back.
  func begin() async throws { try await write("retry: 1000\n\n") }

  func send(_ name: String, _ id: Int, _ data: [UInt8]) async throws {
    // JSON of this service has no line ends, so it is one field.
    try await body.write(
      Array("event: \(name)\nid: \(id)\ndata: ".utf8) + data + Array("\n\n".utf8))
  }

  /// Writes comments until it is cancelled or the reader may not be told any more.
  func beat(while isAllowed: () -> Bool) async throws {
    while true {
      try await ContinuousClock().sleep(for: Self.heartbeat)
      guard isAllowed() else { return }
      try await write(": still here\n\n")
    }
  }

  private func write(_ text: String) async throws { try await body.write(Array(text.utf8)) }
}
