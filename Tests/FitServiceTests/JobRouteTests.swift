import Jobs
import Testing

@testable import FitService
@testable import Fits

@Suite("Job routes")
struct JobRouteTests {
  /// The id of a job that is done.
  private func finishedJob(_ api: TestAPI, seed: Int = 0) async throws -> String {
    try #require(try await api.fit(FitRequestTests.body(#""seed":\#(seed)"#))["id"])
  }

  /// Routes whose jobs wait for the gate, and a job that does.
  private func held() async throws -> (api: TestAPI, gate: WorkGate, id: String) {
    let gate = WorkGate()
    let api = try TestAPI { context in
      try gate.pass(context)
      return try TestAPI.answer()
    }
    let answer = try await api.fit(FitRequestTests.body(""), ["Prefer": "respond-async"])
    return (api, gate, try #require(answer["id"]))
  }

  @Test("a result has a strong tag and is not sent again to who has it")
  func revalidation() async throws {
    let api = try TestAPI()
    let path = "/jobs/\(try await finishedJob(api))/result"
    let first = try await api.send("GET", path)
    let tag = try #require(first[field: "ETag"])
    #expect(first.status == 200)
    #expect(!tag.hasPrefix("W/"))
    let again = try await api.send("GET", path, ["If-None-Match": "\"other\", \(tag)"])
    #expect(again.status == 304)
    #expect(again.body.isEmpty)
    #expect(again[field: "ETag"] == tag)
    let withPoints = try await api.send("GET", path + "?include=points", ["If-None-Match": tag])
    #expect(withPoints.status == 200)
    #expect(withPoints[field: "ETag"] != tag)
  }

  @Test("a result that is not there yet is 409, and can be waited for")
  func unfinished() async throws {
    let (api, gate, id) = try await held()
    let early = try await api.send("GET", "/jobs/\(id)/result")
    #expect(early.status == 409)
    #expect(early["code"] == "job_not_finished")
    #expect(early[field: "Retry-After"] == "1")
    gate.open()
    let late = try await api.send("GET", "/jobs/\(id)/result", ["Prefer": "wait=60"])
    #expect(late.status == 200)
  }

  @Test("cancelling is idempotent, and the result is gone")
  func cancel() async throws {
    let (api, _, id) = try await held()
    for _ in 0..<2 {
      let answer = try await api.send("POST", "/jobs/\(id)/cancel")
      #expect(answer.status == 200)
      #expect(answer["state"] == "cancelled")
    }
    let result = try await api.send("GET", "/jobs/\(id)/result")
    #expect(result.status == 410)
    #expect(result["code"] == "job_cancelled")
  }

  @Test("a result that never came is gone, which is no failure of the service now")
  func failed() async throws {
    struct Fault: Error {}
    let gate = WorkGate()
    let api = try TestAPI { context in
      if String(decoding: context.payload, as: UTF8.self).contains("fault") { throw Fault() }
      try gate.pass(context)
      return try TestAPI.answer()
    }
    let fault = try await api.fit(FitRequestTests.body(#""labels":{"a":"fault"}"#))
    let timeout = try await api.fit(FitRequestTests.body(#""timeout_s":0.01"#))
    #expect((fault.status, timeout.status) == (500, 504))
    for (answer, code) in [(fault, "job_failed"), (timeout, "job_timeout")] {
      let result = try await api.send("GET", "/jobs/\(try #require(answer["job_id"]))/result")
      #expect(result.status == 410)
      #expect(result["status"] == "410")
      #expect(result["code"] == code)
    }
    gate.open()
  }

  @Test("a plot may use its own styles, and nothing else")
  func plotPolicy() async throws {
    let api = try TestAPI()
    let path = "/jobs/\(try await finishedJob(api))/result?format=svg"
    #expect(
      try await api.send("GET", path)[field: "Content-Security-Policy"]
        == "default-src 'none'; style-src 'unsafe-inline'")
  }

  @Test("a finished job stays as it is when it is cancelled")
  func cancelFinished() async throws {
    let api = try TestAPI()
    let id = try await finishedJob(api)
    #expect(try await api.send("POST", "/jobs/\(id)/cancel")["state"] == "succeeded")
  }

  @Test("a deleted job is forgotten")
  func delete() async throws {
    let api = try TestAPI()
    let id = try await finishedJob(api)
    #expect(try await api.send("DELETE", "/jobs/\(id)").status == 204)
    #expect(try await api.send("GET", "/jobs/\(id)").status == 404)
    #expect(try await api.send("DELETE", "/jobs/\(id)").status == 404)
  }

  @Test(
    "a job that there is not is 404",
    arguments: [
      ("GET", "/jobs/nonsense"), ("GET", "/jobs/01m9zzzzzzzzzzzzzzzzzzzzzz"),
      ("GET", "/jobs/nonsense/result"), ("POST", "/jobs/nonsense/cancel"),
      ("DELETE", "/jobs/nonsense"),
    ])
  func unknown(method: String, path: String) async throws {
    let answer = try await TestAPI().send(method, path)
    #expect(answer.status == 404)
    #expect(answer["code"] == "job_not_found")
  }

  @Test("jobs are listed newest first, page by page")
  func list() async throws {
    let api = try TestAPI()
    var ids: [String] = []
    for seed in 0..<3 { ids.append(try await finishedJob(api, seed: seed)) }
    let first = try await api.send("GET", "/jobs?limit=2&state=succeeded")
    #expect(first["jobs/0/id"] == ids[2])
    #expect(first["jobs/1/id"] == ids[1])
    #expect(first["jobs/2/id"] == nil)
    let cursor = try #require(first["next"])
    let link = "</jobs?state=succeeded&limit=2&cursor=\(cursor)>; rel=\"next\""
    #expect(first[field: "Link"] == link)
    let second = try await api.send("GET", "/jobs?state=succeeded&limit=2&cursor=\(cursor)")
    #expect(second["jobs/0/id"] == ids[0])
    #expect(second["next"] == "null")
    #expect(second[field: "Link"] == nil)
    #expect(try await api.send("GET", "/jobs?state=queued")["jobs"] == "[]")
  }

  @Test(
    "a listing that makes no sense is refused",
    arguments: [
      ("state=done", "/state"), ("limit=0", "/limit"), ("limit=1001", "/limit"),
      ("cursor=x", "/cursor"), ("stat=queued", "/stat"),
    ])
  func faultyList(query: String, pointer: String) async throws {
    let answer = try await TestAPI().send("GET", "/jobs?\(query)")
    #expect(answer.status == 422)
    #expect(answer["errors/0/pointer"] == pointer)
  }
}
