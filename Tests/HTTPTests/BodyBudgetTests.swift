import Testing

@testable import HTTP

@Suite("Budget of bodies")
struct BodyBudgetTests {
  @Test("bodies of all connections share a budget, until they are answered or gone")
  func bodyBudget() {
    let bodies = BodyBudget(capacity: 10, largest: 10, free: 4)
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
    let script = Script(bodies: BodyBudget(capacity: 6, largest: 6, free: 0))
    script.receive("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n")
    script.send()
    #expect(script.sent.isEmpty)
    script.receive("2\r\n67\r\n")
    script.send()
    #expect(script.sent.hasPrefix("HTTP/1.1 503 "))
    #expect(script.actions == ["shut"])
  }

  @Test("one client may hold half of the budget, and by many connections no more")
  func shares() {
    let bodies = BodyBudget(capacity: 20, largest: 6, free: 0)
    /// Leaves a body of so many bytes unfinished; returns whether it was refused.
    func isRefused(_ bytes: Int, of client: String, keeping scripts: inout [Script]) -> Bool {
      let script = Script(bodies: bodies)
      script.receive("POST / HTTP/1.1\r\nHost: a\r\nFrom: \(client)\r\nContent-Length: 90\r\n\r\n")
      script.receive(String(repeating: "x", count: bytes))
      script.send()
      scripts.append(script)
      return script.sent.hasPrefix("HTTP/1.1 503 ")
    }
    var scripts: [Script] = []
    #expect(!isRefused(6, of: "a", keeping: &scripts))
    #expect(isRefused(6, of: "a", keeping: &scripts))
    #expect(!isRefused(4, of: "a", keeping: &scripts))
    #expect(isRefused(1, of: "a", keeping: &scripts))
    #expect(!isRefused(10, of: "b", keeping: &scripts))
    // All is taken, by two.
    #expect(isRefused(1, of: "c", keeping: &scripts))
    scripts[0].pass(until: 31)
    #expect(!isRefused(6, of: "c", keeping: &scripts))
  }

  @Test(
    "the largest body is taken whatever the share, and the share never exceeds the whole",
    arguments: [(100, 10, 50), (100, 80, 80), (100, 200, 100), (.max, .max, .max)])
  func share(capacity: Int, largest: Int, share: Int) {
    #expect(BodyBudget(capacity: capacity, largest: largest).share == share)
  }
}
