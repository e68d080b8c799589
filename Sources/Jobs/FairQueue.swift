import DequeModule

/// Tasks that wait to be started: one line for each client, and the clients are served in turn.
///
/// A client with a thousand tasks delays another's only task by one task, not by a thousand. Tasks
/// that must run alone start when no other task waits, since they keep all others waiting.
struct FairQueue {
  /// The tasks of each client, in the order in which they came; none is empty.
  private var lines: [String: Deque<WorkerPool.Task>] = [:]
  /// The clients that have a line, the one to be served next first.
  private var turns: Deque<String> = []
  /// Tasks that must run alone.
  private var alone: Deque<WorkerPool.Task> = []
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  /// The task to be started next.
  ///
  /// Complexity: O(1), as are `append` and `popFirst`.
  var first: WorkerPool.Task? {
    turns.first.flatMap { lines[$0]?.first } ?? alone.first
  }

  mutating func append(_ task: WorkerPool.Task) {
    count += 1
    guard !task.alone else { return alone.append(task) }
    if lines[task.client] == nil { turns.append(task.client) }
    lines[task.client, default: []].append(task)
  }

  mutating func popFirst() -> WorkerPool.Task? {
    guard count > 0 else { return nil }
    count -= 1
    guard let client = turns.popFirst() else { return alone.popFirst() }
    let task = lines[client]?.popFirst()
    if lines[client]?.isEmpty == true { lines[client] = nil } else { turns.append(client) }
    return task
  }

  /// Removes a task, if it waits. Complexity: O(n).
  mutating func remove(_ id: Int64) {
    let before = count
    alone.removeAll { $0.id == id }
    if let client = lines.first(where: { $0.value.contains { $0.id == id } })?.key {
      lines[client]?.removeAll { $0.id == id }
      if lines[client]?.isEmpty == true {
        lines[client] = nil
        turns.removeAll { $0 == client }
      }
    }
    count = lines.values.reduce(alone.count) { $0 + $1.count }
    assert(before - count <= 1)
  }

  mutating func removeAll() { self = FairQueue() }

  /// The places of those of these tasks that wait, 1 being the next to start if no other comes.
  ///
  /// Complexity: O(n) for all of them together.
  func positions(of ids: Set<Int64>) -> [Int64: Int] {
    var positions: [Int64: Int] = [:]
    var place = 0
    func pass(_ task: WorkerPool.Task) {
      place += 1
      if ids.contains(task.id) { positions[task.id] = place }
    }
    var clients = turns.compactMap { lines[$0] }
    var round = 0
    while !clients.isEmpty, positions.count < ids.count {
      for line in clients { pass(line[round]) }
      round += 1
      clients.removeAll { $0.count == round }
    }
    if positions.count < ids.count { alone.forEach(pass) }
    return positions
  }
}
