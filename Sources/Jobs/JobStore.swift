import Locks

/// Where jobs are kept: tables, and a way to change them all at once or not at all.
///
/// The store knows nothing of queues and workers; what a change means is written once, in
/// `JobTransitions.swift`, and runs inside a transaction of whichever store there is.
public protocol JobStore: Sendable {
  /// Runs `body` in a transaction, after all that were asked for before.
  ///
  /// Transactions run one after another, and `completion` is called in the same order, each after
  /// its change is safe, on a thread of the store's own. A store that groups transactions may run
  /// a body twice, so its only effect must be on the tables, and may let it wait for company, for
  /// `patience` or, when there is much company already, some milliseconds.
  func write<Value: Sendable>(
    within patience: Duration, _ body: @escaping @Sendable (JobTables) throws -> Value,
    completion: @escaping @Sendable (Result<Value, JobStoreError>) -> Void)

  /// Runs `body` on all that was complete when this call began, without waiting for later writes.
  func read<Value: Sendable>(
    _ body: @escaping @Sendable (JobTables) throws -> Value
  ) async throws(JobStoreError) -> Value

  /// Looks, beside everything else, whether what is kept is whole, when there is reason to doubt it,
  /// and calls back with what is wrong, or nil.
  ///
  /// Does not call back when there is no reason, or when the store is closed first.
  func verify(_ completion: @escaping @Sendable (JobStoreError?) -> Void)

  /// Finishes the writes asked for, then closes; everything after that is refused as `.closed`.
  ///
  /// Blocks until done.
  func close()
}

extension JobStore {
  /// Runs `body` in a transaction as soon as can be.
  func write<Value: Sendable>(
    _ body: @escaping @Sendable (JobTables) throws -> Value,
    completion: @escaping @Sendable (Result<Value, JobStoreError>) -> Void
  ) {
    write(within: .zero, body, completion: completion)
  }

  /// As `write`, blocking the calling thread until the completion has run.
  func writeAndWait<Value: Sendable, Reply: Sendable>(
    _ body: @escaping @Sendable (JobTables) throws -> Value,
    completion: @escaping @Sendable (Result<Value, JobStoreError>) -> Reply
  ) -> Reply? {
    let reply = Locked<Reply?>(nil)
    let gate = Gate()
    write(body) { result in
      let value = completion(result)
      reply.withLock { $0 = value }
      gate.open()
    }
    gate.pass()
    return reply.withLock { $0 }
  }
}

/// The work behind one job or, when their content is equal, several.
public struct Computation: Sendable, Equatable {
  /// A number that the store gave; larger is later.
  public internal(set) var id: Int64 = 0
  public let kind: String
  public let owner: String
  public let contentKey: String?
  /// As of a job; cancelled means that no job wants it any more.
  public internal(set) var state: JobState = .queued
  /// How often it was started.
  public internal(set) var attempts = 0
  /// How often the process died while running it.
  public internal(set) var deaths = 0

  /// Whether it may be what ended a process: it runs in a child process from then on.
  var mayKill: Bool { deaths > 0 }
  /// Whether it fails, though no child process has died of it: the whole machine or container may
  /// have, as often as this.
  var isGivenUp: Bool { deaths >= 5 }
}
