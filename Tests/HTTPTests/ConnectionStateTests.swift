import HTTPTypes
import Testing

@testable import HTTP

@Suite("Connection state")
struct ConnectionStateTests {
  private let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

  @Test("what was pipelined before the end of stream is all answered")
  func pipelinedThenEnd() {
    let script = Script()
    script.receive(get + get)
    script.receiveEnd()
    script.answer("1")
    script.answer("2")
    script.send()
    #expect(script.actions == ["run /", "run /", "close"])
    #expect(script.sent.ranges(of: "HTTP/1.1 200").count == 2)
  }

  @Test(
    "an end of stream within a request is 400", arguments: ["G", "GET / HTTP/1.1\r\n", "\r\nG"])
  func cutShort(text: String) {
    let script = Script()
    script.receive(text)
    script.receiveEnd()
    script.send()
    #expect(script.sent.hasPrefix("HTTP/1.1 400 "))
    #expect(script.actions == ["close"])
  }

  @Test("a refusal is sent, then our side is shut, what still comes dropped, then closed")
  func refusal() {
    let script = Script()
    script.receive("GET / HTTP/1.1\r\n\r\n" + get)
    #expect(!script.wantsToRead)
    script.send()
    #expect(script.sent.hasPrefix("HTTP/1.1 400 "))
    #expect(script.actions == ["shut"])
    #expect(script.wantsToRead)
    script.receive(get)
    #expect(script.actions == ["shut"])
    script.receiveEnd()
    #expect(script.actions == ["shut", "close"])
    #expect(script.sent.ranges(of: "\r\nDate: ").count == 1)
  }

  @Test("a client that asks to close is closed at once, another is lingered for")
  func closing() {
    let asked = Script()
    asked.receive("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    asked.answer("x")
    asked.send()
    #expect(asked.actions == ["run /", "close"])

    let drained = Script()
    drained.receive(get)
    drained.drain()
    drained.answer("x")
    drained.send()
    #expect(drained.sent.contains("Connection: close\r\n"))
    #expect(drained.actions == ["run /", "shut"])
  }

  @Test("what follows a request to close is never answered")
  func afterClose() {
    let script = Script()
    script.receive("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + get)
    script.answer("x")
    script.send()
    #expect(script.actions == ["run /", "shut"])
    #expect(script.sent.ranges(of: "\r\nDate: ").count == 1)
  }

  @Test("draining closes an idle connection at once, and one within a head after its answer")
  func draining() {
    let idle = Script()
    idle.drain()
    #expect(idle.actions == ["close"])

    let begun = Script()
    begun.receive("GET / HTTP")
    begun.drain()
    #expect(begun.actions == [])
    begun.receive("/1.1\r\nHost: a\r\n\r\n")
    begun.answer("x")
    begun.send()
    #expect(begun.actions == ["run /", "shut"])
  }

  @Test("100 Continue is sent once, when the body is wanted and has not begun")
  func expectContinue() {
    let script = Script()
    let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    script.receive(head)
    script.send()
    #expect(script.sent == "HTTP/1.1 100 Continue\r\n\r\n")
    script.receive("a")
    script.receive("b")
    #expect(script.actions == ["run /"])
    script.answer("x")
    script.receive(head + "ab")
    #expect(script.actions == ["run /", "run /"])
    script.answer("y")
    script.send()
    #expect(script.sent.ranges(of: "100 Continue").count == 1)
  }

  @Test(
    "a head that is refused gets no 100 Continue",
    arguments: [("/missing", 2, "404"), ("/", 101, "413")])
  func refusedContinue(path: String, length: Int, status: String) {
    let script = Script()
    script.receive(
      "POST \(path) HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: \(length)\r\n\r\n"
    )
    script.send()
    #expect(script.sent.hasPrefix("HTTP/1.1 \(status) "))
    #expect(script.sent.contains("Connection: close\r\n"))
    #expect(script.actions == ["shut"])
  }

  @Test("a judged request whose body is there leaves the connection open")
  func judgedWhole() {
    let script = Script()
    script.receive("POST /missing HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab" + get)
    script.answer("x")
    script.send()
    #expect(script.sent.hasPrefix("HTTP/1.1 404 "))
    #expect(!script.sent.contains("Connection: close"))
    #expect(script.actions == ["run /"])
  }

  @Test(
    "a body beyond what its route takes is 413, by its head or as soon as it is larger",
    arguments: [
      ("/empty", "Content-Length: 1\r\n\r\n", "413"), ("/empty", "Content-Length: 0\r\n\r\n", nil),
      ("/empty", "\r\n", nil), ("/empty", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", nil),
      ("/empty", "Transfer-Encoding: chunked\r\n\r\n1\r\n", "413"),
      ("/small", "Content-Length: 6\r\n\r\n", "413"),
      ("/small", "Content-Length: 5\r\n\r\n12345", nil),
      ("/small", "Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n1\r\n", "413"),
    ] as [(String, String, String?)])
  func routeBodyLimit(path: String, rest: String, status: String?) {
    let script = Script()
    script.receive("POST \(path) HTTP/1.1\r\nHost: a\r\n\(rest)")
    #expect(script.actions == (status == nil ? ["run \(path)"] : []))
    guard let status else {
      // The next request is under the server's own limit again.
      script.answer("x")
      script.receive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n123456")
      #expect(script.actions == ["run \(path)", "run /"])
      return
    }
    script.send()
    #expect(script.sent.hasPrefix("HTTP/1.1 \(status) "))
    #expect(script.sent.contains("Connection: close\r\n"))
  }

  @Test("an empty line after a body leaves the connection idle")
  func strayLine() {
    let script = Script()
    script.receive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na\r\n")
    script.answer("x")
    script.send()
    #expect(script.deadline == 60)
    script.pass(until: 60)
    #expect(script.actions == ["run /", "close"])
  }

  @Test("reading pauses when enough is waiting behind an unanswered request")
  func readAhead() {
    let script = Script()
    script.receive(get)
    #expect(script.wantsToRead)
    script.receive(String(repeating: get, count: ConnectionState.readAhead / get.utf8.count + 1))
    #expect(!script.wantsToRead)
    #expect(script.actions == ["run /"])
  }

  @Test("answering pauses when the client does not read what it was answered")
  func outputMark() {
    let script = Script()
    script.receive(get + get)
    script.answer(String(repeating: "x", count: ConnectionState.outputMark))
    #expect(script.actions == ["run /"])
    script.send()
    #expect(script.actions == ["run /", "run /"])
  }

  @Test("an answer that cannot be sent becomes a plain 500 and the end")
  func badAnswer() {
    let script = Script()
    script.receive(get)
    script.answer("x", status: .switchingProtocols)
    script.send()
    #expect(script.sent.hasPrefix("HTTP/1.1 500 "))
    #expect(script.sent.contains("Connection: close\r\n"))
  }
}
