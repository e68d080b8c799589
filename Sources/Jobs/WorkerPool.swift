import Foundation

/// A fixed set of our own threads, of which `workers` compute at a time.
///
/// There are more threads than workers, so that a job between two work items can lend its processor
/// to another job and take it back later, without either waiting beneath the other on one stack.
/// The right to compute is a *turn*: as many exist as there are workers, they are handed on first
/// come first served, and a job that computes work items gives its turn away after each of them
/// when someone waits. So a batch of 1,000 curves delays a short job by one curve, not by 1,000.
///
/// Threads run at a lower priority than the rest of the process (nice(7): on Linux the niceness
/// belongs to the thread), so that connections are served while all workers are busy.
final class WorkerPool: Sendable {
  /// Work to be started on a thread of the pool.
  struct Task: Sendable {
    let id: Int64
    /// Whether nothing else may be in progress from its start to its end.
    let alone: Bool
    /// Called without a turn; computes inside `WorkerPool.compute`.
    let run: @Sendable () -> Void
  }

  let workers: Int
  /// Owned by its lock, which is never held while a task, a work item or `onIdle` runs.
  private let state: Locked<State>

  /// Starts `threads` threads, `workers` of which compute at a time.
  init(workers: Int, threads: Int, niceness: Int32) {
    precondition(workers > 0 && threads >= workers)
    self.workers = workers
    state = Locked(State(freeTurns: workers))
    for index in 0..<threads {
      let thread = Thread { [self] in
        // 0 names the calling thread. Refusal leaves the usual priority, which only costs latency.
        _ = setpriority(.init(PRIO_PROCESS.rawValue), 0, niceness)
        work()
      }
      thread.name = "worker \(index)"
      thread.start()
    }
  }

  /// How many turns are taken.
  var busyWorkers: Int { state.withLock { workers - $0.freeTurns } }

  /// How many tasks wait for a thread.
  var queueLength: Int { state.withLock { $0.tasks.count } }

  /// The place of a waiting task, 1 being the next to start; nil when it no longer waits.
  func position(of id: Int64) -> Int? {
    state.withLock { $0.tasks.firstIndex { $0.id == id } }.map { $0 + 1 }
  }

  /// Adds a task behind all others.
  func enqueue(_ task: Task) {
    state.withLock {
      guard $0.isTaking else { return }
      $0.tasks.append(task)
      $0.idle.popLast()?.open()
    }
  }

  /// Removes a task that waits; one that a thread has taken stays.
  func remove(_ id: Int64) {
    state.withLock { state in
      state.tasks.removeAll { $0.id == id }
      // It may have been the one that had to run alone and held up the rest.
      state.wakeAll()
    }
  }

  /// Takes no more tasks, forgets those that wait, lets the threads end, and calls `onIdle` when
  /// nothing is in progress any more.
  func stop(onIdle: @escaping @Sendable () -> Void) {
    let isIdle = state.withLock { state in
      state.isTaking = false
      state.tasks = []
      state.wakeAll()
      if state.inProgress > 0 { state.onIdle = onIdle }
      return state.inProgress == 0
    }
    if isIdle { onIdle() }
  }

  // MARK: A thread's life

  private func work() {
    let gate = Gate()
    while true {
      let assignment = state.withLock { state -> Assignment? in
        let assignment = state.assign()
        if assignment == nil { state.idle.append(gate) }
        return assignment
      }
      switch assignment {
      case nil: gate.pass()
      case .end: return
      case .help: help()
      case .task(let task):
        task.run()
        finished()
      }
    }
  }

  private func finished() {
    let onIdle = state.withLock { state -> (@Sendable () -> Void)? in
      state.inProgress -= 1
      if state.isAlone || state.tasks.first?.alone == true {
        state.isAlone = false
        state.wakeAll()
      }
      guard !state.isTaking, state.inProgress == 0 else { return nil }
      state.wakeAll()
      defer { state.onIdle = nil }
      return state.onIdle
    }
    onIdle?()
  }

  // MARK: Turns

  /// Calls `body` while holding a turn, waiting for one first.
  func compute<Result>(_ body: () throws -> Result) rethrows -> Result {
    takeTurn()
    defer { state.withLock { $0.passTurn() } }
    return try body()
  }

  private func takeTurn() {
    let gate = state.withLock { state -> Gate? in
      guard state.freeTurns == 0 else {
        state.freeTurns -= 1
        return nil
      }
      return state.queueUp()
    }
    gate?.pass()
  }

  /// Lets those who wait for a turn go first, if there are any.
  private func giveWay() {
    let gate = state.withLock { state -> Gate? in
      guard !state.waiting.isEmpty else { return nil }
      let gate = state.queueUp()
      state.passTurn()
      return gate
    }
    gate?.pass()
  }

  // MARK: Work items

  /// Calls `body` with 0, 1, ... `count` - 1, on as many threads as have no other work to do.
  ///
  /// Called while holding a turn, which is given away between items when somebody waits for it;
  /// returns, holding a turn, when all calls have returned. May be called from within `body`.
  func forEach(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let set = WorkSet(count: count, body: body)
    if count > 1 { state.withLock { $0.offer(set) } }
    while set.runNext() { giveWay() }
    state.withLock { $0.close(set) }
    // The last items may be on other threads, which may need this turn to finish them.
    guard !set.isDone else { return }
    state.withLock { $0.passTurn() }
    set.done.pass()
    takeTurn()
  }

  /// Computes items of the open sets in turn until there are none or a job wants the turn.
  private func help() {
    while let set = state.withLock({ $0.nextSet() }) {
      // An empty set was claimed to its end meanwhile.
      if !set.runNext() { state.withLock { $0.close(set) } }
    }
  }
}
