import Dispatch
import Foundation
public import Logging

/// An HTTP/1.1 server on one address.
///
/// Connections are spread over a few serial queues and each stays on its own, so that a request
/// is read, answered and written without a lock. The server itself is owned by its `control`
/// queue; every method may be called from any thread.
public final class Server: Sendable {
  public struct Configuration: Sendable {
    /// A numeric address or `localhost`; `0.0.0.0` and `::` are all addresses.
    public var host = "127.0.0.1"
    /// 0 takes any free port.
    public var port: UInt16 = 0
    /// At this many connections the longest idle ones close when somebody else comes.
    ///
    /// While none is idle, further clients wait in the kernel's queue and are served as soon as
    /// there is room: nobody is turned away who would have been served a moment later, and no
    /// memory is spent on them.
    public var maxConnections = 10_000
    /// Serial queues that connections are spread over.
    public var queues = max(1, min(4, ProcessInfo.processInfo.activeProcessorCount))
    public var limits = RequestLimits()
    /// Bytes of the bodies of all connections together, of requests from their arrival to the answer
    /// and of answers until they are sent; for a body beyond, unless it is small, the answer is 503.
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
  ///   - handler: judges and answers the requests.
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
    bodies = BodyBudget(capacity: configuration.maxBodyBytesTotal)
    loops = (0..<max(1, configuration.queues)).map { EventLoop(label: "http.connections.\($0)") }
    listener = Listener(
      queue: control, count: connections, maxConnections: max(1, configuration.maxConnections),
      logger: logger)
  }

  // MARK: Start and stop

  /// Binds, listens and serves.
  ///
  /// - Returns: the address bound, with the port that was free if 0 was asked for.
  /// - Throws: `SocketError` or `AddressError`; then nobody is served.
  @discardableResult
  public func start() throws -> Address {
    DescriptorLimit.raise(toServe: configuration.maxConnections, logger: logger)
    for loop in loops { try loop.start() }
    let descriptor = try Socket.listen(
      host: configuration.host, port: configuration.port, backlog: 4096)
    let address = Socket.localAddress(of: descriptor)
    control.sync {
      listener.start(descriptor, onFull: makeRoom) { [self] in add($0, client: $1) }
    }
    return address
  }

  /// Stops accepting and closes idle connections; requests at hand are still answered.
  public func beginDraining() {
    control.async { [self] in
      listener.stop()
      for loop in loops { loop.queue.async { loop.drain() } }
    }
  }

  /// Closes every connection at once and cancels what works for them.
  public func shutDownNow() {
    control.async { [self] in
      listener.stop()
      for loop in loops { loop.queue.async { loop.abort() } }
    }
  }

  /// Drains, and closes what is still open when the deadline has passed.
  ///
  /// - Returns: when the last descriptor is closed.
  public func stop(within deadline: Duration) async {
    beginDraining()
    let timer = Task { [self] in
      try await Task.sleep(for: deadline)
      shutDownNow()
    }
    await waitUntilClosed()
    timer.cancel()
  }

  /// Returns when accepting has stopped and no connection is open.
  public func waitUntilClosed() async {
    await withCheckedContinuation { continuation in
      control.async { [self] in listener.whenClosed { continuation.resume() } }
    }
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
      loop: loop, descriptor: descriptor, handler: handler, state: state
    ) { [listener] in listener.connectionClosed() }
    loop.queue.async { loop.add(connection) }
  }
}
