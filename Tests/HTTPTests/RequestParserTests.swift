import HTTPTypes
import Testing

@testable import HTTP

/// Bytes and what is to be made of them; the table's rows are the tests' arguments.
struct Case: Sendable, CustomTestStringConvertible {
  let name: String
  let input: [UInt8]
  let expected: String

  /// What is expected: `GET /` for a request, `+` and its body when it has one, `413` for a
  ///   refusal, `...` for what is not complete; several in their order, with `, ` between.
  init(_ name: String, _ input: String, _ expected: String) {
    self.init(name, Array(input.utf8), expected)
  }

  init(_ name: String, _ input: [UInt8], _ expected: String) {
    self.name = name
    self.input = input
    self.expected = expected
  }

  var testDescription: String { name }
}

/// What the parser makes of the bytes, as a case's `expected` says it.
func verdicts(on input: [UInt8], inPiecesOf size: Int, limits: RequestLimits) -> String {
  var parser = RequestParser(limits: limits, client: Address(host: "192.0.2.1", port: 1))
  var verdicts: [String] = []
  var rest = input[...]
  while true {
    switch parser.next() {
    case .needsMore:
      guard !rest.isEmpty else {
        if parser.progress != .idle { verdicts.append("...") }
        return verdicts.joined(separator: ", ")
      }
      parser.feed(Array(rest.prefix(size)))
      rest = rest.dropFirst(size)
    case .head: break
    case .request(let request):
      let body = String(decoding: request.body, as: UTF8.self)
      let query = request.target.rawQuery.map { "?" + $0 } ?? ""
      verdicts.append(
        "\(request.method) \(request.target.rawPath)\(query)" + (body.isEmpty ? "" : "+\(body)"))
    case .refused(let refusal):
      verdicts.append("\(refusal.status.code)")
      return verdicts.joined(separator: ", ")
    }
  }
}

/// Small, so that the tables can reach every limit.
let smallLimits: RequestLimits = {
  var limits = RequestLimits()
  limits.requestLine = 64
  limits.head = 400
  limits.fields = 8
  limits.body = 100
  limits.chunkLine = 40
  return limits
}()

