import CEpoll
import Dispatch
import Glibc

/// Tells of the sockets of one queue that are ready, all of them in one turn of the queue.
///
/// Dispatch has one source here, for an epoll instance that watches the sockets. A source for each
/// socket would be armed anew after every event by Dispatch's own thread, which costs a request
/// more than its bytes do; this way it happens once for all that is ready at the same time.
///
/// `@unchecked Sendable`: `events` is touched on the queue alone; descriptor and source are made once,
/// and epoll_ctl(2) and dispatch(3) may be called from any thread. The source's cancel handler closes
/// the descriptor, when nobody is left to use it.
final class Epoll: @unchecked Sendable {
  /// What of a socket is waited for, or has come.
  struct Readiness: OptionSet {
    let rawValue: UInt32

    /// Bytes have come, or their end.
    static let readable = Readiness(rawValue: EPOLLIN.rawValue)
    /// There is room for bytes to be sent.
    static let writable = Readiness(rawValue: EPOLLOUT.rawValue)
    /// Nothing can be sent any more. Always told of.
    static let broken = Readiness(rawValue: EPOLLERR.rawValue | EPOLLHUP.rawValue)
  }

  /// How many sockets one turn tells of; the others have the next.
  private static let turn = 256

  private let descriptor: Int32
  private let source: any DispatchSourceRead
  private var events = [epoll_event](repeating: epoll_event(), count: turn)

  /// Makes an instance that watches nothing yet.
  ///
  /// `onReady` is called on `queue` with the name that a socket was added by. It is told again for
  /// as long as the socket stays ready for what is waited for.
  ///
  /// - Throws: `SocketError` when no descriptor is to be had.
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

  /// Watches a socket from now on, under a name that is no other's; closing it ends that.
  ///
  /// - Throws: `SocketError` when the kernel's limit of watches is reached.
  func add(_ socket: Int32, name: UInt64, for readiness: Readiness) throws(SocketError) {
    guard control(EPOLL_CTL_ADD, socket, name, readiness) else { throw SocketError("epoll_ctl") }
  }

  /// Changes what of a socket is waited for.
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
