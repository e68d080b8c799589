import Foundation
import TestSupport
import Testing

@testable import HTTP

@Suite("Server limits and stopping")
struct ServerLimitsTests {
  @Test(
    "slow clients are let go",
    arguments: [
      ("", ""), ("GET / HT", "HTTP/1.1 408 "), ("GET / HTTP/1.1\r\nHost: a\r\n", "HTTP/1.1 408 "),
      ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\na", "HTTP/1.1 408 "),
    ])
  func slow(text: String, answer: String) async throws {
    try await withServer(configure: {
      $0.timeouts.idle = .milliseconds(30)
      $0.timeouts.head = .milliseconds(30)
      $0.timeouts.body = .milliseconds(30)
    }) { _, port in
      let socket = try RawSocket(port: port)
      try await socket.send(text)
      let received = try await socket.readUntilClosed()
      #expect(answer.isEmpty ? received.isEmpty : received.hasPrefix(answer))
    }
  }

  @Test("bytes that trickle in do not put the head's deadline off")
  func slowloris() async throws {
    try await withServer(configure: { $0.timeouts.head = .milliseconds(50) }) { _, port in
      let socket = try RawSocket(port: port)
      try await socket.send("GET / HTTP/1.1\r\nHost: a\r\n")
      // Ends when the server has closed; a server without a deadline would take all of it.
      var isRefused = false
      for _ in 0..<20_000 where !isRefused {
        do { try await socket.send("X: y\r\n") } catch { isRefused = true }
        try await Task.sleep(for: .milliseconds(1))
      }
      #expect(isRefused)
    }
  }

  @Test("a client that does not read its answer is closed")
  func slowReader() async throws {
    let (exchanges, exchange) = AsyncStream.makeStream(of: Exchange.self)
    try await withServer(
      configure: { $0.timeouts.write = .milliseconds(50) },
      observe: { exchange.yield($0) }
    ) { server, port in
      let socket = try RawSocket(port: port, receiveBuffer: 4096)
      try await socket.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
      for await _ in exchanges { break }
      server.beginDraining()
      await server.waitUntilClosed()
      await #expect(throws: RawSocket.Failure.self) { try await socket.read(count: 16 << 20) }
    }
  }

  @Test("a thousand idle connections do not keep others from being served")
  func idleConnections() async throws {
    try await withServer { server, port in
      let sockets = try (0..<1000).map { _ in try RawSocket(port: port) }
      for socket in [sockets[0], sockets[999], sockets[500]] {
        try await socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try await socket.readAnswer().body == "GET ")
      }
      #expect(server.connections.open == 1000)
      withExtendedLifetime(sockets) {}
    }
  }

  @Test("connections over the limit wait while all are busy, and are served once one is not")
  func maxConnections() async throws {
    let gate = Gate()
    try await withServer(EchoHandler(gate: gate), configure: { $0.maxConnections = 2 }) {
      server, port in
      let busy = try [RawSocket(port: port), RawSocket(port: port)]
      for socket in busy { try await socket.send("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n") }
      let waiting = try RawSocket(port: port, limit: .milliseconds(300))
      try await waiting.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      await #expect(throws: RawSocket.Failure.timedOut(after: "")) {
        try await waiting.readAnswer()
      }
      #expect(server.connections.open == 2)
      await gate.open()
      for socket in busy { #expect(try await socket.readAnswer().body == "gate") }
      // One of the two is idle now, and closes for who waits.
      #expect(try await eventually { try await waiting.readAnswer().body } == "GET ")
    }
  }

  @Test("answers that nobody reads count as bodies held: those beyond are 503 until they are gone")
  func unreadAnswers() async throws {
    try await withServer(configure: { $0.maxBodyBytesTotal = 20 << 20 }) { _, port in
      let large = "GET /large HTTP/1.1\r\nHost: a\r\n\r\n"
      let silent = try RawSocket(port: port, receiveBuffer: 4096)
      try await silent.send(large)
      #expect(try await silent.read(through: "\r\n\r\n").hasPrefix("HTTP/1.1 200 "))
      let other = try RawSocket(port: port)
      try await other.send(large)
      let refused = try await other.readAnswer()
      #expect(refused.head.hasPrefix("HTTP/1.1 503 "))
      #expect(refused.body == "the server holds as many bodies as it may")
      try await other.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(try await other.readAnswer().body == "GET ")
      silent.close()
      var body = 0
      while body < 16 << 20 {
        try await other.send(large)
        body = try await other.readAnswer().body.utf8.count
      }
    }
  }

  @Test("at the limit the longest idle connection closes for a new one")
  func eviction() async throws {
    try await withServer(configure: {
      $0.maxConnections = 3
      $0.queues = 1
    }) { server, port in
      let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
      let sockets = try (0..<3).map { _ in try RawSocket(port: port) }
      for index in [1, 0, 2, 0] {
        try await sockets[index].send(request)
        _ = try await sockets[index].readAnswer()
      }
      var kept: [RawSocket] = []
      for oldest in [1, 2, 0] {
        let new = try RawSocket(port: port)
        try await new.send(request)
        #expect(try await new.readAnswer().body == "GET ")
        #expect(try await sockets[oldest].readUntilClosed() == "")
        kept.append(new)
      }
      withExtendedLifetime(kept) {}
    }
  }

  @Test("a drained server answers what it has begun, and takes nothing more")
  func drain() async throws {
    let gate = Gate()
    let (begun, onBegin) = AsyncStream.makeStream(of: Void.self)
    try await withServer(EchoHandler(onWait: { onBegin.yield() }, gate: gate)) { server, port in
      let busy = try RawSocket(port: port)
      let idle = try RawSocket(port: port)
      try await idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      _ = try await idle.readAnswer()
      try await busy.send("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n")
      for await _ in begun { break }

      async let stopped: Void = server.stop(within: .seconds(600))
      #expect(try await idle.readUntilClosed() == "")
      #expect(throws: RawSocket.Failure.call("connect", ECONNREFUSED)) {
        _ = try RawSocket(port: port)
      }
      await gate.open()
      let answer = try await busy.readAnswer()
      #expect(answer.head.contains("Connection: close\r\n"))
      #expect(answer.body == "gate")
      busy.close()
      await stopped
      #expect(server.connections.open == 0)
    }
  }

  @Test("what does not end by the deadline is cut")
  func drainDeadline() async throws {
    let (events, event) = AsyncStream.makeStream(of: String.self)
    let handler = EchoHandler(
      onWait: { event.yield("begun") }, onCancel: { event.yield("cancelled") })
    try await withServer(handler) { server, port in
      let socket = try RawSocket(port: port)
      try await socket.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
      var iterator = events.makeAsyncIterator()
      #expect(await iterator.next() == "begun")
      await server.stop(within: .milliseconds(20))
      #expect(await iterator.next() == "cancelled")
      #expect(try await socket.readUntilClosed() == "")
    }
  }
}
