import CEpoll
import Dispatch
import Glibc

/// An epoll instance that reports the ready sockets of one queue, many per call.
///
/// Dispatch watches only the epoll descriptor. With one dispatch source per socket, Dispatch's
/// manager thread would rearm a source after every event, which costs more than reading a request.
/// Here it rearms one source for all sockets that are ready at the same time.
///
/// `@unchecked Sendable`: `events` is used only on the queue; descriptor and source are constants, and
/// epoll_ctl(2) and dispatch(3) may be called from any thread. The source's cancel handler closes the
/// descriptor, after its last use.
final class Epoll: @unchecked Sendable {
  /// The readiness that a socket is watched for, or has.
  struct Readiness: OptionSet {
    let rawValue: UInt32

    /// Bytes or the end of the stream can be read.
    static let readable = Readiness(rawValue: EPOLLIN.rawValue)
    /// Bytes can be sent.
    static let writable = Readiness(rawValue: EPOLLOUT.rawValue)
    /// Nothing can be sent any more. Always reported.
    static let broken = Readiness(rawValue: EPOLLERR.rawValue | EPOLLHUP.rawValue)
  }

  /// The largest number of events per epoll_wait(2); the next call reports the others.
  private static let turn = 256

  private let descriptor: Int32
  private let source: any DispatchSourceRead
  private var events = [epoll_event](repeating: epoll_event(), count: turn)

  /// Makes an instance that watches nothing yet.
  ///
  /// `onReady` is called on `queue` with the name that a socket was added with, again and again
  /// while the socket is ready for what it is watched for (level-triggered).
  ///
  /// - Throws: `SocketError` when no descriptor is available.
  init(
    queue: DispatchQueue, onReady: @escaping (UInt64, Readiness) -> Void
  ) throws(SocketError) {
    let descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard descriptor >= 0 else { throw SocketError("epoll_create1") }
    self.descriptor = descriptor
    source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
    source.setEventHandler { [weak self] in self?.takeTurn(onReady) }
    source.setCancelHandler { close(descriptor) }
    source.resume()
  }

  deinit { source.cancel() }

  private func takeTurn(_ onReady: (UInt64, Readiness) -> Void) {
    let count = epoll_wait(descriptor, &events, Int32(Self.turn), 0)
    for index in 0..<max(0, Int(count)) {
      let event = events[index]
      onReady(event.data.u64, Readiness(rawValue: event.events))
    }
  }

  /// Watches a socket under a unique name, until the socket is closed.
  ///
  /// - Throws: `SocketError` when the kernel's limit of watches is reached.
  func add(_ socket: Int32, name: UInt64, for readiness: Readiness) throws(SocketError) {
    guard control(EPOLL_CTL_ADD, socket, name, readiness) else { throw SocketError("epoll_ctl") }
  }

  /// Changes the readiness that a socket is watched for.
  func change(_ socket: Int32, name: UInt64, to readiness: Readiness) {
    _ = control(EPOLL_CTL_MOD, socket, name, readiness)
  }

  private func control(
    _ operation: Int32, _ socket: Int32, _ name: UInt64, _ readiness: Readiness
  ) -> Bool {
    var event = epoll_event(events: readiness.rawValue, data: epoll_data_t(u64: name))
    return epoll_ctl(descriptor, operation, socket, &event) == 0
  }
}
