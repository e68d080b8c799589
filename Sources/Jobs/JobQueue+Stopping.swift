import Foundation

// How the queue stops, and how it forgets.

extension JobQueue {
  /// Stops: takes no more work, lets what runs finish for `limit`, puts the rest back into the
  /// queue for the next process, and closes the store.
  ///
  /// Those who wait for a job that has not begun are answered at once. Returns when the store is
  /// closed; a second call returns at once.
  public func drain(within limit: Duration) async {
    let farewells = state.withLock { state -> [(Job, Farewell)]? in
      guard !state.isStopping else { return nil }
      state.isStopping = true
      state.sweep?.cancel()
      return state.jobs.values.filter { $0.job.state == .queued }
        .map { (state.snapshot($0), state.removeWatchers(of: $0.job.id)) }
    }
    guard let farewells else { return }
    for (job, farewell) in farewells { farewell.tell(job) }

    await finishRunning(within: limit)
    await halt()
  }

  /// Starts nothing more, and returns when nothing runs or the time is over.
  private func finishRunning(within limit: Duration) async {
    await withCheckedContinuation { continuation in
      let waiting = Locked<CheckedContinuation<Void, Never>?>(continuation)
      let resume: @Sendable () -> Void = {
        let continuation = waiting.withLock { waiting in
          defer { waiting = nil }
          return waiting
        }
        continuation?.resume()
      }
      let timer = limit > .zero ? clock.schedule(after: limit, resume) : nil
      pool.stop {
        timer?.cancel()
        resume()
      }
      if timer == nil { resume() }
    }
  }

  /// Stops what still runs, puts it back into the queue, and closes the store.
  private func halt() async {
    isHalted.set()
    await withCheckedContinuation { continuation in
      store.write {
        try $0.requeueRunning()
      } completion: { [self] result in
        let farewells = state.withLock { state in
          for active in state.computations.values { active.flag.set() }
          state.computations = [:]
          return state.jobs.values.map { active in
            var job = active.job
            if case .success = result { job.requeue() }
            return (job, state.remove(job.id)?.farewell)
          }
        }
        for (job, farewell) in farewells { farewell?.tell(job) }
        if case .failure(let error) = result { observe(.storeFailed(error)) }
        continuation.resume()
      }
    }
    await withCheckedContinuation { continuation in
      // Closing blocks, which a thread of Swift's must not.
      DispatchQueue.global().async { [store] in
        store.close()
        continuation.resume()
      }
    }
  }

  // MARK: Retention

  /// How many jobs one transaction deletes, so that submissions need not wait long behind it.
  private static let sweepBatch = 100

  func scheduleSweep() {
    let timer = clock.schedule(after: configuration.retentionInterval) { [weak self] in
      self?.sweep()
    }
    state.withLock { if $0.isStopping { timer.cancel() } else { $0.sweep = timer } }
  }

  private func sweep() {
    let oldest = clock.date.addingTimeInterval(-configuration.retentionAge.seconds)
    store.write { [configuration] in
      try $0.sweep(
        finishedBefore: oldest, keeping: configuration.retentionCount, limit: Self.sweepBatch)
    } completion: { [self] result in
      switch result {
      case .success(Self.sweepBatch): sweep()
      case .success: scheduleSweep()
      case .failure(.closed): break
      case .failure(let error):
        observe(.storeFailed(error))
        scheduleSweep()
      }
    }
  }
}
