import HTTPTypes
import Testing

@testable import HTTP

@Suite("Router")
struct RouterTests {
  /// Every endpoint answers with its name and its parameters.
  private let router: Router = {
    var router = Router { refusal in
      Response(status: refusal.status, body: .bytes(Array(refusal.reason.utf8)))
    }
    func add(_ method: HTTPRequest.Method, _ template: String, _ names: String...) {
      router.add(method, template) { _, parameters in
        let values = names.map { "\($0)=\(parameters[$0])" }
        return Response(
          status: .ok,
          body: .bytes(Array(([template] + values).joined(separator: " ").utf8)))
      }
    }
    add(.get, "/")
    add(.get, "/jobs")
    add(.get, "/jobs/{id}", "id")
    add(.delete, "/jobs/{id}", "id")
    add(.get, "/jobs/{id}/{part}", "id", "part")
    add(.get, "/jobs/{id}/result", "id")
    add(.get, "/jobs/latest")
    router.add(
      .post, "/fit", traits: .open, bodyLimit: 20,
      judge: { $0.contentLength ?? 0 > 10 ? Response(status: .contentTooLarge) : nil }
    ) { request, _ in
      Response(status: .created, body: .bytes(request.body))
    }
    return router
  }()

  private func answer(_ method: String, _ target: String, body: String = "") async throws
    -> Response
  {
    var parser = RequestParser(limits: .init(), client: Address(host: "192.0.2.1", port: 1))
    let length = body.isEmpty ? "" : "Content-Length: \(body.utf8.count)\r\n"
    parser.feed(Array("\(method) \(target) HTTP/1.1\r\nHost: a\r\n\(length)\r\n\(body)".utf8))
    guard case .head(let head) = parser.next(), case .request(let request) = parser.next() else {
      throw RouterFailure.notARequest
    }
    if let judged = router.match(head).judge(head).refusal { return judged }
    return await router.respond(to: request)
  }

  private enum RouterFailure: Error { case notARequest }

  @Test(
    "a path finds the most definite template",
    arguments: [
      ("/", "/"), ("/?a=b", "/"), ("/jobs", "/jobs"), ("/jobs/7", "/jobs/{id} id=7"),
      ("/jobs/latest", "/jobs/latest"), ("/jobs/a%2Fb", "/jobs/{id} id=a/b"),
      ("/jobs/7/result", "/jobs/{id}/result id=7"),
      ("/jobs/7/svg", "/jobs/{id}/{part} id=7 part=svg"), ("/j%6Fbs", "/jobs"),
      ("http://a/jobs", "/jobs"),
    ])
  func match(target: String, body: String) async throws {
    let answer = try await answer("GET", target)
    #expect(answer.status == .ok)
    #expect(answer.text == body)
    #expect(answer.route == body.split(separator: " ").first.map(String.init))
  }

  @Test(
    "a path that is not there is 404 by its head",
    arguments: [
      "/x", "/jobs/", "//", "//jobs", "/jobs/7/", "/jobs//result", "/JOBS", "/x/../jobs",
      "/fit/",
    ])
  func notFound(target: String) async throws {
    let answer = try await answer("GET", target)
    #expect(answer.status == .notFound)
    #expect(answer.route == nil)
  }

  @Test(
    "another method is 405 with Allow, by its head",
    arguments: [
      ("POST", "/jobs", "GET, HEAD, OPTIONS"), ("PUT", "/jobs/7", "DELETE, GET, HEAD, OPTIONS"),
      ("GET", "/fit", "OPTIONS, POST"), ("HEAD", "/fit", "OPTIONS, POST"),
      ("TRACE", "/", "GET, HEAD, OPTIONS"), ("DELETE", "/jobs/latest", "GET, HEAD, OPTIONS"),
    ])
  func notAllowed(method: String, target: String, allow: String) async throws {
    let answer = try await answer(method, target)
    #expect(answer.status == .methodNotAllowed)
    #expect(answer.fields[.allow] == allow)
    #expect(answer.route != nil)
  }

  @Test(
    "OPTIONS answers 204 with Allow",
    arguments: [
      ("/jobs", "GET, HEAD, OPTIONS"), ("/fit", "OPTIONS, POST"),
      ("*", "DELETE, GET, HEAD, OPTIONS, POST"),
    ])
  func options(target: String, allow: String) async throws {
    let answer = try await answer("OPTIONS", target)
    #expect(answer.status == .noContent)
    #expect(answer.fields[.allow] == allow)
  }

  @Test(
    "a route says how large a body it takes and who may ask, and a path without one nothing",
    arguments: [
      ("POST", "/fit", 20, .open), ("GET", "/jobs", 0, []), ("HEAD", "/jobs", 0, []),
      ("GET", "/fit", .max, []), ("GET", "/x", .max, []), ("OPTIONS", "/fit", .max, []),
    ] as [(String, String, Int, Router.Traits)])
  func properties(method: String, target: String, bodyLimit: Int, traits: Router.Traits) throws {
    var parser = RequestParser(limits: .init(), client: Address(host: "192.0.2.1", port: 1))
    parser.feed(Array("\(method) \(target) HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
    guard case .head(let head) = parser.next() else { throw RouterFailure.notARequest }
    #expect(router.match(head).judge(head).bodyLimit == bodyLimit)
    #expect(router.match(head).traits == traits)
  }

  @Test("HEAD is answered as GET is, and the encoder leaves the body out")
  func head() async throws {
    #expect(try await answer("HEAD", "/jobs/7").text == "/jobs/{id} id=7")
  }

  @Test("a route judges the head before the endpoint sees the body")
  func judge() async throws {
    #expect(try await answer("POST", "/fit", body: "0123456789").status == .created)
    let refused = try await answer("POST", "/fit", body: "0123456789a")
    #expect(refused.status == .contentTooLarge)
    #expect(refused.route == "/fit")
  }
}

extension Response {
  fileprivate var text: String {
    if case .bytes(let bytes) = body { String(decoding: bytes, as: UTF8.self) } else { "" }
  }
}
