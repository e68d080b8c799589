import Foundation
import Locks
import Logging

/// Writes lines to a descriptor on its own queue, so that a slow terminal or a full pipe never
/// blocks the code that logs.
///
/// Lines beyond `capacity` are dropped; once there is room again, a line says how many.
public final class LogSink: Sendable {
  /// Writes to standard error.
  public static let standardError = LogSink(descriptor: STDERR_FILENO)

  private struct State {
    var pending: [UInt8] = []
    var isWriting = false
    /// How many lines were dropped since the last line that says so, and since the start.
    var unreported = 0
    var dropped = 0
    /// The format of the latest line.
    var format = LineLogHandler.Format.json
  }

  private let descriptor: Int32
  private let capacity: Int
  private let queue = DispatchQueue(label: "log", qos: .utility)
  private let state = Locked(State())

  /// Makes a sink.
  ///
  /// - Parameters:
  ///   - descriptor: an open descriptor; the sink does not close it.
  ///   - capacity: the largest number of bytes that wait to be written.
  public init(descriptor: Int32, capacity: Int = 1 << 20) {
    self.descriptor = descriptor
    self.capacity = capacity
  }

  /// The number of lines dropped since the start.
  var dropped: Int { state.withLock { $0.dropped } }

  /// Appends a line, including its line feed. Never blocks.
  @Sendable public func append(_ line: [UInt8], in format: LineLogHandler.Format) {
    let mustStart = state.withLock { state in
      state.format = format
      guard state.pending.count + line.count <= capacity else {
        state.unreported += 1
        state.dropped += 1
        return false
      }
      state.pending += line
      defer { state.isWriting = true }
      return !state.isWriting
    }
    if mustStart { queue.async { self.writePending() } }
  }

  /// Waits until everything appended so far is written, at most for `limit`.
  public func flush(within limit: Duration) {
    let isWritten = DispatchSemaphore(value: 0)
    queue.async { isWritten.signal() }
    _ = isWritten.wait(timeout: .now() + limit / .seconds(1))
  }

  /// Runs on `queue`.
  private func writePending() {
    while true {
      let bytes = state.withLock { state in
        var bytes: [UInt8] = []
        swap(&bytes, &state.pending)
        if state.unreported > 0 {
          bytes += state.format.line(
            .warning, "log", "\(state.unreported) lines of the log were dropped here")
        }
        state.unreported = 0
        state.isWriting = !bytes.isEmpty
        return bytes
      }
      if bytes.isEmpty { return }
      write(bytes)
    }
  }

  private func write(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        // Another process that shares the terminal may have made it non-blocking.
        var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&poller, 1, 1_000)
      } else if errno != EINTR {
        return  // The reader is gone: drop the rest.
      }
    }
  }
}
