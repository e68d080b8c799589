import Foundation
import HTTPTypes
import Jobs
import Locks
import Logging
import Testing

@testable import FitService
@testable import Fits
@testable import HTTP

@Suite("Access lines and job lines")
struct LogEventTests {
  private let lines = Locked<[String]>([])

  private func logger(_ level: Logger.Level = .info) -> Logger {
    Logger(label: "bnsl") { [lines] label in
      LineLogHandler(label: label, format: .json, level: level) { line, _ in
        lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
      }
    }
  }

  @Test("an access line names the request, its trace, its client and the proxy before it")
  func access() throws {
    let trace = TraceContext("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    let caller = Caller(requestID: "r1", trace: trace, client: "203.0.113.9", owner: "k1")
    logger().log(Exchange.test(label: caller))
    let line = try #require(lines.withLock { $0.first })
    for part in [
      #""message":"GET /a""#, #""status":"404""#, #""request_id":"r1""#, #""client":"203.0.113.9""#,
      #""proxy":"127.0.0.1""#, #""key":"k1""#, #""trace_id":"4bf92f3577b34da6a3ce929d0e0e4736""#,
      #""parent_id":"00f067aa0ba902b7""#,
    ] { #expect(line.contains(part), "\(part)") }
    #expect(!line.contains("cut"))
  }

  @Test("a request without a head is told with its peer")
  func noHead() throws {
    logger().log(Exchange.test(method: nil, path: nil))
    let line = try #require(lines.withLock { $0.first })
    #expect(line.contains(#""message":"- -""#) && line.contains(#""client":"127.0.0.1""#))
    #expect(!line.contains("proxy"))
  }

  @Test("nothing is told of requests when the level is above that")
  func level() {
    logger(.warning).log(Exchange.test())
    #expect(lines.withLock { $0.isEmpty })
  }

  @Test("a job's line names the request that made it, and its trace")
  func job() async throws {
    let api = try TestAPI(log: logger())
    _ = try await api.fit(
      FitRequestTests.body(""),
      [
        "X-Request-Id": "mine",
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      ])
    let line = try #require(lines.withLock { $0.first })
    #expect(line.contains(#""message":"job succeeded""#))
    #expect(line.contains(#""request_id":"mine""#))
    #expect(line.contains(#""trace_id":"4bf92f3577b34da6a3ce929d0e0e4736""#))
  }
}

extension Exchange {
  /// An exchange as a server would tell it.
  static func test(
    method: HTTPRequest.Method? = .get, path: String? = "/a", route: String? = nil,
    status: HTTPResponse.Status? = .notFound, label: any Sendable = ()
  ) -> Exchange {
    Exchange(
      method: method, path: path, route: route, status: status, bytesIn: 0, bytesOut: 10,
      isComplete: true, duration: .milliseconds(1), client: Address(host: "127.0.0.1", port: 9),
      label: label, refusal: nil)
  }
}
