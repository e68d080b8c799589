import Dispatch
import Foundation
public import Logging
import Synchronization

/// An HTTP/1.1 server on one listening socket.
///
/// Connections are distributed over a few serial queues. Each connection stays on one queue, so a
/// request is read, answered and written without a lock. The listener's state belongs to the
/// `control` queue. Every method may be called from any thread.
public final class Server: Sendable {
  public struct Configuration: Sendable {
    /// The largest number of open connections. When it is reached and another client connects, the
    /// connections that have been idle longest are closed.
    ///
    /// While no connection is idle, further clients wait in the kernel's queue, which costs the
    /// process no memory, and are accepted as soon as a connection closes. The number is lowered
    /// when the process's limit of open descriptors is too small, so that connections leave enough
    /// descriptors for the rest of the process.
    public var maxConnections = 10_000
    /// The number of serial queues that connections are distributed over.
    public var queues = max(1, min(4, ProcessInfo.processInfo.activeProcessorCount))
    public var limits = RequestLimits()
    /// The bytes that the bodies of all connections may hold in memory together: request bodies
    /// until the response, response bodies until they are sent. One client may hold half. A body
    /// above the limit is refused with 503, unless it is small.
    public var maxBodyBytesTotal = 256 << 20
    public var timeouts = Timeouts()

    public init() {}
  }

  /// The number of open connections, and of all accepted so far.
  public let connections: ConnectionCount

  private let configuration: Configuration
  private let handler: any Handler
  private let observe: @Sendable (Exchange) -> Void
  private let logger: Logger
  private let control = DispatchQueue(label: "http.control")
  private let loops: [EventLoop]
  private let listener: Listener
  private let bodies: BodyBudget

  /// Makes a server that is not started yet.
  ///
  /// - Parameters:
  ///   - configuration: the limits and timeouts.
  ///   - connections: counts the connections.
  ///   - logger: for messages about the server as a whole; requests go to `observe`.
  ///   - handler: decides how requests are answered.
  ///   - observe: called once per exchange on its connection's queue, so it must not block.
  public init(
    configuration: Configuration, connections: ConnectionCount = ConnectionCount(),
    logger: Logger, handler: any Handler,
    observe: @escaping @Sendable (Exchange) -> Void = { _ in }
  ) {
    self.configuration = configuration
    self.handler = handler
    self.observe = observe
    self.logger = logger
    self.connections = connections
    bodies = BodyBudget(
      capacity: configuration.maxBodyBytesTotal, largest: configuration.limits.body)
    loops = (0..<max(1, configuration.queues)).map { EventLoop(label: "http.connections.\($0)") }
    listener = Listener(queue: control, count: connections, logger: logger)
  }

  // MARK: Start and stop

  /// Starts to accept connections on the socket, including those already waiting there. Call once.
  ///
  /// - Throws: `SocketError` when no descriptor is left for epoll; then nothing is accepted.
  public func start(on socket: ListeningSocket) throws {
    let maxConnections = DescriptorLimit.raise(
      toServe: configuration.maxConnections, logger: logger)
    TimerDescriptor.open()
    for loop in loops { try loop.start() }
    control.sync {
      listener.start(socket, maxConnections: maxConnections, onFull: makeRoom) {
        [self] in add($0, client: $1)
      }
    }
  }

  /// Accepts the clients that already wait, then closes the listening socket: later connection
  /// attempts are refused.
  ///
  /// Open connections close after the response to their current request, idle ones at once.
  public func stopAccepting() {
    control.async { [self] in
      listener.stop { [self] in onEveryLoop { $0.drain() } }
    }
  }

  /// Stops accepting, and finishes the current requests.
  ///
  /// One second before the deadline, requests without a response get 503. At the deadline, all
  /// connections that are still open are closed. This cancels no reply's task: a cancelled task
  /// always means that its client has disconnected. Returns when the last descriptor is closed.
  public func stop(by deadline: ContinuousClock.Instant) async {
    stopAccepting()
    let timer = Task { [self] in
      let clock = SuspendingClock()
      let end = clock.now + (deadline - .now)
      try await clock.sleep(until: end - .seconds(1))
      control.async { [self] in onEveryLoop { $0.refuse() } }
      try await clock.sleep(until: end)
      control.async { [self] in onEveryLoop { $0.abort() } }
    }
    await withCheckedContinuation { continuation in
      control.async { [self] in listener.whenClosed { continuation.resume() } }
    }
    timer.cancel()
  }

  /// Calls `body` on the queue of each loop. Call on `control`, so that it runs after the `add` of
  /// every connection that has been accepted.
  private func onEveryLoop(_ body: @escaping @Sendable (EventLoop) -> Void) {
    for loop in loops { loop.queue.async { body(loop) } }
  }

  /// Closes the longest idle connections of the first loop that has any.
  private func makeRoom() { makeRoom(on: loops[...]) }

  private func makeRoom(on loops: ArraySlice<EventLoop>) {
    guard let loop = loops.first else { return }
    loop.queue.async { [self] in
      if !loop.closeIdle() { makeRoom(on: loops.dropFirst()) }
    }
  }

  /// Assigns an accepted socket to the next loop. Call on `control`.
  private func add(_ descriptor: Int32, client: Address) {
    let loop = loops[connections.accepted % loops.count]
    let state = ConnectionState(
      client: client, handler: handler, limits: configuration.limits,
      timeouts: configuration.timeouts, bodies: bodies, at: .now, observe: observe)
    let connection = Connection(
      loop: loop, descriptor: descriptor, state: state
    ) { [listener] in listener.connectionClosed() }
    loop.queue.async { loop.add(connection) }
  }
}

/// Counts the open connections and all accepted ones. May be read from any thread.
public final class ConnectionCount: Sendable {
  private let openCount = Atomic(0)
  private let acceptedCount = Atomic(0)

  public init() {}

  /// The number of open connections.
  public var open: Int { openCount.load(ordering: .sequentiallyConsistent) }

  /// The number of connections accepted since the start.
  public var accepted: Int { acceptedCount.load(ordering: .relaxed) }

  func add() {
    openCount.add(1, ordering: .relaxed)
    acceptedCount.add(1, ordering: .relaxed)
  }

  func remove() { openCount.subtract(1, ordering: .sequentiallyConsistent) }
}
