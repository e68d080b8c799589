import Foundation
import Jobs
import TestSupport
import Testing

@testable import FitService
@testable import Fits

@Suite("Repeated requests, and clients that disconnect")
struct RepeatedRequestTests {
  @Test("an idempotency key names one job, and one request")
  func idempotency() async throws {
    let api = try TestAPI()
    let key = ["Idempotency-Key": "k1"]
    let first = try await api.fit(FitRequestTests.body(""), key)
    #expect(try await api.fit(FitRequestTests.body(""), key)["id"] == first["id"])
    // Any difference makes it another request: in the body, though the same is meant, in the query,
    // the path, or what the body is written in.
    let others = [
      try await api.fit(FitRequestTests.body("") + " ", key),
      try await api.send("POST", "/fit?seed=1", key, body: FitRequestTests.body("")),
      try await api.fit(
        FitRequestTests.body(""), key.merging(["Content-Type": "application/json"]) { $1 }),
    ]
    for other in others {
      #expect(other.status == 422)
      #expect(other["code"] == "idempotency_conflict")
    }
    let bad = try await api.fit(FitRequestTests.body(""), ["Idempotency-Key": "a b"])
    #expect(bad.status == 400)
  }

  @Test("a request is recognised by its key also by a service with other settings")
  func idempotencyAcrossRestart() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "api-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    var ids: [String?] = []
    // The time limit is what a setting decides of a request.
    for timeout in [3_600.0, 50] {
      let api = try TestAPI(timeout: timeout, store: SQLiteStore(directory: folder.path))
      ids.append(try await api.fit(FitRequestTests.body(""), ["Idempotency-Key": "k1"])["id"])
      await api.queue.halt(within: .zero)
    }
    #expect(ids[0] != nil)
    #expect(ids[0] == ids[1])
  }

  @Test(
    "a client that goes away takes its job with it, but not one with an Idempotency-Key",
    arguments: [nil, "k1"])
  func abandoned(key: String?) async throws {
    let gate = WorkGate()
    let api = try TestAPI { context in
      try gate.pass(context)
      return try TestAPI.answer()
    }
    let fields = key.map { ["Idempotency-Key": $0] } ?? [:]
    let waiting = Task { try await api.fit(FitRequestTests.body(""), fields) }
    let id = try await api.firstJob()
    waiting.cancel()
    _ = try await waiting.value
    let isCancelled = try await api.queue.job(id)?.state == .cancelled
    #expect(isCancelled == (key == nil))
    // The same request again finds the job, or has it run again.
    gate.open()
    let again = try await api.fit(FitRequestTests.body(""), fields)
    #expect(again.status == 200)
    #expect((again["id"] == "\(id)") == (key != nil))
  }

  @Test("a client that goes away leaves the job to another that repeated the request")
  func abandonedByOne() async throws {
    let gate = WorkGate()
    let api = try TestAPI { context in
      try gate.pass(context)
      return try TestAPI.answer()
    }
    let key = ["Idempotency-Key": "k1"]
    let first = Task { try await api.fit(FitRequestTests.body(""), key) }
    _ = try await api.firstJob()
    let second = Task { try await api.fit(FitRequestTests.body(""), key) }
    await api.events.until { $0.count == 2 }
    first.cancel()
    _ = try await first.value
    gate.open()
    #expect(try await second.value.status == 200)
  }

  @Test("a job that was cancelled runs again when its request is repeated")
  func repeatedAfterCancellation() async throws {
    let gate = WorkGate()
    let api = try TestAPI { context in
      try gate.pass(context)
      return try TestAPI.answer()
    }
    let key = ["Idempotency-Key": "k1"]
    let accepted = try await api.fit(
      FitRequestTests.body(""), key.merging(["Prefer": "respond-async"]) { $1 })
    let id = try #require(accepted["id"])
    _ = try await api.send("POST", "/jobs/\(id)/cancel")
    gate.open()
    #expect(try await api.fit(FitRequestTests.body(""), key).status == 200)
  }
}
