import HTTPTypes
import Testing

@testable import HTTP

@Suite("Router")
struct RouterTests {
  /// Every endpoint is its template, with the names of its parameters.
  private let router: Router<[String]> = {
    var router = Router<[String]>()
    router.add(.get, "/", [])
    router.add(.get, "/jobs", [])
    router.add(.get, "/jobs/{id}", ["id"])
    router.add(.delete, "/jobs/{id}", ["id"])
    router.add(.get, "/jobs/{id}/{part}", ["id", "part"])
    router.add(.get, "/jobs/{id}/result", ["id"])
    router.add(.get, "/jobs/latest", [])
    router.add(.post, "/fit", [])
    return router
  }()

  private func match(_ method: String, _ target: String) throws -> Router<[String]>.Match {
    var parser = RequestParser(limits: .init(), client: Address(host: "192.0.2.1", port: 1))
    parser.feed(Array("\(method) \(target) HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
    guard case .head(let head) = parser.next() else { throw RouterFailure.notARequest }
    return router.match(head)
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
  func match(target: String, found: String) throws {
    guard case .endpoint(let names, let parameters, let template) = try match("GET", target) else {
      Issue.record("nothing is found")
      return
    }
    let values = names.map { "\($0)=\(parameters[$0] ?? "nil")" }
    #expect(([template] + values).joined(separator: " ") == found)
  }

  @Test("a parameter that the template does not have is nil")
  func missingParameter() throws {
    guard case .endpoint(_, let parameters, _) = try match("GET", "/jobs/7") else {
      Issue.record("no endpoint matches")
      return
    }
    #expect(parameters["id"] == "7")
    #expect(parameters["part"] == nil)
  }

  @Test(
    "a path that is not there is not found",
    arguments: [
      "/x", "/jobs/", "//", "//jobs", "/jobs/7/", "/jobs//result", "/JOBS", "/x/../jobs",
      "/fit/",
    ])
  func notFound(target: String) throws {
    let match = try match("GET", target)
    guard case .notFound = match else {
      Issue.record("\(match)")
      return
    }
    #expect(match.template == nil)
  }

  @Test(
    "another method is not allowed, and those that are, are named",
    arguments: [
      ("POST", "/jobs", "GET, HEAD, OPTIONS"), ("PUT", "/jobs/7", "DELETE, GET, HEAD, OPTIONS"),
      ("GET", "/fit", "OPTIONS, POST"), ("HEAD", "/fit", "OPTIONS, POST"),
      ("TRACE", "/", "GET, HEAD, OPTIONS"), ("DELETE", "/jobs/latest", "GET, HEAD, OPTIONS"),
    ])
  func notAllowed(method: String, target: String, allow: String) throws {
    let match = try match(method, target)
    guard case .methodNotAllowed(let allowed, _) = match else {
      Issue.record("\(match)")
      return
    }
    #expect(allowed == allow)
    #expect(match.template != nil)
  }

  @Test(
    "OPTIONS asks for the methods",
    arguments: [
      ("/jobs", "GET, HEAD, OPTIONS"), ("/fit", "OPTIONS, POST"),
      ("*", "DELETE, GET, HEAD, OPTIONS, POST"),
    ])
  func options(target: String, allow: String) throws {
    let match = try match("OPTIONS", target)
    guard case .options(let allowed, _) = match else {
      Issue.record("\(match)")
      return
    }
    #expect(allowed == allow)
  }

  @Test("HEAD finds what GET does")
  func head() throws {
    guard case .endpoint(_, _, let template) = try match("HEAD", "/jobs/7") else {
      Issue.record("nothing is found")
      return
    }
    #expect(template == "/jobs/{id}")
  }
}
