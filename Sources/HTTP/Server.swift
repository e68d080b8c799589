import Dispatch
import Foundation
public import Logging

/// An HTTP/1.1 server on one listening socket.
///
/// Connections are spread over a few serial queues and each stays on its own, so that a request
/// is read, answered and written without a lock. The server itself is owned by its `control`
/// queue; every method may be called from any thread.
public final class Server: Sendable {
  public struct Configuration: Sendable {
    /// At this many connections the longest idle ones close when somebody else comes.
    ///
    /// While none is idle, further clients wait in the kernel's queue and are served as soon as
    /// there is room: nobody is turned away who would have been served a moment later, and no
    /// memory is spent on them. Lowered to what the process's limit of descriptors leaves room for,
    /// so that connections never take those of anything else.
    public var maxConnections = 10_000
    /// Serial queues that connections are spread over.
    public var queues = max(1, min(4, ProcessInfo.processInfo.activeProcessorCount))
    public var limits = RequestLimits()
    /// Bytes of the bodies of all connections together, of requests from their arrival to the answer
    /// and of answers until they are sent, of which one client may hold half; for a body beyond,
    /// unless it is small, the answer is 503.
    public var maxBodyBytesTotal = 256 << 20
    public var timeouts = Timeouts()

    public init() {}
  }

  /// How many connections there are and were.
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
  ///   - configuration: where to listen and what to allow.
  ///   - connections: keeps count of them.
  ///   - logger: for what concerns the server as a whole; requests go to `observe`.
  ///   - handler: plans how requests are answered.
  ///   - observe: called once per exchange on its connection's queue, so it must be quick.
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

  /// Serves those who connect to the socket, and those who already wait there. Called once.
  ///
  /// - Throws: `SocketError` when there are no descriptors to serve by; then nobody is served.
  public func start(on socket: ListeningSocket) throws {
    let maxConnections = DescriptorLimit.raise(
      toServe: configuration.maxConnections, logger: logger)
    for loop in loops { try loop.start() }
    control.sync {
      listener.start(socket, maxConnections: maxConnections, onFull: makeRoom) {
        [self] in add($0, client: $1)
      }
    }
  }

  /// Takes in those who already wait, and then nobody: whoever connects from now on is refused.
  ///
  /// Connections close after the answer to the request at hand, idle ones at once.
  public func stopAccepting() {
    control.async { [self] in
      listener.stop { [self] in onEveryLoop { $0.drain() } }
    }
  }

  /// Stops accepting and lets the requests at hand be answered.
  ///
  /// A second before the deadline, requests that have no answer yet get 503, and streamed bodies
  /// end; what is not sent by the deadline is cut. The task of a reply is not cancelled by any of
  /// this: a cancelled task always means that its client has gone.
  ///
  /// - Returns: when the last descriptor is closed.
  public func stop(by deadline: ContinuousClock.Instant) async {
    stopAccepting()
    let timer = Task { [self] in
      let clock = ContinuousClock()
      try await clock.sleep(until: deadline - .seconds(1))
      control.async { [self] in onEveryLoop { $0.refuse() } }
      try await clock.sleep(until: deadline)
      control.async { [self] in onEveryLoop { $0.abort() } }
    }
    await withCheckedContinuation { continuation in
      control.async { [self] in listener.whenClosed { continuation.resume() } }
    }
    timer.cancel()
  }

  /// On `control`, so that it comes after every connection that has been accepted.
  private func onEveryLoop(_ body: @escaping @Sendable (EventLoop) -> Void) {
    for loop in loops { loop.queue.async { body(loop) } }
  }

  /// Closes the longest idle connections of one queue or, when it has none, of the next.
  private func makeRoom() { makeRoom(on: loops[...]) }

  private func makeRoom(on loops: ArraySlice<EventLoop>) {
    guard let loop = loops.first else { return }
    loop.queue.async { [self] in
      if !loop.closeIdle() { makeRoom(on: loops.dropFirst()) }
    }
  }

  /// Hands an accepted socket to the next queue. On `control`.
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
