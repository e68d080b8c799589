import Foundation
import Testing

@testable import FitService
@testable import Fits

@Suite("Service routes")
struct ServiceRouteTests {
  @Test(
    "the state and the documentation of the service can be had",
    arguments: [
      ("/", "text/plain; charset=utf-8", "/openapi.yaml"),
      ("/healthz", "application/json", #"{"status":"ok"}"#),
      ("/readyz", "application/json", #"{"ready":true,"reasons":[]}"#),
      ("/version", "application/json", #""engine_version":"\#(Engine.version)""#),
      ("/version", "application/json", #""sqlite_version":"3."#),
      ("/openapi.yaml", "application/yaml", "openapi: 3.1"),
      ("/problems/too_few_points", "text/plain; charset=utf-8", "too_few_points"),
    ])
  func pages(path: String, type: String, content: String) async throws {
    let api = try TestAPI()
    let answer = try await api.send("GET", path)
    #expect(answer.status == 200)
    #expect(answer[field: "Content-Type"] == type)
    #expect(answer.body.contains(content))
    #expect(answer[field: "X-Content-Type-Options"] == "nosniff")
    #expect(try await api.send("HEAD", path).status == 200)
  }

  @Test("a browser gets the explanation of a problem as a page")
  func htmlPage() async throws {
    let answer = try await TestAPI().send(
      "GET", "/problems/few_scales", ["Accept": "text/html,*/*;q=0.8"])
    #expect(answer[field: "Content-Type"] == "text/html; charset=utf-8")
    #expect(answer[field: "Content-Security-Policy"]?.hasPrefix("default-src 'none'") == true)
  }

  @Test("every code that an answer can carry is explained")
  func codes() async throws {
    let api = try TestAPI()
    for code in ProblemPage.codes {
      #expect(try await api.send("GET", "/problems/\(code)").status == 200, "\(code)")
    }
    #expect(try await api.send("GET", "/problems/nonsense").status == 404)
  }

  @Test("a service that stops is not ready, but alive")
  func stopping() async throws {
    let api = try TestAPI(isStopping: true)
    let answer = try await api.send("GET", "/readyz")
    #expect(answer.status == 503)
    #expect(answer["reasons/0"] == "the service is stopping")
    #expect(try await api.send("GET", "/healthz").status == 200)
  }

  @Test(
    "a path knows its methods",
    arguments: [
      ("/fit", "OPTIONS, POST"), ("/jobs", "GET, HEAD, OPTIONS"),
      ("/jobs/x", "DELETE, GET, HEAD, OPTIONS"), ("/jobs/x/cancel", "OPTIONS, POST"),
    ])
  func methods(path: String, allowed: String) async throws {
    let api = try TestAPI()
    #expect(try await api.send("OPTIONS", path)[field: "Allow"] == allowed)
    let refused = try await api.send("PATCH", path)
    #expect(refused.status == 405)
    #expect(refused["code"] == "method_not_allowed")
    #expect(refused[field: "Allow"] == allowed)
    #expect(try await api.send("GET", path + "/").status == 404)
  }

  @Test(
    "only what is posted to a law or a fit has a body, and an evaluation a small one",
    arguments: [
      ("GET", "/healthz", 1, 413), ("GET", "/", 1, 413), ("GET", "/jobs", 1, 413),
      ("DELETE", "/jobs/x", 1, 413), ("POST", "/jobs/x/cancel", 1, 413),
      ("POST", "/evaluate", 100_000, 413), ("POST", "/evaluate", 1_000, 400),
      ("POST", "/fit", 100_000, 400), ("POST", "/simulate", 100_000, 400),
      ("POST", "/nowhere", 1, 404), ("POST", "/jobs", 1, 405),
    ])
  func bodies(method: String, path: String, length: Int, status: Int) async throws {
    let answer = try await TestAPI().send(
      method, path, body: String(repeating: " ", count: length))
    #expect(answer.status == status)
    if status == 413 { #expect(answer["code"] == "payload_too_large") }
  }

  @Test(
    "a body in a coding is refused with the codings that there are, another type without",
    arguments: ["/fit", "/evaluate", "/simulate"])
  func codings(path: String) async throws {
    let api = try TestAPI()
    for (fields, codings) in [
      (["Content-Encoding": "gzip"], "identity"), (["Content-Type": "image/png"], nil),
    ] as [([String: String], String?)] {
      let answer = try await api.send("POST", path, fields, body: "{}")
      #expect(answer.status == 415)
      #expect(answer[field: "Accept-Encoding"] == codings)
    }
  }

  @Test("openapi.yaml is served as it stands, and not again to who has it")
  func openAPI() async throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../openapi.yaml")
    let api = try TestAPI()
    let answer = try await api.send("GET", "/openapi.yaml")
    #expect(Array(answer.body.utf8) == Array(try Data(contentsOf: file)))
    let tag = try #require(answer[field: "ETag"])
    #expect(try await api.send("GET", "/openapi.yaml", ["If-None-Match": tag]).status == 304)
  }

  @Test(
    "a request keeps its name when that is sane, and gets one otherwise",
    arguments: [
      ("abc-1_2.X", true), (String(repeating: "a", count: 128), true),
      (String(repeating: "a", count: 129), false), ("a b", false), ("a\"b", false),
    ])
  func requestID(name: String, isKept: Bool) async throws {
    let answer = try await TestAPI().send("GET", "/nowhere", ["X-Request-Id": name])
    let given = try #require(answer[field: "X-Request-Id"])
    #expect((given == name) == isKept)
    #expect(answer["request_id"] == given)
  }
}
