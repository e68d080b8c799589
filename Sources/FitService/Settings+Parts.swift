import Foundation
import HTTP
import Jobs
import Logging

// What the settings mean to each part of the service.

extension Settings {
  /// Refuses settings of what is not built: who asks for keys must not get an open service.
  func refuseUnavailable() throws(SettingsError) {
    let wanted = [
      ("api_keys_file", apiKeysFile != nil), ("rate_limit_per_minute", rateLimitPerMinute > 0),
      ("trusted_proxies", !trustedProxies.isEmpty),
    ].filter(\.1)
    guard wanted.isEmpty else {
      throw SettingsError(faults: wanted.map { "\($0.0) is not available yet; leave it out" })
    }
  }

  func openStore() throws(JobStoreError) -> any JobStore {
    switch store {
    case .memory: MemoryStore()
    case .sqlite:
      try SQLiteStore(
        directory: dataDirectory, synchronous: storeSync == .full ? .full : .normal)
    }
  }

  var queue: JobQueue.Configuration {
    var queue = JobQueue.Configuration()
    if let workers { queue.workers = workers }
    queue.capacity = queueCapacity
    queue.maxWaiters = maxWaiters
    queue.retentionAge = .seconds(retentionDays * 86_400)
    queue.retentionCount = retentionJobs
    return queue
  }

  var server: Server.Configuration {
    var server = Server.Configuration()
    server.host = host
    server.port = UInt16(clamping: port)
    server.maxConnections = maxConnections
    server.limits.head = maxHeadBytes
    server.limits.body = maxBodyBytes
    server.timeouts.head = .seconds(headTimeout)
    server.timeouts.body = .seconds(bodyTimeout)
    server.timeouts.write = .seconds(writeTimeout)
    server.timeouts.idle = .seconds(idleTimeout)
    server.timeouts.abandonGrace = .seconds(abandonGrace)
    return server
  }

  /// What a request may ask for.
  public var requestLimits: FitRequest.Limits {
    FitRequest.Limits(
      points: maxPoints, breaks: maxBreaks, predictions: maxPredictions, timeout: jobTimeout)
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
