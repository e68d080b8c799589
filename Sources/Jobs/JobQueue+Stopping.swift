import Foundation
import Locks

// How the queue stops.

extension JobQueue {
  /// Takes no more jobs and begins none; what runs goes on.
  ///
  /// Who waits for a job that has not begun is answered at once, and its followers are told its
  /// state; the others are when `limit` has passed, if there is one, and nobody may wait after that.
  public func stopTaking(answeringAllWithin limit: Duration? = nil) {
    let farewells = state.withLock { state -> [(Job, Farewell)]? in
      guard state.stage == .open else { return nil }
      state.stage = .stopping
      state.sweep?.cancel()
      state.probe?.cancel()
      return state.farewells { $0.job.state == .queued }
    }
    guard let farewells else { return }
    for (job, farewell) in farewells { farewell.tell(job) }
    if let limit {
      let timer = clock.schedule(after: max(.zero, limit)) { [weak self] in self?.answerAll() }
      state.withLock { if $0.stage < .halted { $0.answering = timer } else { timer.cancel() } }
    }
    pool.stop { [self] in
      let onIdle = state.withLock { state in
        state.isIdle = true
        return state.onIdle
      }
      onIdle?()
    }
  }

  /// Answers everybody who waits, with the job as it is.
  private func answerAll() {
    let farewells = state.withLock { state in
      state.stage = max(state.stage, .answered)
      return state.farewells { _ in true }
    }
    for (job, farewell) in farewells { farewell.tell(job) }
  }

  /// Stops taking jobs, lets what runs finish for `limit`, puts the rest back into the queue for the
  /// next process, and closes the store.
  ///
  /// Whoever still waits then is told the job as it is left. Returns when the store is closed; a
  /// second call returns at once.
  public func halt(within limit: Duration) async {
    stopTaking()
    let isFirst = state.withLock { state in
      defer { state.stage = .halted }
      state.answering?.cancel()
      return state.stage < .halted
    }
    guard isFirst else { return }
    await finishRunning(within: limit)
    await requeueRunning()
    await awaitValue { give in
      // Closing blocks, which a thread of Swift's must not.
      DispatchQueue.global().async { [store] in
        store.close()
        give(())
      }
    }
  }

  /// Returns when nothing runs or the time is over.
  private func finishRunning(within limit: Duration) async {
    await awaitValue { give in
      let waiting = Locked<(@Sendable (()) -> Void)?>(give)
      let resume: @Sendable () -> Void = {
        let give = waiting.withLock { waiting in
          defer { waiting = nil }
          return waiting
        }
        give?(())
      }
      let timer = limit > .zero ? clock.schedule(after: limit, resume) : nil
      let onIdle: @Sendable () -> Void = {
        timer?.cancel()
        resume()
      }
      let isIdle = state.withLock { state in
        state.onIdle = onIdle
        return state.isIdle
      }
      if isIdle { onIdle() }
      if timer == nil { resume() }
    }
  }

  /// Stops what still runs, puts it back into the queue, and answers who waits for it.
  private func requeueRunning() async {
    isHalted.set()
    await awaitValue { give in
      write {
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
        give(())
      }
    }
  }
}
