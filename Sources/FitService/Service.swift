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
  private let socket: ListeningSocket
  private let queue: JobQueue
  private let server: Server
  private let stopping: StoppingFlag

  /// How long before the end of a stop everybody is answered who still waits for a job: half a second
  /// before the server answers who is left by 503, and another before it cuts what is not sent.
  private static let timeToAnswer = Duration.milliseconds(1_500)

  /// Binds the address, and opens the store; nobody is served and no job runs yet.
  ///
  /// Blocks until the store has been read.
  ///
  /// - Throws: when the address cannot be had, before anything else is done; `APIKeyFileError`,
  ///   `JobStoreError`.
  public init(_ settings: Settings, logger: Logger) throws {
    socket = try settings.listen()
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
      isStopping: { stopping.isSet },
      isValid: { [keys = access.keys] in keys?.holds(id: $0) ?? true },
      logger: logger)
    let handler = ServiceHandler(api: api, access: access)
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

  /// Serves, and lets jobs run, those of an earlier process too.
  ///
  /// - Returns: the address, with the port that was free when 0 was asked for.
  /// - Throws: when there are no descriptors to serve by.
  public func start() throws -> Address {
    try server.start(on: socket)
    queue.start()
    logger.notice("listening", metadata: ["address": "\(socket.address)"])
    if !settings.originPolicy.isLoopback, settings.apiKeysFile == nil {
      logger.warning("there are no API keys: who reaches this address may use the service")
    }
    return socket.address
  }

  /// Stops gracefully: is not ready for `drain_delay_s`, and then takes no more connections and no
  /// more jobs, and within `drain_deadline_s` lets running jobs finish and puts the others back into
  /// the queue.
  ///
  /// Who waits for a queued job is answered at once, everybody else more than a second before the
  /// deadline, so every connection closes with an answer, and no job is cancelled.
  public func stop() async {
    guard stopping.set() else { return }
    logger.notice("stopping")
    let clock = ContinuousClock()
    try? await clock.sleep(for: .seconds(settings.drainDelay))
    let deadline = clock.now + .seconds(settings.drainDeadline)
    let answers = max(clock.now, deadline - Self.timeToAnswer)
    server.stopAccepting()
    queue.stopTaking(answeringAllWithin: answers - clock.now)
    // Before the store is closed, from which results are fetched.
    await server.stop(by: answers + Self.timeToAnswer)
    await queue.halt(within: max(.zero, deadline - clock.now))
    logger.notice("stopped")
  }

  /// Closes the store of a service that could not start: no job has run, and nobody waits.
  func close() async { await queue.halt(within: .zero) }

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
      await service.close()
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
