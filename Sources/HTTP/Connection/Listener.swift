import Dispatch
import Glibc
import Logging
import Synchronization

/// Accepts connections while there is room for them, and asks for room when somebody waits.
///
/// `@unchecked Sendable`: everything mutable is touched on `queue` alone.
final class Listener: @unchecked Sendable {
  private let queue: DispatchQueue
  private let count: ConnectionCount
  private let logger: Logger

  /// Whether `queue` is to be told of every closing: somebody waits for room, or it is stopping.
  private let awaitsClosing = Atomic(false)

  // Owned by `queue`.
  private var socket: ListeningSocket?
  private var source: SwitchedSource?
  private var maxConnections = 0
  private let retry: any DispatchSourceTimer
  private var onAccept: (Int32, Address) -> Void = { _, _ in }
  private var onFull: () -> Void = {}
  private var onStop: () -> Void = {}
  /// Somebody waits for whom there is no room.
  private var isFull = false
  /// No descriptor was to be had; until the next attempt.
  private var isExhausted = false
  /// Whether the log has it that accepting pauses; until a connection has been accepted.
  private var hasWarned = false
  private var closeWaiters: [() -> Void] = []

  init(queue: DispatchQueue, count: ConnectionCount, logger: Logger) {
    self.queue = queue
    self.count = count
    self.logger = logger
    retry = DispatchSource.makeTimerSource(queue: queue)
    retry.setEventHandler { [weak self] in self?.endPause() }
    // Dispatch opens a descriptor for the first timer there is: now, while there are some.
    retry.schedule(deadline: .now())
    retry.resume()
  }

  deinit { retry.cancel() }

  /// Accepts from the listening socket, which it closes in the end.
  ///
  /// `onFull` is called on `queue` when somebody waits and there is no room or no descriptor, and
  /// again every tenth of a second while that is so.
  func start(
    _ socket: ListeningSocket, maxConnections: Int, onFull: @escaping () -> Void,
    onAccept: @escaping (Int32, Address) -> Void
  ) {
    self.socket = socket
    self.maxConnections = maxConnections
    self.onAccept = onAccept
    self.onFull = onFull
    let source = DispatchSource.makeReadSource(fileDescriptor: socket.descriptor, queue: queue)
    // Bounded, so that a flood of connections does not keep `stop` waiting.
    source.setEventHandler { [weak self] in self?.acceptWaiting(on: socket, atMost: 64) }
    source.setCancelHandler {
      socket.close()
      self.socket = nil
      self.onStop()
      self.tellIfClosed()
    }
    self.source = SwitchedSource(source)
  }

  /// Takes in all who already wait and for whom there is room, and then nobody.
  ///
  /// `onStop` is called on `queue` when the socket is closed.
  func stop(_ onStop: @escaping () -> Void) {
    guard let source, let socket else { return }
    self.onStop = onStop
    acceptWaiting(on: socket, atMost: ListeningSocket.backlog)
    source.cancel()
    self.source = nil
    onAccept = { _, _ in }
    onFull = {}
  }

  /// Calls back on `queue` when nothing is open any more.
  func whenClosed(_ body: @escaping () -> Void) {
    closeWaiters.append(body)
    tellIfClosed()
  }

  /// A connection's descriptor has been closed. From any thread.
  func connectionClosed() {
    count.remove()
    // Both orders are sequentially consistent: either this sees that somebody waits for room, or
    // whoever begins to wait sees the lower count.
    guard awaitsClosing.load(ordering: .sequentiallyConsistent) else { return }
    queue.async { [self] in
      updateSource()
      if source == nil { tellIfClosed() }
    }
  }

  private func tellIfClosed() {
    awaitsClosing.store(true, ordering: .sequentiallyConsistent)
    guard socket == nil, count.open == 0 else { return }
    for waiter in closeWaiters { waiter() }
    closeWaiters = []
  }

  private func updateSource() {
    guard let source else { return }
    awaitsClosing.store(true, ordering: .sequentiallyConsistent)
    if count.open < maxConnections { isFull = false }
    if !isFull { awaitsClosing.store(false, ordering: .sequentiallyConsistent) }
    source.isOn = !isExhausted && !isFull
  }

  private func acceptWaiting(on socket: ListeningSocket, atMost limit: Int) {
    guard count.open < maxConnections else { return waitForRoom() }
    for _ in 0..<limit where count.open < maxConnections {
      do throws(SocketError) {
        let (accepted, client) = try Socket.accept(on: socket.descriptor)
        count.add()
        hasWarned = false
        onAccept(accepted, client)
      } catch {
        switch error.code {
        case EAGAIN: return
        case EMFILE, ENFILE, ENOBUFS, ENOMEM:
          pause(because: error)
          return
        default: continue  // A client that left before its turn, or a signal.
        }
      }
    }
  }

  /// Accepts nobody until a connection closes, and sees to it that one does if it can.
  private func waitForRoom() {
    isFull = true
    updateSource()
    guard isFull else { return }
    makeRoom()
  }

  /// Waits for descriptors to become free instead of failing over and over; idle connections give
  /// theirs up, so that nothing else in the process goes without one.
  private func pause(because error: SocketError) {
    if !hasWarned { logger.warning("accepting pauses", metadata: ["error": "\(error)"]) }
    hasWarned = true
    isExhausted = true
    updateSource()
    makeRoom()
  }

  private func makeRoom() {
    onFull()
    retry.schedule(deadline: .now() + .milliseconds(100))
  }

  /// Looks whether somebody still waits, which the source then tells.
  private func endPause() {
    isExhausted = false
    isFull = false
    updateSource()
  }
}
