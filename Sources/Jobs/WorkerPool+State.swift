/// Who waits for what in a pool, and who is next: pure bookkeeping, without threads.
extension WorkerPool {
  struct State {
    /// Tasks that no thread has taken, in order.
    var tasks: [Task] = []
    var isTaking = true
    /// How many tasks are on a thread, and whether it is one that must be alone.
    var inProgress = 0
    var isAlone = false
    /// Turns that nobody holds; none while somebody waits for one.
    var freeTurns: Int
    /// The threads that wait for a turn, in order.
    var waiting: [Gate] = []
    /// Sets with items left to claim; the first is helped next.
    var openSets: [WorkSet] = []
    /// Threads without work.
    var idle: [Gate] = []
    /// Called once, when nothing is in progress and nothing will be taken.
    var onIdle: (@Sendable () -> Void)?

    init(freeTurns: Int) { self.freeTurns = freeTurns }

    /// What a thread without work does next; nil for nothing.
    mutating func assign() -> Assignment? {
      if let next = tasks.first, canStart(next) {
        tasks.removeFirst()
        inProgress += 1
        isAlone = next.alone
        return .task(next)
      }
      if freeTurns > 0, !openSets.isEmpty {
        freeTurns -= 1
        return .help
      }
      return !isTaking && inProgress == 0 ? .end : nil
    }

    private func canStart(_ task: WorkerPool.Task) -> Bool {
      !isAlone && (!task.alone || inProgress == 0)
    }

    mutating func wakeAll() {
      for gate in idle { gate.open() }
      idle = []
    }

    mutating func queueUp() -> Gate {
      let gate = Gate()
      waiting.append(gate)
      return gate
    }

    /// Hands a turn to whoever waits longest, else to a thread that helps, else to nobody.
    mutating func passTurn() {
      if !waiting.isEmpty {
        waiting.removeFirst().open()
      } else {
        freeTurns += 1
        if !openSets.isEmpty { idle.popLast()?.open() }
      }
    }

    mutating func offer(_ set: WorkSet) {
      openSets.append(set)
      for _ in 0..<min(freeTurns, set.count - 1) { idle.popLast()?.open() }
    }

    mutating func close(_ set: WorkSet) {
      openSets.removeAll { $0 === set }
    }

    /// The set to help next, each in its turn; nil, giving the turn back, when others need it more.
    mutating func nextSet() -> WorkSet? {
      guard waiting.isEmpty, !openSets.isEmpty, !(tasks.first.map(canStart) ?? false) else {
        passTurn()
        return nil
      }
      let set = openSets.removeFirst()
      openSets.append(set)
      return set
    }
  }
}

extension WorkerPool {
  /// What a thread without work is given.
  enum Assignment {
    case task(Task)
    /// Work items of others; comes with a turn.
    case help
    /// Nothing, for ever.
    case end
  }
}
