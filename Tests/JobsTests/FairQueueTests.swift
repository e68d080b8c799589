import Testing

@testable import Jobs

@Suite("Clients are served in turn", .timeLimit(.minutes(1)))
struct FairQueueTests {
  private func queue(_ tasks: [(id: Int64, client: String)]) -> FairQueue {
    tasks.reduce(into: FairQueue()) { queue, task in
      queue.append(WorkerPool.Task(id: task.id, client: task.client) { _ in })
    }
  }

  private func order(_ queue: FairQueue) -> [Int64] {
    var (queue, order) = (queue, [Int64]())
    while let task = queue.popFirst() { order.append(task.id) }
    #expect(queue.isEmpty && queue.count == 0)
    return order
  }

  @Test("a client with many tasks delays another by one")
  func turns() {
    var waiting = queue([
      (1, "ann"), (2, "ann"), (3, "ann"), (4, "ann"), (5, "bob"), (6, "cid"), (7, "bob"),
    ])
    #expect(waiting.count == 7)
    #expect(order(waiting) == [1, 5, 6, 2, 7, 3, 4])
    waiting.remove(5)
    waiting.remove(6)
    waiting.remove(6)
    #expect(order(waiting) == [1, 7, 2, 3, 4])
    waiting.remove(2)
    #expect(waiting.count == 4)
    #expect(order(waiting) == [1, 7, 3, 4])
  }

  @Test("the position of a task is when it is started, whatever waits", arguments: 0..<20)
  func positions(seed: Int) {
    var generator = SystemRandomNumberGenerator()
    let tasks = (0..<Int64.random(in: 0...30, using: &generator)).map { id in
      (id, "client \(Int.random(in: 0...(seed / 4)))")
    }
    var waiting = queue(tasks)
    for _ in 0..<(tasks.count / 3) { _ = waiting.popFirst() }
    let order = order(waiting)
    let all = waiting.positions(of: Set(tasks.map(\.0)))
    #expect(all == Dictionary(uniqueKeysWithValues: zip(order, 1...)))
    for (place, id) in zip(1..., order) { #expect(waiting.positions(of: [id]) == [id: place]) }
  }

  @Test("who asks once is served before the rest of who asked often", arguments: StoreKind.allCases)
  func inTurn(kind: StoreKind) async throws {
    try await withBench(Bench(kind, workers: 1, threadsPerWorker: 1)) { bench in
      let blocker = try await bench.submitRunning("blocker")
      var often: [JobID] = []
      for index in 0..<5 {
        often.append(try await bench.submit("echo ann \(index)", owner: "ann").job.id)
      }
      let once = try await bench.submit("echo bob", owner: "bob").job
      #expect(once.position == 2)
      let places = try await bench.queue.list(owner: "ann").jobs.map(\.position)
      #expect(places == [6, 5, 4, 3, 1])
      bench.release("blocker")
      for id in often { _ = try await bench.final(id, owner: "ann") }
      #expect(bench.startedWork[..<3] == ["blocker", "ann 0", "bob"])
      #expect(try await bench.final(blocker).state == .succeeded)
    }
  }
}
