import Foundation
import Testing

@testable import Jobs

@Suite("Clients that leave", .timeLimit(.minutes(1)))
struct DepartureTests {
  private static let key = IdempotencyKey(key: "k", bodyHash: [1])

  @Test("a job that nobody else can want ends with its client", arguments: StoreKind.allCases)
  func abandoned(kind: StoreKind) async throws {
    try await withBench(Bench(kind)) { bench in
      let id = try await bench.submitRunning("it")
      try await bench.queue.abandon(id, owner: "another")
      #expect(try await bench.queue.job(id)?.state == .running)
      try await bench.queue.abandon(id)
      #expect(try await bench.queue.job(id)?.state == .cancelled)
      // Nothing is there to be abandoned any more.
      try await bench.queue.abandon(id)
    }
  }

  @Test("a job with an idempotency key goes on without its client", arguments: StoreKind.allCases)
  func keyed(kind: StoreKind) async throws {
    try await withBench(Bench(kind)) { bench in
      let id = try await bench.submit("hold it", key: Self.key).job.id
      try await bench.queue.abandon(id)
      let again = try await bench.submit("hold it", key: Self.key)
      #expect(again.origin == .replay && again.job.id == id && !again.job.state.isFinal)
      bench.release("it")
      #expect(try await bench.final(id).state == .succeeded)
    }
  }

  @Test("a job goes on while another waits for it", arguments: StoreKind.allCases)
  func watched(kind: StoreKind) async throws {
    try await withBench(Bench(kind)) { bench in
      let id = try await bench.submitRunning("it")
      async let other = bench.queue.wait(for: id, atMost: .seconds(100))
      await bench.clock.untilTimer(of: .seconds(100))
      try await bench.queue.abandon(id)
      #expect(try await bench.queue.job(id)?.state == .running)
      bench.release("it")
      #expect(try await other?.job.state == .succeeded)
    }
  }

  @Test("a job of an earlier process goes on without its client")
  func recovered() async throws {
    try await withBench(Bench(.sqlite)) { dead in
      let id = try await dead.submitRunning("it")
      try await withBench(Bench(.sqlite, after: dead)) { (bench: Bench) async throws -> Void in
        try await bench.queue.abandon(id)
        bench.release("it")
        #expect(try await bench.final(id).state == .succeeded)
      }
    }
  }

  @Test("a repetition of a cancelled job runs it", arguments: StoreKind.allCases)
  func repeated(kind: StoreKind) async throws {
    try await withBench(Bench(kind)) { bench in
      let first = try await bench.submit("hold it", key: Self.key).job.id
      _ = try await bench.queue.cancel(first)
      let second = try await bench.submit("hold it", key: Self.key)
      #expect(second.origin == .new && second.job.id != first)
      #expect(try await bench.submit("hold it", key: Self.key).job.id == second.job.id)
      #expect(try await bench.queue.job(first)?.state == .cancelled)
      bench.release("it")
      #expect(try await bench.final(second.job.id).state == .succeeded)
    }
  }

  @Test(
    "a repetition of a cancelled job that finds no room is refused, and runs later",
    arguments: StoreKind.allCases)
  func repeatedWithoutRoom(kind: StoreKind) async throws {
    try await withBench(Bench(kind, workers: 1, threadsPerWorker: 1, capacity: 1)) { bench in
      let first = try await bench.submit("hold it", key: Self.key).job.id
      _ = try await bench.queue.cancel(first)
      _ = try await bench.submitRunning("blocker")
      let filler = try await bench.submit("echo filler").job.id
      await #expect(throws: JobError.queueFull(retryAfter: .seconds(1))) {
        try await bench.submit("hold it", key: Self.key)
      }
      bench.release("blocker")
      _ = try await bench.final(filler)
      #expect(try await bench.submit("hold it", key: Self.key).origin == .new)
    }
  }
}
