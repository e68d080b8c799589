import Foundation
import HTTPTypes
import Logging
import Synchronization
import TestSupport
import Testing

@testable import HTTP

@Suite("Server")
struct ServerTests {
  @Test("one connection serves many requests")
  func keepAlive() async throws {
    try await withServer { server, port in
      let socket = try RawSocket(port: port)
      for _ in 0..<3 {
        try await socket.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab")
        let answer = try await socket.readAnswer()
        #expect(answer.head.hasPrefix("HTTP/1.1 200 OK\r\nDate: "))
        #expect(answer.body == "POST ab")
      }
      #expect(server.connections.accepted == 1)
    }
  }

  @Test("pipelined requests are answered in order, whether or not handlers suspend")
  func pipelining() async throws {
    try await withServer { _, port in
      let socket = try RawSocket(port: port)
      let paths = (0..<50).map { $0 % 3 == 0 ? "/yield" : "/" }
      try await socket.send(paths.map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
      for path in paths {
        #expect(try await socket.readAnswer().body == (path == "/yield" ? "yield" : "GET "))
      }
    }
  }

  @Test("what a plan tells of a request comes with its exchange")
  func label() async throws {
    let (exchanges, exchange) = AsyncStream.makeStream(of: Exchange.self)
    let names = (0..<5).map { "client-\($0)" }
    try await withServer(observe: { exchange.yield($0) }) { _, port in
      let socket = try RawSocket(port: port)
      try await socket.send(
        names.map { "GET / HTTP/1.1\r\nHost: a\r\nFrom: \($0)\r\n\r\n" }.joined())
      for _ in names { _ = try await socket.readAnswer() }
    }
    exchange.finish()
    let observed = await exchanges.reduce(into: []) { $0.append($1.label as? String) }
    #expect(observed == names)
  }

  @Test("HTTP/1.0 is answered and closed, and kept open when asked")
  func version10() async throws {
    try await withServer { _, port in
      let socket = try RawSocket(port: port)
      try await socket.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
      #expect(try await socket.readAnswer().head.contains("Connection: keep-alive\r\n"))
      try await socket.send("GET / HTTP/1.0\r\n\r\n")
      #expect(try await socket.readUntilClosed().contains("Connection: close\r\n"))
    }
  }

  @Test("HEAD has the length of the body and no body")
  func head() async throws {
    try await withServer { _, port in
      let socket = try RawSocket(port: port)
      try await socket.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(try await socket.readAnswer(isToHead: true).head.contains("Content-Length: 5\r\n"))
      #expect(try await socket.readAnswer().body == "GET ")
    }
  }

  @Test("a chunked body in single bytes is a body")
  func byteByByte() async throws {
    try await withServer { _, port in
      let socket = try RawSocket(port: port)
      try await socket.sendByteByByte(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
          + "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX: y\r\n\r\n")
      #expect(try await socket.readAnswer().body == "POST abcde")
    }
  }

  @Test("a body of many megabytes comes back whole")
  func largeBody() async throws {
    try await withServer { _, port in
      let socket = try RawSocket(port: port)
      let body = (0..<8 << 20).map { UInt8(truncatingIfNeeded: $0 % 251 + 1) }.map { $0 & 0x7F }
      try await socket.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n")
      try await socket.send(body)
      #expect(try await Array(socket.readAnswer().body.utf8) == Array("POST ".utf8) + body)
    }
  }

  @Test("100 Continue comes before the body is sent")
  func expectContinue() async throws {
    try await withServer { _, port in
      let socket = try RawSocket(port: port)
      try await socket.send(
        "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
      #expect(try await socket.read(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
      try await socket.send("ab")
      #expect(try await socket.readAnswer().body == "POST ab")
    }
  }

  @Test("a refusal survives what the client goes on sending")
  func refusalSurvives() async throws {
    try await withServer(configure: { $0.timeouts.linger = .seconds(3600) }) { _, port in
      let socket = try RawSocket(port: port)
      try await socket.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n")
      // Enough to fill both kernels' buffers, were it not read and dropped.
      try await socket.send([UInt8](repeating: 0x78, count: 12 << 20))
      let answer = try await socket.readUntilClosed()
      #expect(answer.hasPrefix("HTTP/1.1 413 "))
      #expect(answer.contains("Connection: close\r\n"))
    }
  }

  @Test("a half-closed client still gets an answer that was long in coming")
  func halfClose() async throws {
    let gate = Gate()
    let (begun, onBegin) = AsyncStream.makeStream(of: Void.self)
    try await withServer(
      EchoHandler(onWait: { onBegin.yield() }, gate: gate),
      configure: { $0.timeouts.abandonGrace = .seconds(3600) }
    ) { _, port in
      let socket = try RawSocket(port: port)
      try await socket.send("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n")
      socket.halfClose()
      for await _ in begun { break }
      await gate.open()
      #expect(try await socket.readUntilClosed().hasSuffix("\r\n\r\ngate"))
    }
  }

  @Test(
    "an end of stream cancels the handler after the grace, a reset at once",
    arguments: [true, false])
  func abandoned(isReset: Bool) async throws {
    let (events, event) = AsyncStream.makeStream(of: String.self)
    try await withServer(
      EchoHandler(onWait: { event.yield("begun") }, onCancel: { event.yield("cancelled") }),
      configure: { $0.timeouts.abandonGrace = isReset ? .seconds(3600) : .milliseconds(20) },
      observe: { event.yield("status \($0.status?.code ?? 0)") }
    ) { _, port in
      let socket = try RawSocket(port: port)
      try await socket.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
      var seen: Set<String> = []
      for await event in events {
        if event == "begun" { if isReset { socket.reset() } else { socket.halfClose() } }
        seen.insert(event)
        if seen.count == 3 { break }
      }
      #expect(seen == ["begun", "cancelled", "status 0"])
    }
  }

  @Test("a streamed body is chunked, piece by piece, and the connection lives on")
  func stream() async throws {
    let handler = EchoHandler(stream: { writer in
      for piece in ["a", "", "bc"] { try await writer.write(Array(piece.utf8)) }
    })
    try await withServer(handler) { _, port in
      let socket = try RawSocket(port: port)
      try await socket.send(
        "GET /stream HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
      let answer = try await socket.read(through: "0\r\n\r\n")
      #expect(answer.contains("Transfer-Encoding: chunked\r\n"))
      #expect(answer.hasSuffix("\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"))
      #expect(try await socket.readAnswer().body == "GET ")

      let old = try RawSocket(port: port)
      try await old.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
      #expect(try await old.readUntilClosed().hasSuffix("Connection: close\r\n\r\nabc"))
    }
  }

  @Test("a stream that fails is cut without the mark of a whole body")
  func failingStream() async throws {
    struct Failure: Error {}
    let handler = EchoHandler(stream: { writer in
      try await writer.write(Array("a".utf8))
      throw Failure()
    })
    try await withServer(handler) { _, port in
      let socket = try RawSocket(port: port)
      try await socket.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(try await socket.readUntilClosed().hasSuffix("\r\n\r\n1\r\na\r\n"))
    }
  }

  @Test("a stream waits for a slow reader, and ends when the client goes")
  func streamBackPressure() async throws {
    let written = Counter()
    let (ends, end) = AsyncStream.makeStream(of: String.self)
    let handler = EchoHandler(stream: { writer in
      do {
        while true {
          try await writer.write([UInt8](repeating: 0x78, count: 64 * 1024))
          written.add(64 * 1024)
        }
      } catch {
        end.yield("\(type(of: error))")
        throw error
      }
    })
    try await withServer(handler) { _, port in
      let socket = try RawSocket(port: port, receiveBuffer: 4096)
      try await socket.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
      // The writer is held back: what is written stays what the kernels' buffers take.
      _ = try await socket.read(count: 1 << 20)
      #expect(written.value < 64 << 20)
      socket.reset()
      for await error in ends {
        #expect(error == "CancellationError")
        break
      }
    }
  }

  @Test("every exchange is told with what a log needs")
  func exchanges() async throws {
    let (exchanges, exchange) = AsyncStream.makeStream(of: Exchange.self)
    try await withServer(observe: { exchange.yield($0) }) { _, port in
      let socket = try RawSocket(port: port)
      try await socket.send("POST /x?y HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab")
      let answer = try await socket.readAnswer()
      try await socket.send("nonsense\r\n")
      _ = try await socket.readUntilClosed()
      var iterator = exchanges.makeAsyncIterator()
      let served = try #require(await iterator.next())
      #expect(served.method == .post)
      #expect(served.path == "/x")
      #expect(served.status == .ok)
      #expect(served.bytesIn == 2)
      #expect(served.bytesOut == answer.head.utf8.count + answer.body.utf8.count)
      #expect(served.client.host == "127.0.0.1")
      #expect(served.duration > .zero)
      let refused = try #require(await iterator.next())
      #expect(refused.method == nil)
      #expect(refused.status == .badRequest)
      #expect(refused.refusal?.reason.contains("RFC 9112 section 3") == true)
    }
  }

  @Test(
    "IPv6 and names can be listened on", arguments: [("::1", "::1"), ("localhost", "127.0.0.1")])
  func hosts(host: String, address: String) async throws {
    try await withServer(host: host) { _, port in
      let socket = try RawSocket(port: port, host: address)
      try await socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(try await socket.readAnswer().body == "GET ")
    }
  }

  @Test("a port that is taken, and a host that is no address, are told before anything is served")
  func cannotListen() throws {
    let port = try ListeningSocket(host: "127.0.0.1", port: 0)
    let taken = port.address.port
    #expect(throws: SocketError("bind to 127.0.0.1:\(taken)", code: EADDRINUSE)) {
      _ = try ListeningSocket(host: "127.0.0.1", port: taken)
    }
    #expect(throws: AddressError.self) { _ = try ListeningSocket(host: "256.0.0.1", port: 0) }
  }
}

private final class Counter: Sendable {
  private let count = Atomic(0)
  var value: Int { count.load(ordering: .relaxed) }
  func add(_ number: Int) { count.add(number, ordering: .relaxed) }
}
