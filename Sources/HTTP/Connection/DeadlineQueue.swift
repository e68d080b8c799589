import HeapModule

/// A priority queue of deadlines, earliest first.
///
/// Postponing a deadline does not change its entry: when the entry is due, the owner sees that the
/// deadline is later and inserts a new entry. So deadlines that change often cost very little.
struct DeadlineQueue {
  struct Entry: Comparable {
    let time: Instant
    let id: UInt64

    static func < (left: Entry, right: Entry) -> Bool { left.time < right.time }
  }

  private var heap = Heap<Entry>()

  var earliest: Instant? { heap.min?.time }

  var count: Int { heap.count }

  /// Removes the stale entries. Complexity: O(n).
  mutating func removeAll(where isStale: (Entry) -> Bool) {
    heap = Heap(heap.unordered.filter { !isStale($0) })
  }

  /// Complexity: O(log n).
  mutating func insert(_ id: UInt64, at time: Instant) {
    heap.insert(Entry(time: time, id: id))
  }

  /// Removes and returns the earliest entry if it is due. Complexity: O(log n).
  mutating func popDue(at now: Instant) -> Entry? {
    guard let earliest, earliest <= now else { return nil }
    return heap.popMin()
  }
}
