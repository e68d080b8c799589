import HeapModule

/// Which of many waits ends next.
///
/// A wait that is put off leaves its entry where it is; the owner looks when the entry comes up
/// and enters the wait anew. So the many short waits of busy connections cost next to nothing.
struct DeadlineQueue {
  struct Entry: Comparable {
    let time: Instant
    let id: UInt64

    static func < (left: Entry, right: Entry) -> Bool { left.time < right.time }
  }

  private var heap = Heap<Entry>()

  var earliest: Instant? { heap.min?.time }

  var count: Int { heap.count }

  /// Drops the entries that mean nothing any more. Complexity: O(n).
  mutating func removeAll(where isStale: (Entry) -> Bool) {
    heap = Heap(heap.unordered.filter { !isStale($0) })
  }

  /// Complexity: O(log n).
  mutating func insert(_ id: UInt64, at time: Instant) {
    heap.insert(Entry(time: time, id: id))
  }

  /// Takes the earliest entry if it is due. Complexity: O(log n).
  mutating func popDue(at now: Instant) -> Entry? {
    guard let earliest, earliest <= now else { return nil }
    return heap.popMin()
  }
}
