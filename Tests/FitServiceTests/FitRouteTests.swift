import Foundation
import HTTP
import Jobs
import Locks
import TestSupport
import Testing

@testable import FitService
@testable import Fits

@Suite("POST /fit")
struct FitRouteTests {
  @Test("a fit is answered with its result and where that stays")
  func result() async throws {
    let answer = try await TestAPI().fit()
    #expect(answer.status == 200)
    #expect(answer["state"] == "succeeded")
    #expect(
      answer["created_at"]?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
    #expect(answer["model/form"] == "bnsl")
    let id = try #require(answer["id"])
    #expect(answer["links/result"] == "/jobs/\(id)/result")
    #expect(answer[field: "Content-Location"] == "/jobs/\(id)/result")
    #expect(answer[field: "Content-Type"] == "application/json")
    #expect(answer[field: "Cache-Control"] == "private")
    #expect(answer[field: "Vary"] == "Accept, Prefer, Authorization")
    #expect(answer[field: "ETag"]?.contains(Engine.version) == true)
    #expect(answer[field: "Preference-Applied"] == nil)
  }

  @Test("the time that resamples take is told apart from that of the fit")
  func timing() async throws {
    let api = try TestAPI { try FitWork.run($0) }
    let curve = #""x":[1,2,4,8,16,32],"y":[3,2,1.5,1.2,1.1,1.05],"breaks":0"#
    let plain = try await api.fit("{\(curve)}")
    #expect(plain["timing_ms/fit"] != nil)
    #expect(plain["timing_ms/intervals"] == nil)
    let resampled = try await api.fit("{\(curve),\"intervals\":{\"method\":\"bootstrap\"}}")
    for part in ["queued", "fit", "intervals"] {
      let time = try #require(resampled["timing_ms/" + part].flatMap { Double($0) })
      #expect(time >= 0)
    }
    #expect(resampled["timing_ms/intervals"] != "0")
  }

