import DequeModule
import Locks

/// Who waits for what in a pool, and who is next: pure bookkeeping, without threads.
extension WorkerPool {
  struct State {
    /// Tasks that have not been started.
    var tasks = FairQueue()
    var isTaking = true
    var isStarting = false
    /// How many tasks have been started and are not over, and how many there may be.
    private(set) var inProgress = 0
    private let places: Int
    /// Turns that nobody holds; none while somebody waits for one who could take it.
    var freeTurns: Int
    /// Who waits for a turn, in order.
    private(set) var waiting: [Waiter] = []
    /// Sets with items left to claim; the first is helped next.
    private var openSets: Deque<WorkSet> = []
    /// Threads without work.
    private var idle: [Seat] = []
    /// Called once, when nothing is in progress and nothing will be taken.
    var onIdle: (@Sendable () -> Void)?

    init(turns: Int, places: Int) {
      freeTurns = turns
      self.places = places
    }
  }

  enum Waiter {
    /// What a thread without work is to compute.
    case computation(Computation)
    /// A thread in the middle of its work.
    case thread(Gate)
  }

  /// What a thread without work is given.
  enum Assignment {
    /// Comes with a turn.
    case compute(Computation)
    /// Work items of others; comes with a turn.
    case help
    /// Nothing, for ever.
    case end
  }
}

// MARK: Tasks

extension WorkerPool.State {
  /// The first task, if it may start now; from then on it is in progress.
  mutating func nextToStart() -> WorkerPool.Task? {
    guard isStarting, inProgress < places, let first = tasks.popFirst() else { return nil }
    inProgress += 1
    return first
  }

  /// Takes a task out of progress; returns what is to be called when it was the last of all.
  mutating func taskIsOver() -> (@Sendable () -> Void)? {
    inProgress -= 1
    guard !isTaking, inProgress == 0 else { return nil }
    handOut()
    defer { onIdle = nil }
    return onIdle
  }
}

// MARK: Turns

extension WorkerPool.State {
  mutating func waitForTurn(_ waiter: WorkerPool.Waiter) {
    waiting.append(waiter)
    handOut()
  }

  /// Takes a thread without work, and its turn, which it has given back, goes to who is next: often
  /// to itself.
  mutating func sit(_ seat: WorkerPool.Seat) {
    idle.append(seat)
    handOut()
  }

  /// Gives the free turns to those who wait longest and can take them, and at most `helpers` of the
  /// rest to idle threads that help; sends the idle threads home when all is over.
  mutating func handOut(helpers: Int = 1) {
    // Without an idle thread a computation waits on; a thread behind it must not wait for that.
    while freeTurns > 0, let next = waiting.firstIndex(where: { $0.isThread || !idle.isEmpty }) {
      switch waiting.remove(at: next) {
      case .thread(let gate): gate.open()
      case .computation(let computation): idle.popLast()?.give(.compute(computation))
      }
      freeTurns -= 1
    }
    guard !openSets.isEmpty else { return sendHomeIfOver() }
    for _ in 0..<min(helpers, freeTurns, idle.count) {
      idle.popLast()?.give(.help)
      freeTurns -= 1
    }
  }

  private mutating func sendHomeIfOver() {
    guard !isTaking, inProgress == 0 else { return }
    for seat in idle { seat.give(.end) }
    idle = []
  }
}

// MARK: Work items

extension WorkerPool.State {
  mutating func offer(_ set: WorkSet) {
    openSets.append(set)
    handOut(helpers: set.count - 1)
  }

  mutating func close(_ set: WorkSet) {
    openSets.removeAll { $0 === set }
  }

  /// The set to help next, each in its turn; nil when others need the turn more.
  mutating func nextSet() -> WorkSet? {
    guard waiting.isEmpty, let set = openSets.popFirst() else { return nil }
    openSets.append(set)
    return set
  }
}

extension WorkerPool.Waiter {
  fileprivate var isThread: Bool {
    if case .thread = self { true } else { false }
  }
}

extension WorkerPool {
  /// Where one thread waits for its next assignment.
  ///
  /// `@unchecked Sendable`: `given` is written before the gate is opened and taken after it is passed;
  /// it is given once between two times that the thread sits down.
  final class Seat: @unchecked Sendable {
    private let gate = Gate()
    private var given = Assignment.end

    func give(_ assignment: Assignment) {
      given = assignment
      gate.open()
    }

    /// Waits for the next assignment, and takes it.
    func assignment() -> Assignment {
      gate.pass()
      defer { given = .end }
      return given
    }
  }
}
