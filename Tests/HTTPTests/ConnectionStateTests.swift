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

  @Test("an end of stream within a request is 400", arguments: ["G", "GET / HTTP/1.1\r\n", "\r\n"])
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

  @Test("bodies of all connections share a budget, until they are answered or gone")
  func bodyBudget() {
    let bodies = BodyBudget(capacity: 10, free: 4)
    func post(_ length: Int) -> String {
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n"
    }
    func refusal(of body: String) -> String? {
      let script = Script(bodies: bodies)
      script.receive(post(body.utf8.count) + body)
      script.send()
      return script.sent.isEmpty ? nil : String(script.sent.prefix(12))
    }
    let first = Script(bodies: bodies)
    first.receive(post(9) + "12345678")
    // Two more are left, and what is small is free.
    #expect(refusal(of: "12345") == "HTTP/1.1 503")
    #expect(refusal(of: "1234") == nil)
    first.receive("9")
    #expect(first.actions == ["run /"])
    #expect(refusal(of: "12345") == "HTTP/1.1 503")
    first.answer("x")
    let second = Script(bodies: bodies)
    second.receive(post(10) + "123456789")
    #expect(refusal(of: "12345") == "HTTP/1.1 503")
    second.receiveEnd()
    let third = Script(bodies: bodies)
    third.receive(post(10) + "123456789")
    third.pass(until: 31)
    // The one ended, the other was too slow: all is given back.
    let last = Script(bodies: bodies)
    last.receive(post(10) + "1234567890")
    #expect(last.actions == ["run /"])
  }

  @Test("a body that outgrows the budget while it comes is refused, and the connection closes")
  func bodyOutgrowsBudget() {
    let script = Script(bodies: BodyBudget(capacity: 6, free: 0))
    script.receive("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n")
    script.send()
    #expect(script.sent.isEmpty)
    script.receive("2\r\n67\r\n")
    script.send()
    #expect(script.sent.hasPrefix("HTTP/1.1 503 "))
    #expect(script.actions == ["shut"])
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
