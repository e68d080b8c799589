import Testing

@testable import Jobs

@Suite("A client's share of the queue", .timeLimit(.minutes(1)))
struct ShareTests {
  @Test(
    "who has as many unfinished jobs as allowed is refused, others are served",
    arguments: StoreKind.allCases)
  func share(kind: StoreKind) async throws {
    try await withBench(Bench(kind, workers: 1, threadsPerWorker: 1, capacityPerClient: 2)) {
      bench in
      let key = IdempotencyKey(key: "k", bodyHash: [1])
      let first = try await bench.submit("hold a", owner: "ann", content: "a", key: key).job.id
      let second = try await bench.submit("echo b", owner: "ann").job.id
      let refusal = JobError.shareTaken(limit: 2, retryAfter: .seconds(1))
      await #expect(throws: refusal) { try await bench.submit("echo c", owner: "ann") }
      // Sharing a computation is a job too; repeating one is not.
      await #expect(throws: refusal) {
        try await bench.submit("hold a", owner: "ann", content: "a")
      }
      #expect(
        try await bench.submit("hold a", owner: "ann", content: "a", key: key).origin == .replay)
      // Nor has anyone else less room, and who has no name has all of it.
      let others = [try await bench.submit("echo d", owner: "bob").job.id]
      for _ in 0..<3 { _ = try await bench.submit("echo e") }

      _ = try await bench.queue.cancel(second, owner: "ann")
      let third = try await bench.submit("echo f", owner: "ann").job.id
      bench.release("a")
      for id in [first, third] {
        #expect(try await bench.final(id, owner: "ann").state == .succeeded)
      }
      for id in others { #expect(try await bench.final(id, owner: "bob").state == .succeeded) }
      // All of the share is free again, and what a stored result answers takes none.
      for _ in 0..<4 {
        #expect(try await bench.submit("hold a", owner: "ann", content: "a").origin == .hit)
      }
      for name in ["g", "h"] { _ = try await bench.submit("hold \(name)", owner: "ann") }
      await #expect(throws: refusal) { try await bench.submit("echo i", owner: "ann") }
    }
  }

  @Test("what a restart takes up counts for its owner")
  func restart() async throws {
    try await withBench(Bench(.sqlite)) { dead in
      _ = try await dead.submit("hold a", owner: "ann")
      try await withBench(Bench(.sqlite, capacityPerClient: 1, after: dead)) {
        (bench: Bench) async throws -> Void in
        await #expect(throws: JobError.shareTaken(limit: 1, retryAfter: .seconds(1))) {
          try await bench.submit("echo b", owner: "ann")
        }
        #expect(try await bench.submit("echo c", owner: "bob").origin == .new)
      }
    }
  }
}
