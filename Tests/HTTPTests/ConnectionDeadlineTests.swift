import Testing

@testable import HTTP

@Suite("Deadlines of a connection")
struct ConnectionDeadlineTests {
  private let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

  @Test("an idle connection closes without a word")
  func idle() {
    let script = Script()
    #expect(script.deadline == 60)
    script.pass(until: 59)
    #expect(script.actions == [])
    script.pass(until: 60)
    #expect(script.actions == ["close"])
    #expect(script.hasNothingToSend)
  }

  @Test("a head has one deadline in all, which further bytes do not move")
  func headDeadline() {
    let script = Script()
    script.pass(until: 50)
    for second in 0..<10 {
      script.pass(until: 50 + Double(second))
      script.receive("G")
      #expect(script.deadline == 60)
    }
    script.pass(until: 60)
    script.send()
    #expect(script.sent.hasPrefix("HTTP/1.1 408 "))
    #expect(script.sent.contains("Connection: close\r\n"))
    #expect(script.actions == ["shut"])
    #expect(script.deadline == 65)
    script.pass(until: 65)
    #expect(script.actions == ["shut", "close"])
  }

  @Test("a body has one deadline in all, put off only by the least rate")
  func bodyDeadline() {
    let script = Script { $0.minimumRate = 10 }
    script.receive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90\r\n\r\n")
    #expect(script.deadline == 30)
    script.pass(until: 20)
    script.receive(String(repeating: "a", count: 50))
    #expect(script.deadline == 35)
    script.pass(until: 30)
    script.receive("a")
    #expect(abs((script.deadline ?? 0) - 35.1) < 1e-9)
    script.pass(until: 36)
    script.send()
    #expect(script.sent.hasPrefix("HTTP/1.1 408 "))
  }

  @Test("the idle wait begins anew with every answer, the head's with its first byte")
  func nextRequest() {
    let script = Script()
    script.pass(until: 10)
    script.receive(get)
    #expect(script.actions == ["run /"])
    #expect(script.deadline == nil)
    script.pass(until: 100)
    script.answer("x")
    script.send()
    #expect(script.deadline == 160)
    script.pass(until: 120)
    script.receive("GET")
    #expect(script.deadline == 130)
  }

  @Test("much received fast does not buy a long pause")
  func bodyPause() {
    let script = Script { $0.minimumRate = 1 }
    script.receive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90\r\n\r\n")
    script.pass(until: 1)
    script.receive(String(repeating: "a", count: 89))
    #expect(script.deadline == 31)
  }

  @Test("a client that does not read is closed, the sooner the less it has read")
  func writeDeadline() {
    let script = Script { $0.minimumRate = 100 }
    script.receive(get)
    script.answer(String(repeating: "x", count: 5000))
    script.send(1000)
    #expect(script.deadline == 30)
    script.pass(until: 20)
    script.send(1000)
    #expect(script.deadline == 40)
    script.pass(until: 40)
    #expect(script.actions == ["run /", "close"])
  }

  @Test("the client's end of stream leaves a pending answer its grace")
  func abandonGrace() {
    let script = Script()
    script.receive(get)
    script.receiveEnd()
    #expect(!script.wantsToRead)
    #expect(script.deadline == 2)
    script.pass(until: 1.9)
    script.answer("x")
    script.send()
    #expect(script.sent.hasSuffix("\r\n\r\nx"))
    #expect(script.actions == ["run /", "close"])
  }

  @Test("after the grace the connection closes, and a late answer goes nowhere")
  func abandoned() {
    let script = Script()
    script.receive(get)
    script.receiveEnd()
    script.pass(until: 2)
    #expect(script.actions == ["run /", "close"])
    script.answer("x")
    #expect(script.hasNothingToSend)
    #expect(script.actions == ["run /", "close"])
    #expect(script.deadline == nil)
  }

  @Test(
    "the idle wait begins when the last byte of an answer is sent, however long that takes",
    arguments: [70_000, 60_000])
  func idleAfterSlowReading(length: Int) {
    let script = Script { $0.minimumRate = 100 }
    script.receive(get)
    script.answer(String(repeating: "x", count: length))
    // A client that takes 10 s for each tenth: never too slow, and longer than the idle limit.
    for step in 1...9 {
      script.send(length / 10)
      script.pass(until: 10 * Double(step))
    }
    #expect(script.actions == ["run /"])
    #expect(!script.hasNothingToSend)
    script.send()
    #expect(script.deadline == 150)
    script.receive(get)
    #expect(script.actions == ["run /", "run /"])
  }

  @Test("a head that is begun while an answer is still being sent has its own deadline")
  func headDuringAnswer() {
    let script = Script()
    script.receive(get)
    script.answer(String(repeating: "x", count: 60_000))
    script.pass(until: 5)
    script.receive("GET")
    #expect(script.deadline == 15)
  }
}
