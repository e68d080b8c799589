import Foundation
import TestSupport
import Testing

@testable import Jobs

@Suite(.timeLimit(.minutes(1)))
struct JobQueueTests {
  @Test("a job runs and its result is kept", arguments: StoreKind.allCases)
  func succeeds(kind: StoreKind) async throws {
    try await withBench(Bench(kind)) { bench in
      let submission = try await bench.submit("echo hello", timeLimit: .milliseconds(12_345))
      let job = try await bench.final(submission.job.id)
      #expect(submission.origin == .new)
      #expect(job.state == .succeeded)
      #expect(job.progress == 1)
      #expect(job.attempts == 1)
      #expect(job.kind == "test")
      #expect(job.labels == text("label"))
      #expect(job.timeLimit == .milliseconds(12_345))
      #expect(job.createdAt == bench.clock.date.inMilliseconds)
      #expect(job.startedAt == job.createdAt && job.finishedAt == job.createdAt)
      #expect(try await bench.queue.outcome(job.id) == .succeeded(text("hello")))
      #expect(try await bench.queue.payload(job.id) == text("echo hello"))
      // What was told and what is stored are the same.
      #expect(try await bench.queue.job(job.id) == job)
    }
  }

  @Test(
    "a job that fails says how", arguments: StoreKind.allCases,
    [
      ("fail why", .reported, "why"),
      ("nonsense", .threw, "Unknown(words: [\"nonsense\"])"),
    ] as [(String, FailureReason, String)])
  func fails(kind: StoreKind, work: (payload: String, reason: FailureReason, words: String))
    async throws
  {
    try await withBench(Bench(kind)) { bench in
      let job = try await bench.final(bench.submit(work.payload).job.id)
      #expect(job.state == .failed)
      #expect(job.failure == work.reason)
      #expect(try await bench.queue.outcome(job.id) == .failed(work.reason, text(work.words)))
    }
  }

  @Test("a job of another owner does not exist", arguments: StoreKind.allCases)
  func owners(kind: StoreKind) async throws {
    try await withBench(Bench(kind)) { bench in
      let running = try await bench.submit("hold it", owner: "ann").job.id
      let done = try await bench.submit("echo it", owner: "ann").job.id
      _ = try await bench.final(done, owner: "ann")
      for id in [running, done] {
        let queue = bench.queue
        #expect(try await queue.job(id, owner: "bob") == nil)
        #expect(try await queue.outcome(id, owner: "bob") == nil)
        #expect(try await queue.payload(id, owner: "bob") == nil)
        #expect(try await queue.cancel(id, owner: "bob") == nil)
        #expect(try await queue.delete(id, owner: "bob") == false)
        #expect(try await queue.wait(for: id, owner: "bob", atMost: .seconds(1)) == nil)
        #expect(try await queue.changes(of: id, owner: "bob") == nil)
        #expect(try await queue.list(owner: "bob").jobs.isEmpty)
        #expect(try await queue.job(id, owner: "ann") != nil)
      }
    }
  }

  @Test("work is spread over the pool and its results stay in order", arguments: StoreKind.allCases)
  func map(kind: StoreKind) async throws {
    try await withBench(Bench(kind)) { bench in
      let job = try await bench.final(bench.submit("square 1000").job.id)
      #expect(try await bench.queue.outcome(job.id) == .succeeded(text("332833500")))
    }
  }

