import Locks
import Synchronization

/// What a computation sees of its job: the payload, the request to stop, and the pool.
public struct JobContext: Sendable {
  /// The job that the computation was queued for; others may share it.
  public let id: JobID
  public let kind: String
  public let payload: [UInt8]
  /// How long the computation waited, since it was queued or, after a restart, since that.
  public let queueWait: Duration
  /// Whether it may have been what ended an earlier process.
  let mayKill: Bool
  let flag: CancellationFlag
  let pool: WorkerPool
  let onReport: @Sendable (Double, String?) -> Void

  /// Whether the work should stop: nobody wants the result any more. One atomic load.
  public var isCancelled: Bool { flag.isSet }

  /// Tells how much is done, from 0 to 1, and what is being done.
  ///
  /// Cheap enough for an inner loop: all but about ten reports a second are dropped. Progress never
  /// falls; a value that is not a number is ignored.
  public func report(_ progress: Double, phase: String? = nil) {
    onReport(progress, phase)
  }

  /// Calls `body` with 0, 1, ... `count` - 1 on the pool's threads, and returns when all are done.
  ///
  /// Between calls the pool serves other jobs in turn. Every index is visited even when the job is
  /// cancelled: `body` looks at `isCancelled` itself. May be called from within `body`.
  public func forEach(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    pool.forEach(count, body)
  }

  /// The results of `body` for 0, 1, ... `count` - 1, in this order, computed as by `forEach`.
  ///
  /// - Throws: the error of the lowest index that threw; `CancellationError` when the job was
  ///   cancelled before all were begun. After either, no further call begins.
  public func map<Result: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Int) throws -> Result
  ) throws -> [Result] {
    let results = Locked([Swift.Result<Result, any Error>?](repeating: nil, count: max(0, count)))
    let stop = CancellationFlag()
    pool.forEach(count) { index in
      guard !isCancelled, !stop.isSet else { return }
      let result = Swift.Result { try body(index) }
      if case .failure = result { stop.set() }
      results.withLock { $0[index] = result }
    }
    let all = results.withLock { $0 }
    for case .failure(let error)? in all { throw error }
    return try all.map { result in
      guard let result else { throw CancellationError() }
      return try result.get()
    }
  }
}

/// A flag that is set once and read often.
final class CancellationFlag: Sendable {
  private let value = Atomic(false)

  var isSet: Bool { value.load(ordering: .relaxed) }
  func set() { value.store(true, ordering: .relaxed) }
}
