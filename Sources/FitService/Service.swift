import Foundation
public import HTTP
import Jobs
public import Logging
import Synchronization

/// The whole service: a store, a queue with its workers, and a server, wired by the settings.
///
/// All functions may be called from any thread.
public final class Service: Sendable {
  private let settings: Settings
  private let logger: Logger
  private let queue: JobQueue
  private let server: Server
  private let stopping: StoppingFlag

  /// Opens the store and starts the workers; nothing listens yet.
  ///
  /// Blocks until the store has been read.
  ///
  /// - Throws: `APIKeyFileError`, `JobStoreError`.
  public init(_ settings: Settings, logger: Logger) throws {
    let access = try settings.access(logger: logger)
    let stopping = StoppingFlag()
    let metrics = Metrics()
    let queue = try JobQueue(
      store: try settings.openStore(), configuration: settings.queue
    ) { event in
      metrics.count(event)
      logger.log(event)
    } run: { job in
      job.kind == SimulationWork.kind
        ? try SimulationWork.run(job) : try FitWork.run(job, onFit: metrics.countFit)
    }
    let api = API(
      queue: queue, metrics: metrics, limits: settings.requestLimits,
      wait: (.seconds(settings.waitDefault), .seconds(settings.waitMax)),
      isStopping: { stopping.isSet }, logger: logger)
    let handler = ServiceHandler(router: api.router, access: access)
    server = Server(
      configuration: settings.server, connections: metrics.connections, logger: logger,
      handler: handler
    ) { exchange in
      metrics.count(exchange)
      logger.log(exchange)
    }
    self.settings = settings
    self.logger = logger
    self.queue = queue
    self.stopping = stopping
  }

  /// Listens and serves.
  ///
  /// - Returns: the address, with the port that was free when 0 was asked for.
  /// - Throws: when the address cannot be had.
  public func start() throws -> Address {
    let socket = try settings.listen()
    try server.start(on: socket)
    let address = socket.address
    logger.notice("listening", metadata: ["address": "\(address)"])
    if !settings.originPolicy.isLoopback, settings.apiKeysFile == nil {
      logger.warning("there are no API keys: who reaches this address may use the service")
    }
    return address
  }

  /// Stops gracefully: tells load balancers, takes no more connections, answers who is waiting,
  /// lets jobs finish, puts the others back into the queue, and closes the store.
  public func stop() async {
    guard stopping.set() else { return }
    logger.notice("stopping")
    let clock = ContinuousClock()
    try? await clock.sleep(for: .seconds(settings.drainDelay))
    let deadline = clock.now + .seconds(settings.drainDeadline)
    // The server first: whoever waits for a result still needs the store to fetch it from.
    await server.stop(by: deadline)
    await queue.drain(within: max(.zero, deadline - clock.now))
    logger.notice("stopped")
  }

  /// Runs the service until SIGTERM or SIGINT; a second signal ends the process at once.
  ///
  /// `announce` is told the address once it is served. Throws what `init` and `start` throw.
  public static func run(
    _ settings: Settings, announce: @Sendable (Address) -> Void
  ) async throws {
    let logger = settings.makeLogger()
    defer { LogSink.standardError.flush(within: .seconds(1)) }
    let (signals, continuation) = AsyncStream.makeStream(of: Void.self)
    let signal = StopSignal { urgency in
      switch urgency {
      case .graceful: continuation.yield()
      // Nothing is lost: what was accepted is in the store, and runs again after the next start.
      case .immediate(let status): _exit(status)
      }
    }
    defer { withExtendedLifetime(signal) {} }
    let service = try Service(settings, logger: logger)
    do {
      announce(try service.start())
    } catch {
      await service.stop()
      throw error
    }
    for await _ in signals { break }
    await service.stop()
  }
}

/// Set once, when the service begins to stop.
private final class StoppingFlag: Sendable {
  private let value = Atomic(false)

  var isSet: Bool { value.load(ordering: .relaxed) }

  /// Sets the flag; false when it was set before.
  func set() -> Bool { !value.exchange(true, ordering: .relaxed) }
}
