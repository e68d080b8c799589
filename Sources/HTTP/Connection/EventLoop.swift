import Dispatch

/// A serial queue and the connections that it owns, their deadlines and one buffer to read into.
///
/// `@unchecked Sendable`: everything mutable here is touched on `queue` alone, which the
/// preconditions of the entry points check; `buffer` is read and written on it, and freed when
/// nobody is left to use it.
final class EventLoop: @unchecked Sendable {
  let queue: DispatchQueue
  /// Where a connection's bytes are received before they are fed on. Owned by `queue`.
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)

  private var epoll: Epoll?
  private var connections: [UInt64: Connection] = [:]
  private var lastID: UInt64 = 0
  private var deadlines = DeadlineQueue()
  private var timer: (any DispatchSourceTimer)?
  private var timerTime: Instant?
  private var isDraining = false

  init(label: String) { queue = DispatchQueue(label: label) }

  deinit { buffer.deallocate() }

  /// Makes ready to take connections in.
  ///
  /// - Throws: `SocketError` when there is no descriptor to watch them by.
  func start() throws {
    try queue.sync {
      epoll = try Epoll(queue: queue) { [weak self] id, readiness in
        // One that is told of may have been closed in the same turn.
        self?.connections[id]?.socketIsReady(readiness)
      }
    }
  }

  /// Takes a connection in and starts it.
  func add(_ connection: Connection) {
    dispatchPrecondition(condition: .onQueue(queue))
    lastID += 1
    connections[lastID] = connection
    connection.start(id: lastID)
    if isDraining { connection.drain() }
  }

  /// Watches the socket of a connection.
  ///
  /// - Throws: `SocketError` when it cannot be watched.
  func watch(_ socket: Int32, of id: UInt64, for readiness: Epoll.Readiness) throws(SocketError) {
    try epoll?.add(socket, name: id, for: readiness)
  }

  /// Changes what of a connection's socket is waited for.
  func watch(_ socket: Int32, of id: UInt64, onlyFor readiness: Epoll.Readiness) {
    epoll?.change(socket, name: id, to: readiness)
  }

  /// Lets a closed connection go.
  func remove(_ id: UInt64) {
    dispatchPrecondition(condition: .onQueue(queue))
    connections[id] = nil
  }

  /// From now on every connection closes after the answer at hand, idle ones at once.
  func drain() {
    dispatchPrecondition(condition: .onQueue(queue))
    isDraining = true
    for connection in Array(connections.values) { connection.drain() }
  }

  /// Closes the longest idle of its connections: one or, so that a flood of new ones does not look
  /// through all of them each time, one in sixty-four.
  ///
  /// - Returns: whether there was one.
  func closeIdle() -> Bool {
    dispatchPrecondition(condition: .onQueue(queue))
    let idle = connections.values.compactMap { connection in
      connection.idleSince.map { (since: $0, connection) }
    }
    for (_, connection) in idle.sorted(by: { $0.since < $1.since })
      .prefix(max(1, connections.count / 64))
    {
      // What has come meanwhile is still answered.
      connection.drain()
    }
    return !idle.isEmpty
  }

  /// Answers every request that has no answer yet with 503.
  func refuse() {
    dispatchPrecondition(condition: .onQueue(queue))
    for connection in Array(connections.values) { connection.refuse() }
  }

  /// Closes every connection, whatever it is doing.
  func abort() {
    dispatchPrecondition(condition: .onQueue(queue))
    isDraining = true
    for connection in Array(connections.values) { connection.abort() }
  }

  // MARK: Deadlines

  /// Sees to it that `expire` is called on the connection at the time, or soon after.
  func schedule(_ id: UInt64, at time: Instant) {
    // Closed connections leave their entries behind: a minute's worth of them at full speed.
    if deadlines.count > 4 * connections.count + 1024 {
      deadlines.removeAll { connections[$0.id]?.scheduled != $0.time }
    }
    deadlines.insert(id, at: time)
    armTimer()
  }

  private func armTimer() {
    guard let earliest = deadlines.earliest else { return }
    if let timerTime, timerTime <= earliest { return }
    timerTime = earliest
    let timer = self.timer ?? makeTimer()
    let wait = max(.zero, earliest - .now)
    let (seconds, attoseconds) = wait.components
    let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    timer.schedule(
      deadline: .now() + .nanoseconds(Int(nanoseconds)), leeway: .milliseconds(5))
  }

  private func makeTimer() -> any DispatchSourceTimer {
    let timer = DispatchSource.makeTimerSource(queue: queue)
    timer.setEventHandler { [weak self] in self?.expireDeadlines() }
    timer.resume()
    self.timer = timer
    return timer
  }

  private func expireDeadlines() {
    timerTime = nil
    let now = Instant.now
    while let due = deadlines.popDue(at: now) {
      connections[due.id]?.deadlineEntryIsDue(due.time, at: now)
    }
    armTimer()
  }
}

/// Runs what a handler does after a wait where its answer is taken, so that nothing has to be
/// handed over: between waits, handlers may not compute for long.
extension EventLoop: TaskExecutor {
  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
