import Foundation
import Testing

@testable import Jobs

@Suite(.timeLimit(.minutes(1)))
struct WaitingTests {
  @Test("a wait ends with its time, the job as it is then", arguments: StoreKind.allCases)
  func limit(kind: StoreKind) async throws {
    try await withBench(Bench(kind)) { bench in
      let id = try await bench.submitRunning("it")
      async let waited = bench.queue.wait(for: id, atMost: .seconds(10))
      await bench.clock.untilTimer(of: .seconds(10))
      bench.clock.advance(by: .seconds(11))
      #expect(try await waited?.job.state == .running)
      #expect(try await bench.queue.wait(for: id, atMost: .zero)?.job.state == .running)
      #expect(try await bench.queue.wait(for: id, atMost: .seconds(-1))?.job.state == .running)
    }
  }

  @Test("a wait for a final or unknown job does not wait", arguments: StoreKind.allCases)
  func nothingToWait(kind: StoreKind) async throws {
    try await withBench(Bench(kind)) { bench in
      let id = try await bench.final(bench.submit("echo it").job.id).id
      #expect(try await bench.queue.wait(for: id, atMost: .seconds(10))?.job.state == .succeeded)
      #expect(try await bench.queue.wait(for: JobID(high: 1, low: 1), atMost: .seconds(10)) == nil)
    }
  }

  @Test("a cancelled task waits no longer, and the job goes on", arguments: StoreKind.allCases)
  func detach(kind: StoreKind) async throws {
    try await withBench(Bench(kind)) { bench in
      let id = try await bench.submitRunning("it")
      for isEarly in [true, false] {
        let task = Task { try await bench.queue.wait(for: id, atMost: .seconds(10)) }
        if !isEarly { await bench.clock.untilTimer(of: .seconds(10)) }
        task.cancel()
        #expect(try await task.value?.job.state == .running)
      }
      bench.release("it")
      #expect(try await bench.final(id).state == .succeeded)
      #expect(bench.clock.pendingTimers == 1)
    }
  }

  @Test(
    "a deleted job ends its waits and streams as a cancelled one", arguments: StoreKind.allCases)
  func deleted(kind: StoreKind) async throws {
    try await withBench(Bench(kind)) { bench in
      let id = try await bench.submitRunning("it")
      let changes = try #require(try await bench.queue.changes(of: id))
      async let waited = bench.queue.wait(for: id, atMost: .seconds(10))
      await bench.clock.untilTimer(of: .seconds(10))
      #expect(try await bench.queue.delete(id))
      #expect(try await waited?.job.state == .cancelled)
      #expect(try await bench.queue.job(id) == nil)
      var last: Job?
      for await job in changes { last = job }
      #expect(last?.state == .cancelled)
    }
  }

  @Test("there are no more watchers than allowed", arguments: StoreKind.allCases)
  func maxWaiters(kind: StoreKind) async throws {
    try await withBench(Bench(kind, maxWaiters: 2)) { bench in
      let id = try await bench.submitRunning("it")
      let stream = try #require(try await bench.queue.changes(of: id))
      async let waited = bench.queue.wait(for: id, atMost: .seconds(10))
      await bench.clock.untilTimer(of: .seconds(10))
      #expect(try await bench.queue.wait(for: id, atMost: .seconds(10))?.job.state == .running)
      await #expect(throws: JobError.tooManyWaiters(limit: 2)) {
        _ = try await bench.queue.changes(of: id)
      }
      bench.release("it")
      #expect(try await waited?.job.state == .succeeded)
      #expect(try await bench.queue.changes(of: id) != nil)
      withExtendedLifetime(stream) {}
    }
  }

  @Test("one client has no more watchers than its share", arguments: StoreKind.allCases)
  func maxWaitersPerClient(kind: StoreKind) async throws {
    try await withBench(Bench(kind, maxWaitersPerClient: 1)) { bench in
      let id = try await bench.submitRunning("it")
      let stream = try #require(try await bench.queue.changes(of: id, client: "ann"))
      await #expect(throws: JobError.tooManyWaiters(limit: 1)) {
        _ = try await bench.queue.changes(of: id, client: "ann")
      }
      let early = try await bench.queue.wait(for: id, client: "ann", atMost: .seconds(10))
      #expect(early?.job.state == .running)
      // Others wait, and she again when she has left.
      for client in ["bob", "", ""] {
        #expect(try await bench.queue.changes(of: id, client: client) != nil)
      }
      let reading = Task { for await _ in stream {} }
      reading.cancel()
      await reading.value
      #expect(try await bench.queue.changes(of: id, client: "ann") != nil)
      bench.release("it")
      #expect(try await bench.final(id).state == .succeeded)
    }
  }

  @Test("a stream tells state and progress to the end", arguments: StoreKind.allCases)
  func stream(kind: StoreKind) async throws {
    try await withBench(Bench(kind, workers: 1, threadsPerWorker: 1)) { bench in
      let blocker = try await bench.submitRunning("blocker")
      let id = try await bench.submit("report it").job.id
      var seen: [String] = []
      for await job in try #require(try await bench.queue.changes(of: id)) {
        seen.append("\(job.state) \(job.progress) \(job.phase ?? "-")")
        switch seen.count {
        case 1: bench.release("blocker")
        case 3: bench.release("it")
        default: break
        }
      }
      #expect(
        seen == ["queued 0.0 -", "running 0.0 -", "running 0.5 half", "succeeded 1.0 -"])
      #expect(try await bench.final(blocker).state == .succeeded)
      var last: [JobState] = []
      for await job in try #require(try await bench.queue.changes(of: id)) {
        last.append(job.state)
      }
      #expect(last == [.succeeded])
    }
  }

  @Test(
    "a job past its time limit fails, and those that share its computation do not",
    arguments: StoreKind.allCases)
  func timeLimit(kind: StoreKind) async throws {
    try await withBench(Bench(kind)) { bench in
      let short = try await bench.submitRunning("it", content: "c", timeLimit: .seconds(5))
      bench.clock.advance(by: .seconds(4))
      let late = try await bench.submit("hold it", content: "c", timeLimit: .seconds(5)).job.id
      bench.clock.advance(by: .seconds(2))
      #expect(try await bench.final(short).failure == .timedOut)
      #expect(try await bench.queue.outcome(short) == .failed(.timedOut, []))
      #expect(try await bench.queue.job(late)?.state == .running)
      bench.clock.advance(by: .seconds(4))
      #expect(try await bench.final(late).failure == .timedOut)
      // Nobody is left: the computation stops, and its content is computed anew.
      let next = try await bench.submit("hold it", content: "c", timeLimit: .seconds(5))
      #expect(next.origin == .new)
      bench.release("it")
      #expect(try await bench.final(next.job.id).state == .succeeded)
      #expect(bench.clock.pendingTimers == 1)
    }
  }

  @Test("time in the queue does not count against the time limit", arguments: StoreKind.allCases)
  func queuedTime(kind: StoreKind) async throws {
    try await withBench(Bench(kind, workers: 1, threadsPerWorker: 1)) { bench in
      _ = try await bench.submitRunning("blocker")
      let id = try await bench.submit("echo it", timeLimit: .seconds(5)).job.id
      bench.clock.advance(by: .seconds(50))
      bench.release("blocker")
      #expect(try await bench.final(id).state == .succeeded)
    }
  }
}
