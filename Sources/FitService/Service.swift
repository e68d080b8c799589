import Foundation
public import HTTP
import Jobs
public import Logging
import Synchronization

/// The whole service: a store, a queue with its workers, and a server, built from the settings.
///
/// All functions may be called from any thread.
public final class Service: Sendable {
  private let settings: Settings
  private let logger: Logger
  private let socket: ListeningSocket
  private let queue: JobQueue
  private let server: Server
  private let stopping: StoppingFlag

  /// How long before the deadline of a stop all requests that still wait for a job are answered:
  /// half a second before the server refuses the rest with 503, and a second more before it closes
  /// connections.
  private static let timeToAnswer = Duration.milliseconds(1_500)

  /// Binds the address and opens the store. Serves no client and runs no job yet.
  ///
  /// Blocks until the store has been read.
  ///
  /// - Throws: an error when the address cannot be bound, before anything else is done;
  ///   `APIKeyFileError`; `JobStoreError`.
  public init(_ settings: Settings, logger: Logger) throws {
    socket = try settings.listen()
    let access = try settings.access(logger: logger)
    let stopping = StoppingFlag()
    let metrics = Metrics()
    let queue = try JobQueue(
      store: try settings.openStore(), configuration: settings.queue,
      child: ChildProcess(arguments: ["work"])
    ) { event in
      metrics.count(event)
      logger.log(event)
    } run: { job in
      try Self.run(job, onFit: metrics.countFit)
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

  /// Does what a job asks for, by its kind.
  private static func run(
    _ job: JobContext, onFit: @escaping @Sendable (_ breaks: Int, _ time: Duration) -> Void
  ) throws -> JobOutcome {
    job.kind == SimulationWork.kind
      ? try SimulationWork.run(job) : try FitWork.run(job, onFit: onFit)
  }

  /// Runs one job in this process, which a server has started for it: the payload comes by standard
  /// input, and the outcome goes to standard output.
  ///
  /// - Throws: when either cannot be read or written.
  public static func work(
    kind: String, payloadSize: Int, queueWait: Int, memoryLimit: UInt64
  ) throws {
    let assignment = ChildProcess.Assignment(
      kind: kind, payloadSize: payloadSize, queueWait: queueWait, memoryLimit: memoryLimit)
    try ChildProcess.serve(assignment) { try run($0, onFit: { _, _ in }) }
  }

  /// Starts to serve clients and to run jobs, including unfinished ones of an earlier process.
  ///
  /// - Returns: the address; for port 0 with the port that the kernel chose.
  /// - Throws: an error when no descriptors are left.
  public func start() throws -> Address {
    try server.start(on: socket)
    queue.start()
    logger.notice("listening", metadata: ["address": "\(socket.address)"])
    if !settings.originPolicy.isLoopback, settings.apiKeysFile == nil {
      logger.warning("no API keys are set: everyone who can reach this address can use the service")
    }
    return socket.address
  }

  /// Stops gracefully. For `drain_delay_s` the service is not ready but serves as before. Then it
  /// accepts no connections and no jobs, and running jobs may finish within `drain_deadline_s`; the
  /// others are queued again for the next start.
  ///
  /// Requests that wait for a queued job are answered at once, all others more than a second before
  /// the deadline. So every connection closes with a response, and no job is cancelled.
  public func stop() async {
    guard stopping.set() else { return }
    logger.notice("stopping")
    let clock = ContinuousClock()
    try? await SuspendingClock().sleep(for: .seconds(settings.drainDelay))
    let deadline = clock.now + .seconds(settings.drainDeadline)
    let answers = max(clock.now, deadline - Self.timeToAnswer)
    server.stopAccepting()
    queue.stopTaking(answeringAllWithin: answers - clock.now)
    // Stop the server before the store is closed, because responses read results from it.
    await server.stop(by: answers + Self.timeToAnswer)
    await queue.halt(within: max(.zero, deadline - clock.now))
    logger.notice("stopped")
  }

  /// Closes the store of a service that could not start, so that no job has run.
  func close() async { await queue.halt(within: .zero) }

  /// Runs the service until SIGTERM or SIGINT; a second signal ends the process at once.
  ///
  /// Calls `announce` with the address once it is served. Throws what `init` and `start` throw.
  public static func run(
    _ settings: Settings, announce: @Sendable (Address) -> Void
  ) async throws {
    let logger = settings.makeLogger()
    defer { LogSink.standardError.flush(within: .seconds(1)) }
    let (signals, continuation) = AsyncStream.makeStream(of: Void.self)
    let signal = StopSignal { urgency in
      switch urgency {
      case .graceful: continuation.yield()
      // No job is lost: accepted jobs are in the store, and run again after the next start.
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

/// A flag that is set once, when the service begins to stop.
private final class StoppingFlag: Sendable {
  private let value = Atomic(false)

  var isSet: Bool { value.load(ordering: .relaxed) }

  /// Sets the flag; returns false when it was set before.
  func set() -> Bool { !value.exchange(true, ordering: .relaxed) }
}
