import Fits

/// All settings of the service, with their defaults.
///
/// Names, ranges and explanations are in ``SettingKey/all``; ``LoadedSettings`` reads them.
/// Durations are in seconds, sizes in bytes.
public struct Settings: Sendable, Equatable {
  public var host = "127.0.0.1"
  public var port = 8080
  /// Nil: the number of cores, or the container's CPU quota.
  public var workers: Int?
  public var queueCapacity = 1_000
  /// Nil: half of `queueCapacity` where there are API keys, else no limit.
  public var queueLimitPerClient: Int?
  public var maxConnections = 10_000
  public var maxWaiters = 2_000

  public var headTimeout = 10.0
  public var bodyTimeout = 30.0
  public var writeTimeout = 30.0
  public var minimumRate = 16_384
  public var idleTimeout = 60.0
  public var linger = 5.0
  public var maxHeadBytes = 32_768
  public var maxBodyBytes = 8_388_608
  public var maxBodyBytesTotal = 268_435_456
  public var drainDelay = 0.0
  public var drainDeadline = 30.0

  public var logFormat = LogFormat.auto
  public var logLevel = LogLevel.info

  public var waitDefault = 10.0
  public var waitMax = 60.0
  public var abandonGrace = 2.0
  public var jobTimeout = FitRequest.Limits().timeout
  public var maxPoints = FitRequest.Limits().points
  public var maxPointsTotal = FitRequest.Limits().totalPoints
  public var maxCurves = FitRequest.Limits().curves
  public var maxBreaks = FitRequest.Limits().breaks
  public var maxSamples = FitRequest.Limits().samples
  public var maxPredictions = FitRequest.Limits().predictions
  public var maxOutputBytes = 67_108_864

  public var dataDirectory = "./bnsl-data"
  public var store = StoreKind.sqlite
  public var storeSync = StoreSync.normal
  public var retentionDays = 7.0
  public var retentionJobs = 100_000
  /// Nil: 1 GiB on disk, 128 MiB in memory.
  public var retentionBytes: Int?

  public var apiKeysFile: String?
  public var corsOrigins: [String] = []
  public var allowedHosts: [String] = []
  public var trustedProxies: [String] = []
  /// 0: no limit.
  public var rateLimitPerMinute = 0

  /// The defaults.
  public init() {}

  /// The format of log lines; `auto` is text on a terminal and JSON elsewhere.
  public enum LogFormat: String, CaseIterable, Sendable {
    case auto, text, json
  }

  /// The least serious level that is logged.
  public enum LogLevel: String, CaseIterable, Sendable {
    case trace, debug, info, notice, warning, error, critical
  }

  /// Where jobs are kept.
  public enum StoreKind: String, CaseIterable, Sendable {
    case sqlite, memory
  }

  /// What stored jobs survive: `normal` a crash of the process, `full` a loss of power too.
  public enum StoreSync: String, CaseIterable, Sendable {
    case normal, full
  }
}
