import Dispatch
import Glibc
import Logging
import Synchronization

/// Accepts connections up to a limit, and calls `onFull` when a client waits beyond it.
///
/// `@unchecked Sendable`: all mutable properties are used only on `queue`.
final class Listener: @unchecked Sendable {
  private let queue: DispatchQueue
  private let count: ConnectionCount
  private let logger: Logger

  /// Whether `connectionClosed` must notify `queue`: a client waits to be accepted, or the listener
  /// is stopping.
  private let awaitsClosing = Atomic(false)

  // Owned by `queue`.
  private var socket: ListeningSocket?
  private var source: SwitchedSource?
  private var maxConnections = 0
  private let retry: any DispatchSourceTimer
  private var onAccept: (Int32, Address) -> Void = { _, _ in }
  private var onFull: () -> Void = {}
  private var onStop: () -> Void = {}
  /// Whether a client waits while the limit of connections is reached.
  private var isFull = false
  /// Whether the last attempt found no free descriptor.
  private var isExhausted = false
  /// Whether the pause has been logged; reset when a connection is accepted.
  private var hasWarned = false
  private var closeWaiters: [() -> Void] = []

  init(queue: DispatchQueue, count: ConnectionCount, logger: Logger) {
    self.queue = queue
    self.count = count
    self.logger = logger
    retry = DispatchSource.makeTimerSource(queue: queue)
    retry.setEventHandler { [weak self] in self?.endPause() }
    // Dispatch opens a descriptor for the first timer of the process. Do it now, while descriptors
    // are free.
    retry.schedule(deadline: .now())
    retry.resume()
  }

  deinit { retry.cancel() }

  /// Accepts from the listening socket, and closes it after `stop`.
  ///
  /// `onFull` is called on `queue` when a client waits but the limit is reached or no descriptor is
  /// free, and again every 100 milliseconds while that is so.
  func start(
    _ socket: ListeningSocket, maxConnections: Int, onFull: @escaping () -> Void,
    onAccept: @escaping (Int32, Address) -> Void
  ) {
    self.socket = socket
    self.maxConnections = maxConnections
    self.onAccept = onAccept
    self.onFull = onFull
    let source = DispatchSource.makeReadSource(fileDescriptor: socket.descriptor, queue: queue)
    // Bounded, so that many connections in a row do not delay `stop`.
    source.setEventHandler { [weak self] in self?.acceptWaiting(on: socket, atMost: 64) }
    source.setCancelHandler {
      socket.close()
      self.socket = nil
      self.onStop()
      self.tellIfClosed()
    }
    self.source = SwitchedSource(source)
  }

  /// Accepts the clients that already wait, up to the limit, and then no more.
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

  /// Calls `body` on `queue` when the listening socket and all connections are closed.
  func whenClosed(_ body: @escaping () -> Void) {
    closeWaiters.append(body)
    tellIfClosed()
  }

  /// Called when a connection's descriptor has been closed, from any thread.
  func connectionClosed() {
    count.remove()
    // Both atomics are sequentially consistent: either this call sees `awaitsClosing`, or `queue`,
    // which sets it before it reads the count, sees the lower count.
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
        default: continue  // The client disconnected before it was accepted, or a signal came.
        }
      }
    }
  }

  /// Stops accepting until a connection closes, and calls `onFull` so that an idle one does.
  private func waitForRoom() {
    isFull = true
    updateSource()
    guard isFull else { return }
    makeRoom()
  }

  /// Stops accepting for a moment because no descriptor is free, and calls `onFull` so that idle
  /// connections free some.
  private func pause(because error: SocketError) {
    if !hasWarned {
      logger.warning(
        "no connection can be accepted for now", metadata: ["error": "\(error)"])
    }
    hasWarned = true
    isExhausted = true
    updateSource()
    makeRoom()
  }

  private func makeRoom() {
    onFull()
    retry.schedule(deadline: .now() + .milliseconds(100))
  }

  /// Switches the source on again; it fires if a client still waits.
  private func endPause() {
    isExhausted = false
    isFull = false
    updateSource()
  }
}
