import HTTP
import HTTPTypes
import Jobs
import Locks

/// Counts what happens, for whoever watches the service.
///
/// All functions may be called from any thread and are quick: a lock, a look-up, an addition.
/// What a client chooses freely (paths, unknown methods) never becomes a label, so that nobody can
/// fill the memory with series.
final class Metrics: Sendable {
  /// Requests are told apart by these.
  struct Exchanged: Hashable, Comparable {
    /// The template of the route; empty when nothing has this path, or the request was no request.
    let route: String
    let method: String
    /// The status; 0 when the client went before there was one.
    let status: Int

    static func < (left: Self, right: Self) -> Bool {
      (left.route, left.method, left.status) < (right.route, right.method, right.status)
    }
  }

  /// Jobs are told apart by their kind and, once taken, their origin or, once final, their state.
  struct Sort: Hashable, Comparable {
    let kind: String
    let name: String

    static func < (left: Self, right: Self) -> Bool {
      (left.kind, left.name) < (right.kind, right.name)
    }
  }

  struct Counts {
    var exchanges: [Exchanged: Histogram] = [:]
    var bytesIn = 0
    var bytesOut = 0
    /// By kind and origin.
    var submissions: [Sort: Int] = [:]
    /// By kind and state: from the start to the end.
    var runTimes: [Sort: Histogram] = [:]
    /// By kind: from being queued to the start.
    var queueWaits: [String: Histogram] = [:]
    /// By the number of breaks of the reported law.
    var fits: [Int: Histogram] = [:]
    var storeFailures = 0
  }

  /// Kept by the server.
  let connections = ConnectionCount()
  private let counts = Locked(Counts())

  /// What has been counted so far.
  var current: Counts { counts.withLock { $0 } }

  func count(_ exchange: Exchange) {
    let key = Exchanged(
      route: exchange.route ?? "", method: Self.name(exchange.method),
      status: exchange.status?.code ?? 0)
    counts.withLock { counts in
      counts.exchanges[key, default: Histogram()].record(exchange.duration)
      counts.bytesIn += exchange.bytesIn
      counts.bytesOut += exchange.bytesOut
    }
  }

  func count(_ event: JobEvent) {
    counts.withLock { counts in
      switch event {
      case .submitted(let submission):
        let sort = Sort(kind: submission.job.kind, name: submission.origin.rawValue)
        counts.submissions[sort, default: 0] += 1
      case .finished(let job, let queueWait, let runTime):
        let sort = Sort(kind: job.kind, name: job.state.name)
        counts.runTimes[sort, default: Histogram()].record(runTime)
        counts.queueWaits[job.kind, default: Histogram()].record(queueWait)
      case .storeFailed: counts.storeFailures += 1
      case .storeVerified: break
      }
    }
  }

  /// A curve has been fitted.
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
