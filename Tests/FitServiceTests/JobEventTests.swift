import Foundation
import Jobs
import Locks
import Testing

@testable import FitService
@testable import Fits

@Suite("The events of a job")
struct JobEventTests {
  /// The events of a stream: name, id and data of each.
  private func events(_ text: String) -> [(name: String, id: Int, data: String)] {
    text.components(separatedBy: "\n\n").compactMap { block in
      var fields: [String: String] = [:]
      for line in block.split(separator: "\n") {
        let parts = line.split(separator: ":", maxSplits: 1)
        fields[String(parts[0])] = parts.count == 2 ? String(parts[1].dropFirst()) : ""
      }
      guard let name = fields["event"], let id = fields["id"].flatMap({ Int($0) }) else {
        return nil
      }
      return (name, id, fields["data"] ?? "")
    }
  }

  /// The routes with one job, which waits at a gate.
  private func held(
    isValid: Locked<Bool> = Locked(true), begin: @escaping @Sendable (JobContext) -> Void = { _ in }
  ) async throws -> (api: TestAPI, gate: WorkGate, id: String) {
    let gate = WorkGate()
    let api = try TestAPI(isValid: isValid) { context in
      begin(context)
      try gate.pass(context)
      return try TestAPI.answer()
    }
    let accepted = try await api.fit(FitRequestTests.body(""), ["Prefer": "respond-async"])
    return (api, gate, try #require(accepted["id"]))
  }

  @Test("a finished job is told by its state and its result, and then the stream ends")
  func finished() async throws {
    let api = try TestAPI()
    let id = try #require(try await api.fit()["id"])
    let answer = try await api.send("GET", "/jobs/\(id)/events")
    #expect(answer.status == 200)
    #expect(answer[field: "Content-Type"] == "text/event-stream")
    #expect(answer[field: "Cache-Control"] == "no-store")
    let told = events(try await answer.streamed())
    #expect(told.map(\.name) == ["state", "result"])
    #expect(told.first?.data.contains(#""state":"succeeded""#) == true)
    #expect(told.last?.data == (try await api.send("GET", "/jobs/\(id)/result").body))
  }

  @Test("a running job is told as it goes on, with ids that grow")
  func running() async throws {
    let (api, gate, id) = try await held { $0.report(0.5) }
    let answer = try await api.send("GET", "/jobs/\(id)/events")
    gate.open()
    let told = events(try await answer.streamed())
    #expect(told.count >= 3)
    #expect(told.map(\.id) == told.map(\.id).sorted())
    #expect(Set(told.map(\.id)).count == told.count)
    #expect(told.suffix(2).map(\.name) == ["state", "result"])
  }

  @Test("who comes back is told what it has missed, and 204 when that is nothing")
  func resumed() async throws {
    let api = try TestAPI()
    let id = try #require(try await api.fit()["id"])
    let all = events(try await api.send("GET", "/jobs/\(id)/events").streamed())
    let running = try await api.send("GET", "/jobs/\(id)/events", ["Last-Event-ID": "2"])
    #expect(events(try await running.streamed()).map(\.id) == all.map(\.id))
    let last = try #require(all.last?.id)
    let done = try await api.send("GET", "/jobs/\(id)/events", ["Last-Event-ID": "\(last)"])
    #expect(done.status == 204)
    for (seen, missed) in [
      (101, ["state", "result"]), (102, ["state", "result"]), (103, ["result"]),
    ] {
      let rest = try await api.send("GET", "/jobs/\(id)/events", ["Last-Event-ID": "\(seen)"])
      #expect(events(try await rest.streamed()).map(\.name) == missed, "after \(seen)")
    }
    let nonsense = try await api.send("GET", "/jobs/\(id)/events", ["Last-Event-ID": "x"])
    #expect(events(try await nonsense.streamed()).count == all.count)
  }

  @Test(
    "whatever a reader says it has seen, it gets the result", arguments: [2, 102, 103, 104, 999])
  func resumedWhileRunning(seen: Int) async throws {
    let (api, gate, id) = try await held()
    let answer = try await api.send("GET", "/jobs/\(id)/events", ["Last-Event-ID": "\(seen)"])
    gate.open()
    #expect(events(try await answer.streamed()).suffix(2).map(\.name) == ["state", "result"])
  }

  @Test("a job that failed tells why in its last state")
  func failed() async throws {
    let api = try TestAPI { try FitWork.run($0) }
    let id = try #require(try await api.fit(#"{"x":[1,2],"y":[2,1]}"#)["job_id"])
    let told = events(try await api.send("GET", "/jobs/\(id)/events").streamed())
    #expect(told.map(\.name) == ["state"])
    #expect(told.first?.data.contains(#""code":"too_few_points""#) == true)
    let last = try #require(told.last?.id)
    let done = try await api.send("GET", "/jobs/\(id)/events", ["Last-Event-ID": "\(last)"])
    #expect(done.status == 204)
  }

  @Test("a reader that is gone ends the stream, not the job")
  func gone() async throws {
    let (api, gate, id) = try await held()
    let answer = try await api.send("GET", "/jobs/\(id)/events")
    let reading = Task { try await answer.streamed() }
    reading.cancel()
    // It ends although the job does not.
    let told = try? await reading.value
    #expect(told?.contains("event: result") != true)
    let state = try #require(try await api.send("GET", "/jobs/\(id)")["state"])
    #expect(["queued", "running"].contains(state))
    gate.open()
  }

  @Test("a reader whose API key is revoked is told no more")
  func revoked() async throws {
    let isValid = Locked(true)
    let (api, gate, id) = try await held(isValid: isValid)
    let answer = try await api.send("GET", "/jobs/\(id)/events")
    isValid.withLock { $0 = false }
    gate.open()
    #expect(events(try await answer.streamed()).isEmpty)
  }

  @Test("a stop ends the stream with the job's last state, and the job goes on")
  func stopped() async throws {
    let (api, gate, id) = try await held()
    let answer = try await api.send("GET", "/jobs/\(id)/events")
    api.queue.stopTaking(answeringAllWithin: .zero)
    let told = events(try await answer.streamed())
    #expect(told.map(\.name) == ["state"])
    #expect(["queued", "running"].contains(try await api.send("GET", "/jobs/\(id)")["state"]))
    gate.open()
  }

  @Test(
    "what cannot be told is refused",
    arguments: [("nonsense", "*/*", 404), ("", "application/json", 406)])
  func refused(name: String, accept: String, status: Int) async throws {
    let api = try TestAPI()
    let id = try #require(try await api.fit()["id"])
    let path = "/jobs/\(name.isEmpty ? id : name)/events"
    #expect(try await api.send("GET", path, ["Accept": accept]).status == status)
  }
}
