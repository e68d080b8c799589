import Foundation
import Locks

/// A fixed set of our own threads, of which `workers` compute at a time.
///
/// The right to compute is a *turn*: as many exist as there are workers, and they go first come
/// first served. What a task needs before and after it computes, it does without a thread and
/// without a turn; whatever is ready to compute waits as a value. So a thread goes from one
/// computation to the next without another thread being woken for it, and while the store writes
/// down what begins and ends, every worker computes.
///
/// There are more threads than workers, so that a computation between two work items can lend its
/// processor to another and take it back later, without either waiting beneath the other on one
/// stack. It gives its turn away after each item when someone waits: a batch of 1,000 curves delays
/// a short job by one curve, not by 1,000.
///
/// Threads run at a lower priority than the rest of the process (nice(7): on Linux the niceness
/// belongs to the thread), so that connections are served while all workers are busy.
final class WorkerPool: Sendable {
  /// Work to be begun when there is room for it.
  struct Task: Sendable {
    let id: Int64
    /// Whose turn it takes: clients are served one after another.
    let client: String
    /// Makes ready what is to be computed, without blocking, and calls back once: with the
    /// computation, or with nil when there is none.
    let start: @Sendable (_ ready: @escaping @Sendable (Computation?) -> Void) -> Void
  }

  /// Computes on a thread that holds a turn, and has `over` called once, then or later, when
  /// nothing of the task is left to be done.
  typealias Computation = @Sendable (_ over: @escaping @Sendable () -> Void) -> Void

  let workers: Int
  /// Owned by its lock, which is never held while a task, a work item or `onIdle` runs.
  private let state: Locked<State>

  /// Makes `threads` threads, `workers` of which compute at a time; as many tasks as threads are in
  /// progress at most, and none before `start`. Returns when all threads wait for work.
  init(workers: Int, threads: Int, niceness: Int32) {
    precondition(workers > 0 && threads >= workers)
    self.workers = workers
    state = Locked(State(turns: workers, places: threads))
    let seated = DispatchGroup()
    for index in 0..<threads {
      seated.enter()
      let thread = Thread { [self] in
        // 0 names the calling thread. Refusal leaves the usual priority, which only costs latency.
        _ = setpriority(.init(PRIO_PROCESS.rawValue), 0, niceness)
        work { seated.leave() }
      }
      thread.name = "worker \(index)"
      thread.start()
    }
    seated.wait()
  }

  /// How many turns are taken.
  var busyWorkers: Int { state.withLock { workers - $0.freeTurns } }

  /// Whether something is ready to be computed and waits for a turn.
  var isBehind: Bool { state.withLock { !$0.waiting.isEmpty } }

  /// How many tasks wait to be started.
  var queueLength: Int { state.withLock { $0.tasks.count } }

  /// The places of those of these tasks that wait, 1 being the next to start.
  func positions(of ids: Set<Int64>) -> [Int64: Int] {
    state.withLock { $0.tasks.positions(of: ids) }
  }

  /// Begins to start tasks.
  func start() {
    state.withLock { $0.isStarting = true }
    startTasks()
  }

  /// Adds a task behind all others of its client.
  func enqueue(_ task: Task) {
    state.withLock { if $0.isTaking { $0.tasks.append(task) } }
    startTasks()
  }

  /// Removes a task that waits; one that has been started stays.
  func remove(_ id: Int64) {
    state.withLock { $0.tasks.remove(id) }
  }

  /// Takes no more tasks, forgets those that wait, lets the threads end, and calls `onIdle` when
  /// nothing is in progress any more.
  func stop(onIdle: @escaping @Sendable () -> Void) {
    let isIdle = state.withLock { state in
      state.isTaking = false
      state.tasks.removeAll()
      if state.inProgress > 0 { state.onIdle = onIdle }
      state.handOut()
      return state.inProgress == 0
    }
    if isIdle { onIdle() }
  }

  // MARK: A task's way

  private func startTasks() {
    while let task = state.withLock({ $0.nextToStart() }) {
      task.start { [self] computation in
        guard let computation else { return over() }
        state.withLock { $0.waitForTurn(.computation(computation)) }
      }
    }
  }

  private func over() {
    let onIdle = state.withLock { $0.taskIsOver() }
    startTasks()
    onIdle?()
  }

  // MARK: A thread's life

  private func work(onSeated: () -> Void) {
    let seat = Seat()
    state.withLock { $0.sit(seat) }
    onSeated()
    while true {
      switch seat.assignment() {
      case .compute(let computation): computation { [self] in over() }
      case .help: help()
      case .end: return
      }
      state.withLock { state in
        state.freeTurns += 1
        state.sit(seat)
      }
    }
  }

  // MARK: Work items

  /// Calls `body` with 0, 1, ... `count` - 1, on as many threads as have no other work to do.
  ///
  /// Called while holding a turn, which is given away between two items when somebody waits for it;
  /// returns, holding a turn, when all calls have returned. May be called from within `body`.
  func forEach(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let set = WorkSet(count: count, body: body)
    if count > 1 { state.withLock { $0.offer(set) } }
    while set.runNext() { if set.hasUnclaimed { giveWay() } }
    state.withLock { $0.close(set) }
    // The last items may be on other threads, which may need this turn to finish them.
    guard !set.isDone else { return }
    state.withLock { state in
      state.freeTurns += 1
      state.handOut()
    }
    set.done.pass()
    let gate = Gate()
    state.withLock { $0.waitForTurn(.thread(gate)) }
    gate.pass()
  }

  /// Lets those who wait for a turn go first, if there are any.
  private func giveWay() {
    let gate = state.withLock { state -> Gate? in
      guard !state.waiting.isEmpty else { return nil }
      let gate = Gate()
      state.freeTurns += 1
      state.waitForTurn(.thread(gate))
      return gate
    }
    gate?.pass()
  }

  /// Computes items of the open sets in turn until there are none or somebody wants the turn.
  private func help() {
    while let set = state.withLock({ $0.nextSet() }) {
      // An empty set was claimed to its end meanwhile.
      if !set.runNext() { state.withLock { $0.close(set) } }
    }
  }
}
