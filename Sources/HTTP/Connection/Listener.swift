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

/// A listening socket. Clients that connect wait in the kernel's queue until a server accepts them.
///
/// Separate from the server, so that a program can fail on a port in use before it does anything
/// else.
public final class ListeningSocket: Sendable {
  /// The bound address; for port 0 with the port that the kernel chose.
  public let address: Address

  /// How many clients may wait in the kernel's queue; net.core.somaxconn may lower it.
  static let backlog = 4096

  /// Negative once it is closed.
  private let openDescriptor: Atomic<Int32>

  var descriptor: Int32 { openDescriptor.load(ordering: .relaxed) }

  /// Binds and listens.
  ///
  /// - Parameters:
  ///   - host: a numeric address or `localhost`, which is 127.0.0.1; `0.0.0.0` and `::` mean all
  ///     addresses.
  ///   - port: 0 takes any free port.
  /// - Throws: `AddressError`, or `SocketError` naming the call that failed.
  public init(host: String, port: UInt16) throws {
    let descriptor = try Socket.listen(host: host, port: port, backlog: Int32(Self.backlog))
    openDescriptor = Atomic(descriptor)
    address = Socket.localAddress(of: descriptor)
  }

  deinit { close() }

  /// Closes the socket: new connections are refused, waiting ones are reset.
  func close() {
    let descriptor = openDescriptor.exchange(-1, ordering: .relaxed)
    if descriptor >= 0 { Glibc.close(descriptor) }
  }
}

/// A dispatch source that can be switched off and on, and cancelled in either state.
///
/// Dispatch counts suspensions and traps when a suspended source is released. This type suspends at
/// most once, and resumes before the source is released.
final class SwitchedSource {
  private let source: any DispatchSourceProtocol

  /// Switches the source on.
  init(_ source: any DispatchSourceProtocol) {
    self.source = source
    source.resume()
  }

  var isOn = true {
    didSet {
      guard isOn != oldValue else { return }
      if isOn { source.resume() } else { source.suspend() }
    }
  }

  /// The watched descriptor.
  var handle: UInt { source.handle }

  /// Cancels the source; its cancel handler runs afterwards.
  func cancel() {
    source.cancel()
    isOn = true
  }
}

/// The descriptor that all timers of Dispatch share.
enum TimerDescriptor {
  /// Opens the descriptor; returns within milliseconds.
  ///
  /// Dispatch opens it when a timer of the process is first armed, and a timer for which no
  /// descriptor is free then never fires. Sleeps of tasks are such timers. They share this
  /// descriptor if they use `SuspendingClock`; `ContinuousClock` has another.
  static func open() { _ = isOpen }

  private static let isOpen: Bool = {
    let queue = DispatchQueue(label: "http.timer")
    let later = DispatchSource.makeTimerSource(queue: queue)
    later.schedule(deadline: .now() + .seconds(3600))
    later.resume()
    // One thread of Dispatch first calls the timers that are due and then arms the others, again
    // and again. Once it has called a timer that was scheduled after another call, `later` is armed.
    for _ in 0..<2 {
      let called = DispatchSemaphore(value: 0)
      queue.asyncAfter(deadline: .now() + .milliseconds(1)) { called.signal() }
      called.wait()
    }
    later.cancel()
    return true
  }()
}

/// The process's limit of open descriptors; its default is often 1,024.
enum DescriptorLimit {
  /// The descriptors kept for everything but connections: about 40 for the store and its readers,
  /// the queues, the log and libraries, and some for files that are open for a short time.
  private static let reserve = 256

  /// Raises the soft limit to what the connections need, and logs a warning if that is not
  /// possible.
  ///
  /// - Returns: how many of the connections the limit allows.
  static func raise(toServe connections: Int, logger: Logger) -> Int {
    let needed = rlim_t(max(0, connections) + reserve)
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
      return connections
    }
    if limit.rlim_cur < needed {
      limit.rlim_cur = min(needed, limit.rlim_max)
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
    let served = Self.connections(of: connections, within: Int(clamping: limit.rlim_cur))
    let metadata: Logger.Metadata = [
      "limit": "\(limit.rlim_cur)", "needed": "\(needed)", "max_connections": "\(served)",
    ]
    if served < connections {
      logger.warning(
        "max_connections is lowered: the limit of open descriptors is too small", metadata: metadata
      )
    } else {
      logger.debug(
        "the limit of open descriptors suffices for max_connections", metadata: metadata)
    }
    return served
  }

  /// How many connections fit into a limit of descriptors; of a small limit half is kept for
  /// everything else.
  static func connections(of wanted: Int, within limit: Int) -> Int {
    max(1, min(wanted, limit - min(reserve, limit / 2)))
  }
}