@Suite("Request parser")
struct RequestParserTests {
  @Test("the verdict is the RFC's, at once and byte by byte", arguments: requestCases)
  func verdict(_ row: Case) {
    for size in [row.input.count, 1, 3] {
      #expect(
        verdicts(on: row.input, inPiecesOf: max(1, size), limits: smallLimits) == row.expected,
        "in pieces of \(size)")
    }
  }

  @Test("a body over the limit is refused after the head has been given out, before the body")
  func headBeforeBody() throws {
    var parser = RequestParser(limits: smallLimits, client: Address(host: "192.0.2.1", port: 1))
    parser.feed(Array("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n".utf8))
    guard case .head(let head) = parser.next() else {
      Issue.record("no head")
      return
    }
    #expect(head.contentLength == 101)
    guard case .refused(let refusal) = parser.next() else {
      Issue.record("not refused")
      return
    }
    #expect(refusal.status == .contentTooLarge)
  }

  @Test("progress tells idle, head and body apart")
  func progress() {
    var parser = RequestParser(limits: smallLimits, client: Address(host: "192.0.2.1", port: 1))
    #expect(parser.progress == .idle)
    parser.feed(Array("\r\n".utf8))
    _ = parser.next()
    #expect(parser.progress == .idle)
    parser.feed(Array("P".utf8))
    _ = parser.next()
    #expect(parser.progress == .head)
    parser.feed(Array("OST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n".utf8))
    _ = parser.next()
    #expect(parser.progress == .body)
    parser.feed(Array("ab".utf8))
    guard case .request = parser.next() else {
      Issue.record("no request")
      return
    }
    #expect(parser.progress == .idle)
  }

  @Test("a refusal is final", arguments: ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\r\n", ""])
  func refusalIsFinal(_ more: String) {
    var parser = RequestParser(limits: smallLimits, client: Address(host: "192.0.2.1", port: 1))
    parser.feed(Array("GET / HTTP/1.1\r\n\r\n".utf8))
    for _ in 0..<3 {
      guard case .refused(let refusal) = parser.next() else {
        Issue.record("not refused")
        return
      }
      #expect(refusal.status == .badRequest)
      parser.feed(Array(more.utf8))
    }
    #expect(parser.unused == 0)
  }

  @Test("what the fields say reaches the head")
  func head() throws {
    let head = try #require(
      firstHead(
        "POST /jobs/a%2Fb?x=1&y=%C3%A9+z&&flag HTTP/1.1\r\nhost: Example.ORG:80\r\n"
          + "X-Two: 1\r\nx-two:\t 2 \t\r\nExpect: 100-Continue\r\nContent-Length: 007\r\n\r\n"))
    #expect(head.authority?.host == "example.org")
    #expect(head.authority?.port == 80)
    #expect(head.target.segments == ["jobs", "a/b"])
    #expect(head.target.queryItems.map(\.name) == ["x", "y", "flag"])
    #expect(head.target.queryItems.map(\.value) == ["1", "\u{e9} z", ""])
    #expect(try head.fields[values: #require(HTTPField.Name("X-TWO"))] == ["1", "2"])
    #expect(head.expectsContinue)
    #expect(head.contentLength == 7)
    #expect(head.keepsAlive)
  }

  @Test(
    "a connection stays open by the version and the field",
    arguments: [
      ("HTTP/1.1", "", true), ("HTTP/1.1", "Connection: close\r\n", false),
      ("HTTP/1.1", "Connection: foo, CLOSE\r\n", false),
      ("HTTP/1.1", "Connection: foo\r\nConnection: close\r\n", false),
      ("HTTP/1.1", "Connection: closed\r\n", true),
      ("HTTP/1.1", "Connection: keep-alive\r\n", true),
      ("HTTP/1.0", "", false), ("HTTP/1.0", "Connection: Keep-Alive\r\n", true),
      ("HTTP/1.0", "Connection: keep-alive, close\r\n", false), ("HTTP/1.2", "", true),
    ])
  func keepAlive(version: String, field: String, keepsAlive: Bool) throws {
    let head = try #require(firstHead("GET / \(version)\r\nHost: a\r\n\(field)\r\n"))
    #expect(head.keepsAlive == keepsAlive)
  }

  @Test("the authority of an absolute target outranks Host")
  func absoluteTarget() throws {
    let head = try #require(
      firstHead("GET HTTP://[2001:DB8::1]:8080?q=1 HTTP/1.1\r\nHost: other\r\n\r\n"))
    #expect(head.authority?.host == "2001:db8::1")
    #expect(head.authority?.port == 8080)
    #expect(head.target.rawPath == "/")
    #expect(head.target.rawQuery == "q=1")
  }

  @Test("HTTP/1.0 has neither 100 Continue nor a duty to send Host")
  func version10() throws {
    let head = try #require(
      firstHead("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n"))
    #expect(!head.expectsContinue)
    #expect(head.authority == nil)
  }

  @Test("a large body in single bytes costs what it costs in one piece")
  func linear() {
    // Quadratic work on a megabyte of single bytes would take hours.
    let body = [UInt8](repeating: 0x78, count: 1 << 20)
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n"
    var parser = RequestParser(limits: .init(), client: Address(host: "192.0.2.1", port: 1))
    parser.feed(Array(head.utf8))
    _ = parser.next()
    for _ in 1..<body.count {
      parser.feed([0x78])
      guard case .needsMore = parser.next() else {
        Issue.record("complete too early")
        return
      }
    }
    parser.feed([0x78])
    guard case .request(let request) = parser.next() else {
      Issue.record("not complete")
      return
    }
    #expect(request.body.count == body.count)
  }

  private func firstHead(_ text: String) -> RequestHead? {
    var parser = RequestParser(limits: .init(), client: Address(host: "192.0.2.1", port: 1))
    parser.feed(Array(text.utf8))
    guard case .head(let head) = parser.next() else { return nil }
    return head
  }
}
