import Foundation
import Locks
import Logging

/// Takes lines and writes them to a descriptor on a queue of its own.
///
/// Whoever logs is never held up by a slow terminal or a full pipe. What a reader is too slow for
/// is dropped, and counted in a line of its own once there is room again.
public final class LogSink: Sendable {
  /// Writes to standard error.
  public static let standardError = LogSink(descriptor: STDERR_FILENO)

  private struct State {
    var pending: [UInt8] = []
    var isWriting = false
    /// Lines dropped since it was last said, and since the start.
    var untold = 0
    var dropped = 0
    /// Of the line that came last.
    var format = LineLogHandler.Format.json
  }

  private let descriptor: Int32
  private let capacity: Int
  private let queue = DispatchQueue(label: "log", qos: .utility)
  private let state = Locked(State())

  /// Makes a sink.
  ///
  /// - Parameters:
  ///   - descriptor: an open descriptor, which stays its owner's.
  ///   - capacity: how many bytes may wait.
  public init(descriptor: Int32, capacity: Int = 1 << 20) {
    self.descriptor = descriptor
    self.capacity = capacity
  }

  /// Lines dropped since the start.
  var dropped: Int { state.withLock { $0.dropped } }

  /// Takes a line, its line feed included; returns at once.
  @Sendable public func append(_ line: [UInt8], in format: LineLogHandler.Format) {
    let mustStart = state.withLock { state in
      state.format = format
      guard state.pending.count + line.count <= capacity else {
        state.untold += 1
        state.dropped += 1
        return false
      }
      state.pending += line
      defer { state.isWriting = true }
      return !state.isWriting
    }
    if mustStart { queue.async { self.writePending() } }
  }

  /// Waits until what was taken so far is written, at most for `limit`.
  public func flush(within limit: Duration) {
    let isWritten = DispatchSemaphore(value: 0)
    queue.async { isWritten.signal() }
    _ = isWritten.wait(timeout: .now() + limit / .seconds(1))
  }

  /// On `queue`.
  private func writePending() {
    while true {
      let bytes = state.withLock { state in
        var bytes: [UInt8] = []
        swap(&bytes, &state.pending)
        if state.untold > 0 {
          bytes += state.format.line(
            .warning, "log", "\(state.untold) lines of the log were dropped here")
        }
        state.untold = 0
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
        // Somebody who shares the terminal has made it non-blocking.
        var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&poller, 1, 1_000)
      } else if errno != EINTR {
        return  // Nobody reads: what cannot be written is lost.
      }
    }
  }
}
