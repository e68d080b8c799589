import Foundation
import Testing

@testable import Jobs

@Suite(.timeLimit(.minutes(1)))
struct SharingTests {
  @Test("equal content is computed once and answered from the store", arguments: StoreKind.allCases)
  func hit(kind: StoreKind) async throws {
    try await withBench(Bench(kind)) { bench in
      let first = try await bench.final(bench.submit("echo it", content: "c").job.id)
      let second = try await bench.submit("echo it", content: "c")
      #expect(second.origin == .hit)
      #expect(second.job == first)
      #expect(second.outcome == .succeeded(text("it")))
      // Only a key of its own, or labels of its own, need a job of its own.
      let key = IdempotencyKey(key: "k", bodyHash: [1])
      let third = try await bench.submit("echo it", content: "c", key: key)
      let fourth = try await bench.submit("echo it", content: "c", labels: "other")
      #expect(third.origin == .hit && fourth.origin == .hit)
      #expect(Set([first.id, third.job.id, fourth.job.id]).count == 3)
      #expect(fourth.job.labels == text("other"))
      #expect(try await bench.queue.list().jobs.count == 3)
      #expect(bench.startedWork == ["it"])
      // The first one's end is not the result's.
      #expect(try await bench.queue.delete(first.id))
      #expect(try await bench.queue.outcome(first.id) == nil)
      #expect(try await bench.submit("echo it", content: "c").job.id == third.job.id)
      #expect(try await bench.queue.outcome(third.job.id) == .succeeded(text("it")))
    }
  }

  @Test(
    "another owner, other content, no content, no wish to share, a failure: computed anew",
    arguments: StoreKind.allCases)
  func noHit(kind: StoreKind) async throws {
    try await withBench(Bench(kind)) { bench in
      for payload in ["echo it", "fail it"] {
        _ = try await bench.final(bench.submit(payload, content: payload).job.id)
      }
      #expect(try await bench.submit("echo it", owner: "o", content: "echo it").origin == .new)
      #expect(try await bench.submit("echo it", content: "d").origin == .new)
      #expect(try await bench.submit("echo it").origin == .new)
      #expect(try await bench.submit("echo it", content: "echo it", reuse: false).origin == .new)
      #expect(try await bench.submit("fail it", content: "fail it").origin == .new)
    }
  }

  @Test(
    "the last computation of a content is deleted with its last job",
    arguments: StoreKind.allCases)
  func deletion(kind: StoreKind) async throws {
    try await withBench(Bench(kind)) { bench in
      let first = try await bench.final(bench.submit("echo it", content: "c").job.id)
      let key = IdempotencyKey(key: "k", bodyHash: [1])
      let second = try await bench.submit("echo it", content: "c", key: key).job
      #expect(try await bench.queue.delete(first.id))
      #expect(try await bench.queue.delete(second.id))
      #expect(try await bench.queue.delete(second.id) == false)
      #expect(try await bench.submit("echo it", content: "c").origin == .new)
    }
  }

  @Test(
    "a computation stops when the last job that shares it is cancelled or deleted",
    arguments: StoreKind.allCases, [true, false])
  func detaching(kind: StoreKind, isRunning: Bool) async throws {
    try await withBench(Bench(kind, workers: 1, threadsPerWorker: 1)) { bench in
      let blocker = isRunning ? nil : try await bench.submitRunning("blocker")
      let first = try await bench.submit("hold it", content: "c").job.id
      if isRunning { try await bench.untilRunning(first) }
      let second = try await bench.submit("hold it", content: "c")
      let third = try await bench.submit("hold it", content: "c")
      #expect(second.origin == .shared && third.origin == .shared)
      #expect(second.job.state == (isRunning ? .running : .queued))

      #expect(try await bench.queue.cancel(first)?.state == .cancelled)
      #expect(try await bench.queue.cancel(first)?.state == .cancelled)
      #expect(try await bench.queue.outcome(first) == .cancelled)
      #expect(try await bench.queue.delete(second.job.id))
      #expect(try await bench.queue.job(third.job.id)?.state == second.job.state)
      #expect(try await bench.queue.cancel(third.job.id)?.state == .cancelled)

      // The thread is free again: nothing runs on, and nothing of it is shared any more.
      if blocker != nil { bench.release("blocker") }
      let next = try await bench.submit("hold it", content: "c")
      #expect(next.origin == .new)
      bench.release("it")
      #expect(try await bench.final(next.job.id).state == .succeeded)
      #expect(bench.startedWork == (isRunning ? ["it", "it"] : ["blocker", "it"]))
      #expect(try await bench.queue.cancel(next.job.id)?.state == .succeeded)
    }
  }

  @Test("all jobs that share a computation get its result", arguments: StoreKind.allCases)
  func sharedResult(kind: StoreKind) async throws {
    try await withBench(Bench(kind)) { bench in
      let first = try await bench.submitRunning("it", content: "c")
      var ids = [first]
      for _ in 0..<5 { ids.append(try await bench.submit("hold it", content: "c").job.id) }
      _ = try await bench.queue.cancel(first)
      bench.release("it")
      for id in ids.dropFirst() {
        #expect(try await bench.final(id).state == .succeeded)
        #expect(try await bench.queue.outcome(id) == .succeeded(text("it")))
      }
      #expect(try await bench.queue.outcome(first) == .cancelled)
      #expect(bench.startedWork == ["it"])
    }
  }

  @Test(
    "an idempotency key gives the same job, or is refused with another body",
    arguments: StoreKind.allCases)
  func idempotency(kind: StoreKind) async throws {
    try await withBench(Bench(kind)) { bench in
      let key = IdempotencyKey(key: "k", bodyHash: [1, 2])
      let first = try await bench.submit("hold it", key: key)
      let again = try await bench.submit("hold it", key: key)
      #expect(first.origin == .new && again.origin == .replay)
      #expect(again.job.id == first.job.id)
      bench.release("it")
      _ = try await bench.final(first.job.id)
      let later = try await bench.submit("hold it", key: key)
      #expect(later.origin == .replay && later.job.state == .succeeded)
      await #expect(throws: JobError.idempotencyKeyReused(first.job.id)) {
        try await bench.submit("echo other", key: IdempotencyKey(key: "k", bodyHash: [1, 3]))
      }
      #expect(try await bench.submit("echo it", owner: "o", key: key).origin == .new)
      #expect(try await bench.queue.delete(first.job.id))
      #expect(try await bench.submit("echo it", key: key).origin == .new)
    }
  }

  @Test(
    "of many requests at once with one key, or one content, one is computed",
    arguments: StoreKind.allCases)
  func race(kind: StoreKind) async throws {
    try await withBench(Bench(kind)) { bench in
      func origins(_ submit: @escaping @Sendable () async throws -> Submission) async throws
        -> [Submission.Origin]
      {
        try await withThrowingTaskGroup(of: Submission.Origin.self) { group in
          for _ in 0..<50 { group.addTask { try await submit().origin } }
          return try await group.reduce(into: []) { $0.append($1) }
        }
      }
      let key = IdempotencyKey(key: "k", bodyHash: [])
      let byKey = try await origins { try await bench.submit("echo a", key: key) }
      #expect(byKey.count { $0 == .new } == 1 && byKey.count { $0 == .replay } == 49)
      let byContent = try await origins { try await bench.submit("echo b", content: "c") }
      #expect(byContent.count { $0 == .new } == 1 && !byContent.contains(.replay))
    }
  }
}
