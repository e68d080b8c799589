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
  private let maxConnections: Int
  private let logger: Logger

  /// Whether `queue` is to be told of every closing: somebody waits for room, or it is stopping.
  private let awaitsClosing = Atomic(false)

  // Owned by `queue`.
  private var source: SwitchedSource?
  private let retry: any DispatchSourceTimer
  private var onAccept: (Int32, Address) -> Void = { _, _ in }
  private var onFull: () -> Void = {}
  /// Somebody waits for whom there is no room.
  private var isFull = false
  /// No descriptor was to be had; until the next attempt.
  private var isExhausted = false
  /// Whether the log has it that accepting pauses; until a connection has been accepted.
  private var hasWarned = false
  private var isOpen = false
  private var closeWaiters: [() -> Void] = []

  init(queue: DispatchQueue, count: ConnectionCount, maxConnections: Int, logger: Logger) {
    self.queue = queue
    self.count = count
    self.maxConnections = maxConnections
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
  /// `onFull` is called on `queue` when somebody waits and there is no room, and again every tenth
  /// of a second while that is so.
  func start(
    _ descriptor: Int32, onFull: @escaping () -> Void,
    onAccept: @escaping (Int32, Address) -> Void
  ) {
    self.onAccept = onAccept
    self.onFull = onFull
    isOpen = true
    let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
    source.setEventHandler { [weak self] in self?.acceptWaiting(on: descriptor) }
    source.setCancelHandler {
      close(descriptor)
      self.isOpen = false
      self.tellIfClosed()
    }
    self.source = SwitchedSource(source)
  }

  /// Takes in those who already wait, and then nobody.
  func stop() {
    guard let source else { return }
    if !isExhausted { acceptWaiting(on: Int32(source.handle)) }
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
    guard !isOpen, count.open == 0 else { return }
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

  private func acceptWaiting(on descriptor: Int32) {
    guard count.open < maxConnections else { return waitForRoom() }
    // Bounded, so that a flood of connections does not keep `stop` waiting.
    for _ in 0..<64 where count.open < maxConnections {
      do throws(SocketError) {
        let (accepted, client) = try Socket.accept(on: descriptor)
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
    onFull()
    retry.schedule(deadline: .now() + .milliseconds(100))
  }

  /// Waits for descriptors to become free instead of failing over and over.
  private func pause(because error: SocketError) {
    if !hasWarned { logger.warning("accepting pauses", metadata: ["error": "\(error)"]) }
    hasWarned = true
    isExhausted = true
    updateSource()
    retry.schedule(deadline: .now() + .milliseconds(100))
  }

  /// Looks whether somebody still waits, which the source then tells.
  private func endPause() {
    isExhausted = false
    isFull = false
    updateSource()
  }
}
