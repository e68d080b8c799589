import DequeModule

/// Tasks that wait to be started: one line for each client, and the clients are served in turn.
///
/// A client with a thousand tasks delays another's only task by one task, not by a thousand.
struct FairQueue {
  /// The tasks of each client, in the order in which they came; none is empty.
  private var lines: [String: Deque<WorkerPool.Task>] = [:]
  /// The clients that have a line, the one to be served next first.
  private var turns: Deque<String> = []
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  mutating func append(_ task: WorkerPool.Task) {
    count += 1
    if lines[task.client] == nil { turns.append(task.client) }
    lines[task.client, default: []].append(task)
  }

  /// The task to be started next, which waits no longer. Complexity: O(1), as is `append`.
  mutating func popFirst() -> WorkerPool.Task? {
    guard let client = turns.popFirst() else { return nil }
    count -= 1
    let task = lines[client]?.popFirst()
    if lines[client]?.isEmpty == true { lines[client] = nil } else { turns.append(client) }
    return task
  }

  /// Removes a task, if it waits. Complexity: O(n).
  mutating func remove(_ id: Int64) {
    guard let client = lines.first(where: { $0.value.contains { $0.id == id } })?.key else {
      return
    }
    lines[client]?.removeAll { $0.id == id }
    count -= 1
    guard lines[client]?.isEmpty == true else { return }
    lines[client] = nil
    turns.removeAll { $0 == client }
  }

  mutating func removeAll() { self = FairQueue() }

  /// The places of those of these tasks that wait, 1 being the next to start if no other comes.
  ///
  /// Complexity: O(n) for all of them together.
  func positions(of ids: Set<Int64>) -> [Int64: Int] {
    var positions: [Int64: Int] = [:]
    var place = 0
    var clients = turns.compactMap { lines[$0] }
    var round = 0
    while !clients.isEmpty, positions.count < ids.count {
      for line in clients {
        place += 1
        if ids.contains(line[round].id) { positions[line[round].id] = place }
      }
      round += 1
      clients.removeAll { $0.count == round }
    }
    return positions
  }
}
