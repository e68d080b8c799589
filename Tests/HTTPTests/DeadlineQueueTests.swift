import TestSupport
import Testing

@testable import HTTP

@Suite("Deadline queue")
struct DeadlineQueueTests {
  @Test("entries come up in the order of their times, and none before it", arguments: 1...20)
  func order(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let start = Instant.now
    let waits = (0..<200).map { _ in Int.random(in: 0..<50, using: &generator) }
    var queue = DeadlineQueue()
    for (id, wait) in waits.enumerated() {
      queue.insert(UInt64(id), at: start + .seconds(wait))
    }
    for second in 0..<50 {
      #expect(queue.earliest.map { $0 >= start + .seconds(second) } ?? true)
      var due: Set<UInt64> = []
      while let entry = queue.popDue(at: start + .seconds(second)) {
        #expect(entry.time == start + .seconds(second))
        due.insert(entry.id)
      }
      #expect(due == Set(waits.indices.filter { waits[$0] == second }.map(UInt64.init)))
    }
    #expect(queue.earliest == nil)
  }

  @Test("stale entries are dropped, and the others keep their order")
  func stale() {
    let start = Instant.now
    var queue = DeadlineQueue()
    for id in 0..<100 {
      queue.insert(UInt64(id), at: start + .seconds((id * 37) % 100))
    }
    queue.removeAll { !$0.id.isMultiple(of: 10) }
    #expect(queue.count == 10)
    var ids: [UInt64] = []
    while let entry = queue.popDue(at: start + .seconds(100)) { ids.append(entry.id) }
    #expect(ids == [0, 30, 60, 90, 20, 50, 80, 10, 40, 70])
  }
}
