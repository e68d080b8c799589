import Foundation
import TestSupport
import Testing

@testable import HTTP

/// What concerns the process as a whole, each in a process of its own.
///
/// One at a time, since the library keeps a thread of the tasks' pool waiting for each.
@Suite("Server process", .serialized)
struct ProcessTests {
  @Test("without descriptors accepting pauses, nothing dies, and idle connections make room")
  func exhaustedDescriptors() async {
    // In a process of its own, since the limit is the process's.
    await #expect(processExitsWith: .success) {
      alarm(60)
      let gate = Gate()
      let (begun, onBegin) = AsyncStream.makeStream(of: Void.self)
      try await withServer(EchoHandler(onWait: { onBegin.yield() }, gate: gate)) { _, port in
        let busy = try RawSocket(port: port)
        try await busy.send("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n")
        for await _ in begun { break }
        // The client takes the last descriptor, so that none is left for the server's end.
        close(takeAllDescriptors())
        let waiting = try RawSocket(port: port)
        try await waiting.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        // No descriptor is ever free but that of the connection that is idle once it is answered.
        await gate.open()
        _ = try await busy.readAnswer()
        _ = try await waiting.readAnswer()
      }
    }
  }

  @Test("timers fire though a server's process has had no free descriptor since its start")
  func timersWithoutDescriptors() async {
    await #expect(processExitsWith: .success) {
      alarm(60)
      try await withServer { _, _ in
        takeAllDescriptors()
        try await SuspendingClock().sleep(for: .milliseconds(10))
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
      exit(first == .graceful && second == .immediate(status: 128 + number) ? 0 : 1)
    }
  }
}

/// Opens descriptors until the process may have no more.
///
/// - Returns: the last one.
@discardableResult private func takeAllDescriptors() -> Int32 {
  // Above the first that is free: the process may have inherited many from that of the tests.
  let free = dup(0)
  close(free)
  let count = rlim_t(free) + 16
  var limit = rlimit(rlim_cur: count, rlim_max: count)
  setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  var last: Int32 = -1
  while case let descriptor = dup(0), descriptor >= 0 { last = descriptor }
  return last
}
