/// Which of many waits ends next: a binary heap of times.
///
/// A wait that is put off leaves its entry where it is; the owner looks when the entry comes up
/// and enters the wait anew. So the many short waits of busy connections cost next to nothing.
struct DeadlineQueue {
  typealias Entry = (time: Instant, id: UInt64)

  private var heap: [Entry] = []

  var earliest: Instant? { heap.first?.time }

  var count: Int { heap.count }

  /// Drops the entries that mean nothing any more. Complexity: O(n log n).
  mutating func removeAll(where isStale: (Entry) -> Bool) {
    heap.removeAll(where: isStale)
    // In their order, entries are a heap too.
    heap.sort { $0.time < $1.time }
  }

  /// Complexity: O(log n).
  mutating func insert(_ id: UInt64, at time: Instant) {
    heap.append((time, id))
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].time < heap[parent].time else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  /// Takes the earliest entry if it is due. Complexity: O(log n).
  mutating func popDue(at now: Instant) -> Entry? {
    guard let first = heap.first, first.time <= now else { return nil }
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && heap[child].time < heap[least].time {
        least = child
      }
      guard least != parent else { return first }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
