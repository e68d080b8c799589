import Foundation
import Locks

// How the queue keeps the store: what becomes of errors, and what is deleted.

extension JobQueue {
  /// How long after the store failed it is tried again.
  static let retryDelay = Duration.seconds(1)

  /// Changes the store, and keeps in mind whether that worked. As ``JobStore/write(within:_:completion:)``.
  func write<Value: Sendable>(
    within patience: Duration = .zero, _ body: @escaping @Sendable (JobTables) throws -> Value,
    completion: @escaping @Sendable (Result<Value, JobStoreError>) -> Void
  ) {
    store.write(within: patience, body) { [self] result in
      switch result {
      case .success: note(nil)
      case .failure(let error): if error.concernsStore { note(error) }
      }
      completion(result)
    }
  }

  /// Notes whether the last change could be written. While it could not, the store is tried again
  /// every second, so that it counts as good as soon as it is, though nobody submits anything.
  private func note(_ error: JobStoreError?) {
    let mustProbe = state.withLock { state in
      state.writeError = error
      return error != nil && state.probe == nil && state.stage == .open
    }
    guard mustProbe else { return }
    let probe = clock.schedule(after: Self.retryDelay) { [weak self] in
      guard let self else { return }
      state.withLock { $0.probe = nil }
      write {
        try $0.touch()
      } completion: { _ in
      }
    }
    state.withLock { if $0.stage == .open { $0.probe = probe } else { probe.cancel() } }
  }

  /// Asks again a little later for a change that the store could not make.
  func retry(after error: JobStoreError, _ action: @escaping @Sendable () -> Void) {
    _ = clock.schedule(after: Self.retryDelay, action)
    observe(.storeFailed(error))
  }

  /// What the store has found in itself after an unclean end.
  func verified(_ damage: JobStoreError?) {
    state.withLock { $0.damage = damage }
    observe(.storeVerified(damage))
  }

  // MARK: Retention

  /// How many jobs one transaction deletes, so that submissions need not wait long behind it.
  private static let sweepBatch = 100

  func scheduleSweep() {
    let timer = clock.schedule(after: configuration.retentionInterval) { [weak self] in
      self?.sweep()
    }
    state.withLock { if $0.stage == .open { $0.sweep = timer } else { timer.cancel() } }
  }

  private func sweep() {
    let (date, uptime) = (clock.date, clock.uptime)
    let now = state.withLock { $0.retentionClock?.date(at: date, uptime: uptime) ?? date }
    let oldest = now.addingTimeInterval(-configuration.retentionAge.seconds)
    let retention = Retention(
      jobsPerOwner: configuration.retentionCount, bytes: configuration.retentionBytes)
    Task {
      do throws(JobStoreError) {
        let holdings = try await store.read { try $0.holdings() }
        delete(retention.excesses(of: holdings, finishedBefore: oldest))
      } catch {
        endSweep(after: error)
      }
    }
  }

  /// Deletes batch by batch, one owner's excess after another's.
  private func delete(_ excesses: [Excess]) {
    guard let excess = excesses.last else { return scheduleSweep() }
    write {
      try $0.sweep(excess, limit: Self.sweepBatch)
    } completion: { [self] result in
      switch result {
      case .success(let left): delete(excesses.dropLast() + (left.map { [$0] } ?? []))
      case .failure(let error): endSweep(after: error)
      }
    }
  }

  private func endSweep(after error: JobStoreError) {
    guard error != .closed else { return }
    observe(.storeFailed(error))
    scheduleSweep()
  }
}
