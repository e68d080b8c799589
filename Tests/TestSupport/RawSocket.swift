import Foundation

/// A TCP client that sends exactly the bytes it is told and reads exactly what comes.
///
/// Every wait has a limit, so that a server which does not act fails a test instead of holding it.
/// Waits happen on a thread of their own, so that they do not keep a server's tasks from running.
///
/// `@unchecked Sendable`: all state is owned by `queue`.
public final class RawSocket: @unchecked Sendable {
  /// What went wrong on the client's side of the connection.
  public enum Failure: Error, Equatable {
    case call(String, Int32)
    /// The server did nothing within the limit; with what had been read before.
    case timedOut(after: String)
    /// The server reset the connection; with what had been read before.
    case reset(after: String)
    /// The server closed the connection before what was waited for; with what had been read.
    case closed(after: String)
  }

  private let queue = DispatchQueue(label: "raw-socket")
  // Owned by `queue`, once `init` has returned.
  private var descriptor: Int32
  private let limit: Duration
  private var received: [UInt8] = []

  /// Connects to a numeric address.
  ///
  /// No wait lasts longer than `limit`. A small `receiveBuffer`, which is what the kernel holds
  /// for us, makes us a slow reader.
  ///
  /// - Throws: `Failure.call`.
  public init(
    port: UInt16, host: String = "127.0.0.1", receiveBuffer: Int32? = nil,
    limit: Duration = .seconds(600)
  ) throws {
    self.limit = limit
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &found) == 0, let found else {
      throw Failure.call("getaddrinfo", EINVAL)
    }
    defer { freeaddrinfo(found) }
    descriptor = socket(found.pointee.ai_family, found.pointee.ai_socktype, 0)
    guard descriptor >= 0 else { throw Failure.call("socket", errno) }
    if var receiveBuffer {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, 4)
    }
    guard connect(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0 else {
      let code = errno
      Foundation.close(descriptor)
      descriptor = -1
      throw Failure.call("connect", code)
    }
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
  }

  deinit { if descriptor >= 0 { Foundation.close(descriptor) } }

  /// Runs the work on the socket's own queue, on which it may wait.
  private func perform<Value: Sendable>(
    _ work: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result(catching: work)) }
    }
  }

  // MARK: Sending

  public func send(_ text: String) async throws { try await send(Array(text.utf8)) }

  /// Sends all bytes.
  ///
  /// - Throws: `Failure.reset` when the server has closed its end for good.
  public func send(_ bytes: [UInt8]) async throws {
    try await perform { try self.sendNow(bytes) }
  }

  /// Sends each byte in a segment of its own.
  public func sendByteByByte(_ text: String) async throws {
    try await perform { for byte in text.utf8 { try self.sendNow([byte]) } }
  }

  /// Says that nothing more will be sent; reading goes on.
  public func halfClose() { queue.sync { _ = shutdown(descriptor, Int32(SHUT_WR)) } }

  /// Drops the connection so that the server sees a reset.
  public func reset() {
    queue.sync {
      var option = linger(l_onoff: 1, l_linger: 0)
      setsockopt(
        descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }
    close()
  }

  public func close() {
    queue.sync {
      guard descriptor >= 0 else { return }
      Foundation.close(descriptor)
      descriptor = -1
    }
  }

  private func sendNow(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      try wait(for: Int16(POLLOUT))
      let count = rest.withUnsafeBytes {
        Foundation.send(
          descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
      }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno == EPIPE || errno == ECONNRESET {
        throw Failure.reset(after: text)
      } else if errno != EAGAIN && errno != EINTR {
        throw Failure.call("send", errno)
      }
    }
  }

  // MARK: Reading

  /// Reads until the server closes, and returns all that it sent.
  public func readUntilClosed() async throws -> String {
    try await perform {
      while try self.receive() {}
      return self.take(self.received.count)
    }
  }

  /// Reads through the first place where the text stands.
  public func read(through end: String) async throws -> String {
    try await perform { try self.readNow(through: Array(end.utf8)) }
  }

  /// Reads so many bytes.
  public func read(count: Int) async throws -> String {
    try await perform { try self.readNow(count: count) }
  }

  /// Reads one answer with a `Content-Length`: its head with the empty line, and its body.
  ///
  /// - Parameter isToHead: whether HEAD was asked, so that no body follows.
  /// - Returns: the head as it came, and the body.
  /// - Throws: `Failure`.
  public func readAnswer(isToHead: Bool = false) async throws -> (head: String, body: String) {
    try await perform {
      let head = try self.readNow(through: Array("\r\n\r\n".utf8))
      let length = head.split(separator: "\r\n")
        .first { $0.lowercased().hasPrefix("content-length: ") }
        .flatMap { Int($0.dropFirst("content-length: ".count)) }
      return (head, isToHead ? "" : try self.readNow(count: length ?? 0))
    }
  }

  private func readNow(through pattern: [UInt8]) throws -> String {
    var searched = 0
    while true {
      if received.count >= pattern.count {
        for start in searched...received.count - pattern.count
        where received[start..<start + pattern.count].elementsEqual(pattern) {
          return take(start + pattern.count)
        }
        searched = received.count - pattern.count + 1
      }
      guard try receive() else { throw Failure.closed(after: text) }
    }
  }

  private func readNow(count: Int) throws -> String {
    while received.count < count {
      guard try receive() else { throw Failure.closed(after: text) }
    }
    return take(count)
  }

  /// Receives some bytes; returns whether there may be more.
  private func receive() throws -> Bool {
    try wait(for: Int16(POLLIN))
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    if count < 0 {
      if errno == EINTR { return true }
      throw errno == ECONNRESET ? Failure.reset(after: text) : Failure.call("recv", errno)
    }
    received += buffer[..<count]
    return count > 0
  }

  private func wait(for events: Int16) throws {
    var poller = pollfd(fd: descriptor, events: events, revents: 0)
    guard poll(&poller, 1, Int32(limit / .milliseconds(1))) > 0 else {
      throw Failure.timedOut(after: text)
    }
  }

  private var text: String { String(decoding: received, as: UTF8.self) }

  private func take(_ count: Int) -> String {
    defer { received.removeFirst(count) }
    return String(decoding: received[..<count], as: UTF8.self)
  }
}
