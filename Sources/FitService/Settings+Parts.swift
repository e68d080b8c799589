public import Fits
import Foundation
import HTTP
import Jobs
import Locks
import Logging

// The parts of the service that follow from the settings.

extension Settings {
  func openStore() throws(JobStoreError) -> any JobStore {
    switch store {
    case .memory: try SQLiteStore()
    case .sqlite:
      try SQLiteStore(
        directory: dataDirectory, synchronous: storeSync == .full ? .full : .normal)
    }
  }

  var queue: JobQueue.Configuration {
    var queue = JobQueue.Configuration()
    if let workers { queue.workers = workers }
    queue.capacity = queueCapacity
    queue.capacityPerClient =
      queueLimitPerClient ?? (apiKeysFile == nil ? nil : max(1, queueCapacity / 2))
    queue.maxWaiters = maxWaiters
    queue.maxWaitersPerClient = apiKeysFile == nil ? nil : max(1, maxWaiters / 2)
    queue.retentionAge = .seconds(retentionDays * 86_400)
    queue.maxOutputBytes = maxOutputBytes
    queue.retentionCount = retentionJobs
    queue.retentionBytes = retentionBytes ?? (store == .memory ? 128 << 20 : 1 << 30)
    return queue
  }

  var server: Server.Configuration {
    var server = Server.Configuration()
    server.maxConnections = maxConnections
    server.limits.head = maxHeadBytes
    server.limits.body = maxBodyBytes
    server.maxBodyBytesTotal = maxBodyBytesTotal
    server.timeouts.head = .seconds(headTimeout)
    server.timeouts.body = .seconds(bodyTimeout)
    server.timeouts.write = .seconds(writeTimeout)
    server.timeouts.minimumRate = minimumRate
    server.timeouts.idle = .seconds(idleTimeout)
    server.timeouts.linger = .seconds(linger)
    server.timeouts.abandonGrace = .seconds(abandonGrace)
    return server
  }

  /// Binds the address and listens there, without accepting connections yet.
  ///
  /// - Throws: an error when the address cannot be bound.
  func listen() throws -> ListeningSocket {
    try ListeningSocket(host: host, port: UInt16(clamping: port))
  }

  /// The numeric address by which this machine reaches the server: loopback if it listens on all
  /// addresses.
  public var localHost: String {
    switch host {
    case "0.0.0.0": "127.0.0.1"
    case "::": "::1"
    default: Address.numeric(host)
    }
  }

  /// What a request may ask for.
  public var requestLimits: FitRequest.Limits {
    FitRequest.Limits(
      points: maxPoints, totalPoints: maxPointsTotal, curves: maxCurves, breaks: maxBreaks,
      predictions: maxPredictions, samples: maxSamples, timeout: jobTimeout)
  }

  /// Who may use the service, and how often.
  ///
  /// - Throws: an error when the API keys cannot be read; the service must not start without them.
  func access(logger: Logger) throws(APIKeyFileError) -> Access {
    var access = Access(origins: originPolicy)
    access.proxies = TrustedProxies(ranges: trustedProxies.compactMap { AddressRange($0) })
    if let apiKeysFile { access.keys = try KeyRing(APIKeyFile(path: apiKeysFile), logger: logger) }
    if rateLimitPerMinute > 0 {
      access.limiter = Locked(RateLimiter(perMinute: rateLimitPerMinute))
    }
    return access
  }

  var originPolicy: OriginPolicy {
    OriginPolicy(
      isLoopback: OriginPolicy.isLoopback(host.lowercased()),
      allowedHosts: Set(allowedHosts.map { $0.lowercased() }),
      corsOrigins: Set(corsOrigins.map { $0.lowercased() }))
  }

  /// A log on standard error.
  func makeLogger() -> Logger {
    let format: LineLogHandler.Format =
      switch logFormat {
      case .text: .text
      case .json: .json
      case .auto: isatty(STDERR_FILENO) == 1 ? .text : .json
      }
    let level = Logger.Level(rawValue: logLevel.rawValue) ?? .info
    return Logger(label: "bnsl") { LineLogHandler(label: $0, format: format, level: level) }
  }
}
