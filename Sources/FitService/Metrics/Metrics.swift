import HTTP
import HTTPTypes
import Jobs
import Locks

/// The counters and histograms of the service.
///
/// All functions may be called from any thread and take little time. Texts that a client chooses
/// freely (paths, unknown methods) are never labels, so that clients cannot fill the memory with
/// time series.
final class Metrics: Sendable {
  /// The label set of a request.
  struct RequestLabels: Hashable, Comparable {
    /// The template of the route; empty when no route has the path, or the head could not be read.
    let route: String
    let method: String
    /// The status; 0 when the client disconnected before there was one.
    let status: Int

    static func < (left: Self, right: Self) -> Bool {
      (left.route, left.method, left.status) < (right.route, right.method, right.status)
    }
  }

  /// The label set of a job: its kind, and the name of either its origin or its final state.
  struct JobLabels: Hashable, Comparable {
    let kind: String
    let name: String

    static func < (left: Self, right: Self) -> Bool {
      (left.kind, left.name) < (right.kind, right.name)
    }
  }

  struct Counts {
    var exchanges: [RequestLabels: Histogram] = [:]
    var bytesIn = 0
    var bytesOut = 0
    /// By kind and origin.
    var submissions: [JobLabels: Int] = [:]
    /// By kind and final state: from the start of a job to its end.
    var runTimes: [JobLabels: Histogram] = [:]
    /// By kind: from the submission of a job to its start.
    var queueWaits: [String: Histogram] = [:]
    /// By the number of breaks of the reported law.
    var fits: [Int: Histogram] = [:]
    var storeFailures = 0
  }

  /// Updated by the server.
  let connections = ConnectionCount()
  private let counts = Locked(Counts())

  var current: Counts { counts.withLock { $0 } }

  func count(_ exchange: Exchange) {
    let labels = RequestLabels(
      route: exchange.route ?? "", method: Self.name(exchange.method),
      status: exchange.status?.code ?? 0)
    counts.withLock { counts in
      counts.exchanges[labels, default: Histogram()].record(exchange.duration)
      counts.bytesIn += exchange.bytesIn
      counts.bytesOut += exchange.bytesOut
    }
  }

  func count(_ event: JobEvent) {
    counts.withLock { counts in
      switch event {
      case .submitted(let submission):
        let labels = JobLabels(kind: submission.job.kind, name: submission.origin.rawValue)
        counts.submissions[labels, default: 0] += 1
      case .finished(let job, let queueWait, let runTime):
        let labels = JobLabels(kind: job.kind, name: job.state.name)
        counts.runTimes[labels, default: Histogram()].record(runTime)
        counts.queueWaits[job.kind, default: Histogram()].record(queueWait)
      case .storeFailed: counts.storeFailures += 1
      case .storeVerified: break
      }
    }
  }

  /// Counts a fitted curve.
  func countFit(breaks: Int, took time: Duration) {
    counts.withLock { $0.fits[breaks, default: Histogram()].record(time) }
  }

  private static func name(_ method: HTTPRequest.Method?) -> String {
    switch method {
    case nil: ""
    case .get?, .head?, .post?, .put?, .delete?, .options?, .patch?: method?.rawValue ?? ""
    default: "other"
    }
  }
}

/// Counts durations in buckets, and sums them up.
struct Histogram: Sendable {
  /// The upper ends of the buckets, in seconds: from a health check to a long job.
  static let bounds = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
  ]

  /// One count for each bucket, and one for all longer durations.
  private(set) var counts = [Int](repeating: 0, count: bounds.count + 1)
  /// In seconds.
  private(set) var sum = 0.0

  var count: Int { counts.reduce(0, +) }

  mutating func record(_ duration: Duration) {
    let seconds = duration / .seconds(1)
    counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
    sum += seconds
  }
}