  @Test("the points are repeated only when asked for")
  func includePoints() async throws {
    let api = try TestAPI()
    #expect(try await api.fit()["request/x"] == nil)
    let answer = try await api.send(
      "POST", "/fit?include=points", body: FitRequestTests.body(#""seed":1"#))
    #expect(answer["request/x"] == "[1,2,4]")
    #expect(answer["request/breaks"] == "auto")
    #expect(answer["links/self"] != nil)
  }

  @Test(
    "a body is what its type says, and what `curl -d` sends is JSON",
    arguments: [
      ("application/json", FitRequestTests.body("")),
      ("application/json; charset=utf-8", FitRequestTests.body("")),
      ("application/x-www-form-urlencoded", " \r\n\t" + FitRequestTests.body("")),
      ("", FitRequestTests.body("")),
      ("text/csv", "x,y\n1,3\n2,2\n4,1.5\n"),
      ("text/csv; charset=UTF-8; header=absent", "1,3\n2,2\n4,1.5\n"),
      ("text/plain", "step loss\n1 3\n2 2\n4 1.5\n"),
      ("text/markdown", "| step | loss |\n|---|---|\n| 1 | 3 |\n| 2 | 2 |\n| 4 | 1.5 |\n"),
      ("application/x-ndjson", #"{"step":1,"loss":3}"# + "\n" + #"{"step":2,"loss":2}"#),
      ("application/x-www-form-urlencoded", "x;y\n1;3\n2;2\n4;1,5\n"),
    ])
  func mediaTypes(type: String, body: String) async throws {
    let fields = type.isEmpty ? [:] : ["Content-Type": type]
    #expect(try await TestAPI().fit(body, fields).status == 200)
  }

  @Test(
    "what cannot be a request for a fit is refused with its reason",
    arguments: [
      ("image/png", "1,2", 415, "unsupported_media_type", "text/csv"),
      ("application/json; charset=latin1", "{}", 415, "unsupported_media_type", "UTF-8"),
      ("nonsense", "{}", 415, "unsupported_media_type", "application/json"),
      ("", "x,y1,2", 400, "malformed_csv", "--data-binary"),
      ("application/json", "{", 400, "malformed_json", "line 1, column 2"),
      ("application/json", "{}{}", 400, "malformed_json", "line 1, column 3"),
      ("application/json", "", 400, "malformed_json", "the text ends"),
      ("text/csv", "x,y1,22,3", 400, "malformed_csv", "--data-binary"),
      ("application/json", "[]", 422, "invalid_request", "must be an object"),
      ("application/json", "{}", 422, "invalid_request", "has no points"),
    ])
  func refusals(
    type: String, body: String, status: Int, code: String, reason: String
  ) async throws {
    let answer = try await TestAPI().fit(body, type.isEmpty ? [:] : ["Content-Type": type])
    #expect(answer.status == status)
    #expect(answer["code"] == code)
    #expect(answer["detail"]?.contains(reason) == true, "\(answer.body)")
    #expect(answer[field: "Content-Type"] == "application/problem+json")
    #expect(answer["request_id"] == answer[field: "X-Request-Id"])
  }

  @Test("every fault of a body is in one answer")
  func allFaults() async throws {
    let answer = try await TestAPI().fit(
      #"{"x":[1,-2,4],"y":[1,2],"predikt":[8],"breaks":9}"#)
    #expect(answer.status == 422)
    #expect(answer["errors/0/pointer"] == "/breaks" || answer["errors/0/pointer"] == "/x/1")
    for pointer in ["/x/1", "/breaks", "/predikt"] {
      #expect(answer.body.contains(#""pointer":"\#(pointer)""#), "\(answer.body)")
    }
  }

  @Test("options stand in the query or in the body, not in both")
  func queryOptions() async throws {
    let api = try TestAPI { try FitWork.run($0) }
    let merged = try await api.send("POST", "/fit?seed=7", body: FitRequestTests.body(""))
    #expect(merged.status == 200)
    #expect(merged["request/seed"] == "7")
    let twice = try await api.send(
      "POST", "/fit?seed=7", body: FitRequestTests.body(#""seed":7"#))
    #expect(twice["errors/0/pointer"] == "/seed")
    let column = try await api.send("POST", "/fit?x_column=n", body: FitRequestTests.body(""))
    #expect(column["errors/0/pointer"] == "/x_column")
    let table = try await api.send(
      "POST", "/fit?x_column=n", ["Content-Type": "text/csv"], body: "x,y\n1,2\n")
    #expect(table.status == 422)
    #expect(table["errors/0/pointer"] == "/x_column")
  }

  @Test("who does not want to wait gets the job", arguments: ["respond-async", "wait=0"])
  func respondAsync(preference: String) async throws {
    let gate = WorkGate()
    let api = try TestAPI { context in
      try gate.pass(context)
      return try TestAPI.answer()
    }
    let answer = try await api.fit(
      FitRequestTests.body(#""labels":{"task":"addition"}"#), ["Prefer": preference])
    #expect(answer.status == 202)
    let id = try #require(answer["id"])
    #expect(answer[field: "Location"] == "/jobs/\(id)")
    #expect(answer[field: "Retry-After"] == "1")
    #expect(answer[field: "Preference-Applied"] == preference)
    #expect(answer[field: "Cache-Control"] == "no-store")
    #expect(["queued", "running"].contains(answer["state"]))
    #expect(answer["labels/task"] == "addition")
    gate.open()
    let done = try await api.send("GET", "/jobs/\(id)", ["Prefer": "wait=60"])
    #expect(done["state"] == "succeeded")
    #expect(done["result/id"] == id)
    #expect(done[field: "Preference-Applied"] == "wait=60")
  }

  @Test("the wait is bounded by the longest that is allowed")
  func longestWait() async throws {
    let api = try TestAPI(wait: (.seconds(1), .seconds(2)))
    let answer = try await api.fit(FitRequestTests.body(""), ["Prefer": "wait=99999999999999999"])
    #expect(answer.status == 200)
    #expect(answer[field: "Preference-Applied"] == "wait=2")
  }

  @Test("equal content is answered from the store, unless a new fit is asked for")
  func reuse() async throws {
    let api = try TestAPI()
    let first = try await api.fit()
    let second = try await api.fit(#"{"points":[[2,2],[1,3],[4,1.5]]}"#)
    #expect(first[field: "Cache-Status"] == nil)
    #expect(second[field: "Cache-Status"] == "bnsl; hit")
    #expect(first["id"] == second["id"])
    #expect(second[field: "Content-Location"] == first[field: "Content-Location"])
    let labelled = try await api.fit(FitRequestTests.body(#""labels":{"task":"addition"}"#))
    #expect(labelled["id"] != first["id"])
    let named = try await api.fit(FitRequestTests.body(""), ["Idempotency-Key": "k1"])
    #expect(named["id"] != first["id"])
    #expect(named[field: "Cache-Status"] == "bnsl; hit")
    // How long a job may run changes no number.
    let hurried = try await api.fit(FitRequestTests.body(#""timeout_s":60"#))
    #expect(hurried["id"] == first["id"])
    let anew = try await api.fit(
      FitRequestTests.body(""), ["Cache-Control": "max-age=0, No-Cache"])
    #expect(anew[field: "Cache-Status"] == nil)
  }

  @Test("bytes that come again mean what the path, the type and the query make of them")
  func repeatedBytes() async throws {
    let api = try TestAPI { try FitWork.run($0) }
    let body = #"{"x":[1,2,4,8,16,32],"y":[3,2,1.5,1.2,1.1,1.05],"breaks":0}"#
    for _ in 0..<2 {
      #expect(try await api.fit(body)["request/seed"] == "0")
      let seeded = try await api.send("POST", "/fit?seed=7", body: body)
      #expect(seeded["request/seed"] == "7")
      #expect(try await api.fit("x,y\n1,2\n", ["Content-Type": "application/json"]).status == 400)
      let simulated = try await api.send("POST", "/simulate", body: body)
      #expect(simulated.status == 422)
    }
  }

  @Test("data that cannot be fitted are a problem with the job's id")
  func failure() async throws {
    let api = try TestAPI { _ in
      .failed(
        .reported,
        JSONWriter.bytes(
          of: FitFailure(code: .tooFewPoints, detail: "There are two.", pointer: "/x")))
    }
    let answer = try await api.fit()
    #expect(answer.status == 422)
    #expect(answer["code"] == "too_few_points")
    #expect(answer["errors/0/pointer"] == "/x")
    let id = try #require(answer["job_id"])
    #expect(try await api.send("GET", "/jobs/\(id)/result")["code"] == "too_few_points")
    let job = try await api.send("GET", "/jobs/\(id)")
    #expect(job.status == 200)
    #expect(job["state"] == "failed")
    #expect(job["error/code"] == "too_few_points")
  }

  @Test("our own fault is one sentence, its cause is kept from the client")
  func ownFault() async throws {
    struct Secret: Error {}
    let answer = try await TestAPI(run: { _ in throw Secret() }).fit()
    #expect(answer.status == 500)
    #expect(answer["code"] == "job_failed")
    #expect(!answer.body.contains("Secret"))
  }

  @Test("a job whose time limit passes while waiting is 504")
  func timeout() async throws {
    let gate = WorkGate()
    let api = try TestAPI { context in
      try gate.pass(context)
      return try TestAPI.answer()
    }
    let answer = try await api.fit(FitRequestTests.body(#""timeout_s":0.01"#))
    #expect(answer.status == 504)
    #expect(answer["code"] == "job_timeout")
    gate.open()
  }

  @Test("a full queue is 503 with the time to come back")
  func queueFull() async throws {
    let gate = WorkGate()
    let api = try TestAPI(capacity: 1) { context in
      try gate.pass(context)
      return try TestAPI.answer()
    }
    var answers: [TestAPI.Answer] = []
    // One runs and one waits; how soon the first starts to run is not settled.
    for seed in 0..<10 {
      answers.append(
        try await api.fit(
          FitRequestTests.body(#""seed":\#(seed)"#), ["Prefer": "respond-async"]))
    }
    gate.open()
    let refused = try #require(answers.first { $0.status != 202 })
    #expect(refused.status == 503)
    #expect(refused["code"] == "queue_full")
    #expect(refused[field: "Retry-After"] != nil)
  }

  @Test("an address with its share of the queue is 429 with the time to come back, others are not")
  func shareTaken() async throws {
    let gate = WorkGate()
    let api = try TestAPI(capacityPerClient: 2) { context in
      try gate.pass(context)
      return try TestAPI.answer()
    }
    func ask(_ seed: Int, from peer: String) async throws -> TestAPI.Answer {
      try await api.send(
        "POST", "/fit", ["Prefer": "respond-async"],
        body: FitRequestTests.body(#""seed":\#(seed)"#), from: peer)
    }
    for seed in 0..<2 { #expect(try await ask(seed, from: "192.0.2.1").status == 202) }
    let refused = try await ask(2, from: "192.0.2.1")
    #expect(refused.status == 429)
    #expect(refused["code"] == "too_many_jobs")
    #expect(refused[field: "Retry-After"] != nil)
    #expect(try await ask(2, from: "192.0.2.2").status == 202)
    gate.open()
  }

  @Test("a result that is larger than allowed is 422, with the remedy")
  func tooLarge() async throws {
    let answer = try await TestAPI(maxOutputBytes: 100).fit()
    #expect(answer.status == 422)
    #expect(answer["code"] == "result_too_large")
    #expect(answer["detail"]?.contains("max_output_bytes") == true)
  }

  @Test("a store that cannot be written is 503 with the time to come back, until it can be")
  func fullStore() async throws {
    let store = try FullStore()
    let api = try TestAPI(store: store)
    store.isFull.withLock { $0 = true }
    let refused = try await api.fit()
    #expect(refused.status == 503)
    #expect(refused["code"] == "unavailable")
    #expect(refused["detail"] == "The disk of the store is full.")
    #expect(refused[field: "Retry-After"] == "5")
    let unready = try await api.send("GET", "/readyz")
    #expect(unready.status == 503)
    #expect(unready["reasons/0"] == "the disk of the store is full")
    #expect(try await api.send("GET", "/metrics").body.contains("bnsl_store_healthy 0\n"))
    store.isFull.withLock { $0 = false }
    #expect(try await api.fit().status == 200)
    #expect(try await api.send("GET", "/readyz").status == 200)
  }
}

/// A store in memory that can be full.
private struct FullStore: JobStore {
  let isFull = Locked(false)
  private let memory: SQLiteStore

  init() throws { memory = try SQLiteStore() }

  func write<Value: Sendable>(
    within patience: Duration, _ body: @escaping @Sendable (JobTables) throws -> Value,
    completion: @escaping @Sendable (Result<Value, JobStoreError>) -> Void
  ) {
    memory.write(within: patience) { [isFull] tables in
      if isFull.withLock({ $0 }) { throw JobStoreError.full(path: "secret") }
      return try body(tables)
    } completion: {
      completion($0)
    }
  }

  func read<Value: Sendable>(
    _ body: @escaping @Sendable (JobTables) throws -> Value
  ) async throws(JobStoreError) -> Value {
    try await memory.read(body)
  }

  func verify(_ completion: @escaping @Sendable (JobStoreError?) -> Void) {}

  func close() { memory.close() }
}