  @Test(
    "the queue refuses what it has no room for, and takes more later",
    arguments: StoreKind.allCases)
  func capacity(kind: StoreKind) async throws {
    try await withBench(Bench(kind, workers: 1, threadsPerWorker: 1, capacity: 2)) { bench in
      let running = try await bench.submitRunning("a", content: "a")
      let queued = try await bench.submit("echo b").job
      #expect(queued.position == 1)
      let key = IdempotencyKey(key: "k", bodyHash: [1])
      let last = try await bench.submit("echo c", key: key).job
      #expect(last.position == 2)
      await #expect(throws: JobError.queueFull(retryAfter: .seconds(1))) {
        try await bench.submit("echo d")
      }
      await #expect(throws: JobError.queueFull(retryAfter: .seconds(1))) {
        try await bench.submit("hold a", content: "a")
      }
      // What needs no room is served still.
      #expect(try await bench.submit("echo c", key: key).origin == .replay)
      _ = try await bench.queue.cancel(queued.id)
      #expect(try await bench.queue.job(last.id)?.position == 1)
      let late = try await bench.submit("echo d").job.id
      bench.release("a")
      for id in [running, last.id, late] {
        #expect(try await bench.final(id).state == .succeeded)
      }
      #expect(bench.startedWork == ["a", "c", "d"])
    }
  }

  @Test("no id is lost or doubled when many submit at once", arguments: StoreKind.allCases)
  func concurrentSubmission(kind: StoreKind) async throws {
    try await withBench(Bench(kind, capacity: 1000)) { bench in
      let ids = try await withThrowingTaskGroup(of: [JobID].self) { group in
        for task in 0..<8 {
          group.addTask {
            var ids: [JobID] = []
            for index in 0..<40 {
              ids.append(try await bench.submit("echo \(task).\(index)").job.id)
            }
            return ids
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(Set(ids).count == 320)
      for id in ids { #expect(try await bench.final(id).state == .succeeded) }
      #expect(Set(bench.startedWork).count == 320)
      #expect(bench.startedWork.count == 320)
      let listed = try await bench.queue.list(limit: 1000).jobs.map(\.id)
      #expect(listed == ids.sorted().reversed())
    }
  }

  @Test("gauges and events tell what happens", arguments: StoreKind.allCases)
  func figures(kind: StoreKind) async throws {
    try await withBench(Bench(kind, workers: 1, threadsPerWorker: 1)) { bench in
      let first = try await bench.submitRunning("a")
      await bench.untilBegun("a")
      let second = try await bench.submit("echo b").job.id
      bench.clock.advance(by: .seconds(5))
      #expect(
        try await bench.queue.gauges()
          == JobGauges(
            jobs: [.queued: 1, .running: 1], queueLength: 1, busyWorkers: 1, workers: 1,
            oldestQueuedAge: .seconds(5), storeTrouble: nil))
      bench.release("a")
      _ = try await bench.final(first)
      _ = try await bench.final(second)
      let told = bench.events.entries.map { event in
        switch event {
        case .submitted(let submission):
          "\(submission.job.id == first ? "a" : "b") \(submission.origin)"
        case .finished(let job, let queueWait, let runTime):
          "\(job.id == first ? "a" : "b") \(queueWait) \(runTime)"
        case .storeFailed(let error): "\(error)"
        case .storeVerified(let error): "\(String(describing: error))"
        }
      }
      #expect(
        told == ["a new", "b new", "a 0.0 seconds 5.0 seconds", "b 5.0 seconds 0.0 seconds"])
      #expect(try await bench.queue.gauges().jobs == [.succeeded: 2])
    }
  }

  @Test(
    "a page neither skips nor repeats, whatever is submitted meanwhile",
    arguments: StoreKind.allCases)
  func listing(kind: StoreKind) async throws {
    try await withBench(Bench(kind)) { bench in
      var ids: [JobID] = []
      for index in 0..<25 {
        let id = try await bench.submit(index % 5 == 0 ? "fail x" : "echo x", owner: "o").job.id
        _ = try await bench.final(id, owner: "o")
        ids.append(id)
      }
      var seen: [JobID] = []
      var cursor: JobID?
      repeat {
        let page = try await bench.queue.list(owner: "o", limit: 7, cursor: cursor)
        seen += page.jobs.map(\.id)
        cursor = page.next
        _ = try await bench.submit("echo new", owner: "o")
      } while cursor != nil
      #expect(seen == ids.reversed())
      let failed = try await bench.queue.list(owner: "o", state: .failed, limit: 3)
      #expect(failed.jobs.map(\.id) == [ids[20], ids[15], ids[10]])
      #expect(
        try await bench.queue.list(owner: "o", state: .failed, limit: 3, cursor: failed.next)
          .jobs.map(\.id) == [ids[5], ids[0]])
      #expect(try await bench.queue.list(owner: "nobody").jobs.isEmpty)
    }
  }

  @Test(
    "finished jobs are forgotten when too old or too many, others never",
    arguments: StoreKind.allCases)
  func retention(kind: StoreKind) async throws {
    try await withBench(
      Bench(kind, workers: 2, capacity: 1000, retention: (.seconds(1000), 150, 1 << 30))
    ) { bench in
      let running = try await bench.submitRunning("it")
      var ids: [JobID] = []
      for index in 0..<400 {
        ids.append(try await bench.submit("echo \(index)").job.id)
        _ = try await bench.final(ids[index])
        bench.clock.advance(by: .milliseconds(1))
      }
      // 250 are too many: the third batch is the last, and the next sweep is planned after it.
      bench.clock.advance(by: .seconds(60))
      await bench.clock.untilTimer(of: .seconds(60))
      #expect(
        try await bench.queue.list(limit: 1000).jobs.map(\.id) == ids[250...].reversed() + [running]
      )
      #expect(try await bench.queue.payload(ids[0]) == nil)
      bench.clock.advance(by: .seconds(1000))
      await bench.clock.untilTimer(of: .seconds(60))
      #expect(try await bench.queue.list().jobs.map(\.id) == [running])
      bench.release("it")
      #expect(try await bench.final(running).state == .succeeded)
    }
  }
}
