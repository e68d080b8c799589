import Foundation
import Logging
import TestSupport
import Testing

@testable import HTTP

@Suite("Server limits and stopping")
struct ServerLimitsTests {
  @Test(
    "slow clients are let go",
    arguments: [
      (\.idle, "", ""), (\.head, "GET / HT", "HTTP/1.1 408 "),
      (\.head, "GET / HTTP/1.1\r\nHost: a\r\n", "HTTP/1.1 408 "),
      (\.body, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\na", "HTTP/1.1 408 "),
    ] as [(any WritableKeyPath<Timeouts, Duration> & Sendable, String, String)])
  func slow(limit: any WritableKeyPath<Timeouts, Duration> & Sendable, text: String, answer: String)
    async throws
  {
    // No other limit can be met, so whenever the one is, the outcome is the same.
    try await withServer(configure: { $0.timeouts[keyPath: limit] = .milliseconds(30) }) {
      _, port in
      let socket = try RawSocket(port: port)
      try await socket.send(text)
      let received = try await socket.readUntilClosed()
      #expect(answer.isEmpty ? received.isEmpty : received.hasPrefix(answer))
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
      await server.stop(by: .now + .seconds(3600))
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
    let count = ConnectionCount()
    let (exchanges, exchange) = AsyncStream.makeStream(of: (path: String?, open: Int).self)
    try await withServer(
      EchoHandler(gate: gate), configure: { $0.maxConnections = 2 }, connections: count,
      observe: { exchange.yield(($0.path, count.open)) }
    ) { _, port in
      let busy = try [RawSocket(port: port), RawSocket(port: port)]
      for socket in busy { try await socket.send("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n") }
      let waiting = try RawSocket(port: port)
      try await waiting.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      await gate.open()
      for socket in busy { #expect(try await socket.readAnswer().body == "gate") }
      // One of the two is idle now, and closes for who waits.
      #expect(try await waiting.readAnswer().body == "GET ")
      var seen: [(path: String?, open: Int)] = []
      for await exchange in exchanges {
        seen.append(exchange)
        if seen.count == 3 { break }
      }
      #expect(seen.map(\.path) == ["/gate", "/gate", "/"])
      #expect(seen.allSatisfy { $0.open <= 2 })
    }
  }

  @Test("answers that nobody reads count as bodies held: those beyond are 503 until they are gone")
  func unreadAnswers() async throws {
    let gate = Gate()
    let (begun, onBegin) = AsyncStream.makeStream(of: Void.self)
    try await withServer(
      EchoHandler(onWait: { onBegin.yield() }, gate: gate),
      configure: {
        $0.maxBodyBytesTotal = 40 << 20
        $0.maxConnections = 2
      }
    ) { _, port in
      let large = "GET /large HTTP/1.1\r\nHost: a\r\n\r\n"
      let silent = try RawSocket(port: port, receiveBuffer: 4096)
      try await silent.send(large)
      #expect(try await silent.read(through: "\r\n\r\n").hasPrefix("HTTP/1.1 200 "))
      let other = try RawSocket(port: port)
      try await other.send(large)
      let refused = try await other.readAnswer()
      #expect(refused.head.hasPrefix("HTTP/1.1 503 "))
      #expect(
        refused.body
          == "the bodies that the server holds, in all or for this client, are at their limit")
      // One client may hold half of what there is: another still gets the same.
      try await other.send("GET /large HTTP/1.1\r\nHost: a\r\nFrom: b\r\n\r\n")
      #expect(try await other.readAnswer().body.utf8.count == 16 << 20)
      // Both connections that there may be are busy: the third is let in when the first has gone.
      try await other.send("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n")
      for await _ in begun { break }
      silent.reset()
      let next = try RawSocket(port: port)
      try await next.send(large)
      #expect(try await next.readAnswer().body.utf8.count == 16 << 20)
      await gate.open()
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

      async let stopped: Void = server.stop(by: .now + .seconds(3600))
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

  @Test("at the deadline of a stop who still waits is told so, and no handler is cancelled")
  func drainDeadline() async throws {
    let gate = Gate()
    let (events, event) = AsyncStream.makeStream(of: String.self)
    let handler = EchoHandler(
      onWait: { event.yield("begun") }, onEnd: { event.yield($0 ? "cancelled" : "not cancelled") },
      gate: gate)
    try await withServer(handler) { server, port in
      let socket = try RawSocket(port: port)
      try await socket.send("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n")
      let half = try RawSocket(port: port)
      try await half.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\na")
      var iterator = events.makeAsyncIterator()
      #expect(await iterator.next() == "begun")
      async let stopped: Void = server.stop(by: .now + .seconds(1))
      for waiting in [socket, half] {
        let answer = try await waiting.readAnswer()
        #expect(answer.head.hasPrefix("HTTP/1.1 503 "))
        #expect(answer.head.contains("Connection: close\r\n"))
        #expect(answer.body == "the server is stopping")
        waiting.close()
      }
      await stopped
      await gate.open()
      #expect(await iterator.next() == "not cancelled")
    }
  }

  @Test("a stopping server takes in all who already wait")
  func backlog() async throws {
    let socket = try ListeningSocket(host: "127.0.0.1", port: 0)
    let clients = try (0..<200).map { _ in try RawSocket(port: socket.address.port) }
    for client in clients { try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n") }
    let server = Server(
      configuration: Server.Configuration(), logger: Logger(label: "test"), handler: EchoHandler())
    try server.start(on: socket)
    async let stopped: Void = server.stop(by: .now + .seconds(3600))
    for client in clients {
      #expect(try await client.readAnswer().body == "GET ")
      client.close()
    }
    await stopped
  }

  @Test(
    "of few descriptors half stay for what is no connection",
    arguments: [
      (10_000, 20_000, 10_000), (10_000, 10_256, 10_000), (10_000, 1024, 768), (10_000, 120, 60),
      (10, 120, 10), (10_000, 1, 1), (10_000, 0, 1), (10_000, Int.max, 10_000),
    ])
  func descriptors(wanted: Int, limit: Int, served: Int) {
    #expect(DescriptorLimit.connections(of: wanted, within: limit) == served)
  }
}
