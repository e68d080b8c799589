import Foundation
import TestSupport
import Testing

@testable import HTTP

/// What concerns the process as a whole, each in a process of its own.
///
/// One at a time, since the library keeps a thread of the tasks' pool waiting for each.
@Suite("Server process", .serialized)
struct ProcessTests {
  @Test("without descriptors accepting pauses, nothing dies, and goes on when there are some")
  func exhaustedDescriptors() async {
    // In a process of its own, since the limit is the process's.
    await #expect(processExitsWith: .success) {
      alarm(60)
      try await withServer { _, port in
        let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        let before = try RawSocket(port: port)
        try await before.send(request)
        _ = try await before.readAnswer()
        // Above the first that is free: the process may have inherited many from that of the tests.
        let free = dup(0)
        close(free)
        let count = rlim_t(free) + 16
        var limit = rlimit(rlim_cur: count, rlim_max: count)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        var spare: [Int32] = []
        while case let descriptor = dup(0), descriptor >= 0 { spare.append(descriptor) }
        // The client takes the last descriptor, so that none is left for the server's end.
        close(spare.removeLast())
        let waiting = try RawSocket(port: port, limit: .seconds(5))
        try await before.send(request)
        _ = try await before.readAnswer()
        try await waiting.send(request)
        for descriptor in spare { close(descriptor) }
        _ = try await eventually { try await waiting.readAnswer() }
      }
    }
  }

  @Test(
    "the first signal asks to stop gracefully, the second at once", arguments: [SIGTERM, SIGINT])
  func stopSignal(number: Int32) async {
    await #expect(processExitsWith: .success) { [number] in
      alarm(60)
      let (signals, signal) = AsyncStream.makeStream(of: StopSignal.Urgency.self)
      let stop = StopSignal { signal.yield($0) }
      var iterator = signals.makeAsyncIterator()
      kill(getpid(), number)
      let first = await iterator.next()
      kill(getpid(), number)
      let second = await iterator.next()
      withExtendedLifetime(stop) {}
      exit(first == .graceful && second == .immediate ? 0 : 1)
    }
  }
}
