import Foundation
import TestSupport
import Testing

@testable import Jobs

/// A killed process is imitated by taking a copy of its directory between two of its transactions:
/// that is what kill -9 leaves behind.
@Suite(.timeLimit(.minutes(1)))
struct RecoveryTests {
  @Test("after a crash every job is there, and what was unfinished runs again")
  func crash() async throws {
    try await withBench(Bench(.sqlite, threadsPerWorker: 1)) { dead in
      let key = IdempotencyKey(key: "k", bodyHash: [7])
      let done = try await dead.final(dead.submit("echo done", content: "done", key: key).job.id)
      let failed = try await dead.final(dead.submit("fail why").job.id)
      let cancelled = try await dead.submit("hold x").job.id
      _ = try await dead.queue.cancel(cancelled)
      let running = [try await dead.submitRunning("a"), try await dead.submitRunning("b")]
      let queued = [
        try await dead.submit("echo c").job.id,
        try await dead.submit("hold a", content: "a").job.id,
      ]
      let shared = try await dead.submit("hold a", content: "a").job.id

      try await withBench(Bench(.sqlite, after: dead)) { (bench: Bench) async throws -> Void in
        let listed = try await bench.queue.list().jobs.map(\.id)
        let all = [done.id, failed.id, cancelled] + running + queued + [shared]
        #expect(listed == all.sorted().reversed())
        #expect(try await bench.queue.job(done.id) == done)
        #expect(try await bench.queue.outcome(done.id) == .succeeded(text("done")))
        #expect(try await bench.queue.outcome(failed.id) == .failed(.reported, text("why")))
        #expect(try await bench.queue.outcome(cancelled) == .cancelled)
        #expect(try await bench.submit("echo done", key: key).job.id == done.id)
        #expect(try await bench.submit("echo done", content: "done").origin == .hit)
        bench.release("a")
        bench.release("b")
        for id in running {
          let job = try await bench.final(id)
          #expect(job.state == .succeeded && job.attempts == 2)
        }
        for id in queued + [shared] {
          let job = try await bench.final(id)
          #expect(job.state == .succeeded && job.attempts == 1)
        }
        #expect(bench.startedWork.sorted() == ["a", "a", "b", "c"])
      }
    }
  }

  @Test("a job that kills its process runs in another the next time, whose death is its own")
  func killer() async throws {
    try await withBench(Bench(.sqlite)) { dead in
      let killer = try await dead.submitRunning("killer")
      let company = try await dead.submitRunning("company")
      let child = ChildProcess(
        executable: "/bin/sh",
        arguments: [
          "-c",
          #"""
          [ $0 = test ] || exit 1
          case "$(head -c $1)" in *killer) kill -KILL $$ ;; esac
          printf '\000from the child'
          """#,
        ])
      try await withBench(Bench(.sqlite, child: child, after: dead)) {
        (bench: Bench) async throws -> Void in
        let short = try await bench.submit("echo short").job.id
        #expect(try await bench.final(short).state == .succeeded)
        #expect(try await bench.final(killer).failure == .crashed)
        #expect(try await bench.queue.outcome(killer) == .failed(.crashed, []))
        #expect(try await bench.final(company).attempts == 2)
        #expect(try await bench.queue.outcome(company) == .succeeded(text("from the child")))
        #expect(bench.startedWork == ["short"])
      }
    }
  }

  @Test("a child process that nobody wants the outcome of is killed")
  func unwantedChild() async throws {
    try await withBench(Bench(.sqlite)) { dead in
      let id = try await dead.submitRunning("long")
      let child = ChildProcess(executable: "/bin/sh", arguments: ["-c", "exec sleep 1000"])
      try await withBench(
        Bench(.sqlite, workers: 1, threadsPerWorker: 1, child: child, after: dead)
      ) {
        (bench: Bench) async throws -> Void in
        try await bench.untilRunning(id)
        #expect(try await bench.queue.cancel(id)?.state == .cancelled)
        // The only thread is free again.
        let next = try await bench.submit("echo next").job.id
        #expect(try await bench.final(next).state == .succeeded)
      }
    }
  }

  @Test("an outcome comes back from a child process as it was")
  func encodedOutcome() {
    let outcomes =
      [.succeeded(text("it")), .succeeded([]), .cancelled]
      + FailureReason.allCases.map { JobOutcome.failed($0, text("why")) }
    for outcome in outcomes { #expect(JobOutcome(encoded: outcome.encoded) == outcome) }
    #expect(JobOutcome(encoded: []) == nil)
    #expect(JobOutcome(encoded: [99]) == nil)
  }

  @Test("what runs long after an unclean end holds up nobody")
  func longJob() async throws {
    try await withBench(Bench(.sqlite, workers: 2)) { dead in
      let long = try await dead.submitRunning("long")
      try await withBench(Bench(.sqlite, workers: 2, after: dead)) {
        (bench: Bench) async throws -> Void in
        await bench.untilBegun("long")
        let short = try await bench.submit("echo short").job.id
        #expect(try await bench.final(short).state == .succeeded)
        #expect(try await bench.queue.job(long)?.state == .running)
        bench.release("long")
        #expect(try await bench.final(long).state == .succeeded)
      }
      dead.release("long")
    }
  }

  @Test("ids go on after a restart with the clock set back, so the newest job is listed first")
  func clockSetBack() async throws {
    try await withBench(Bench(.sqlite)) { dead in
      let old = try await dead.final(dead.submit("echo old").job.id).id
      dead.clock.setDate(Date(timeIntervalSince1970: 1_000_000_000))
      try await withBench(Bench(.sqlite, after: dead)) { (bench: Bench) async throws -> Void in
        let new = try await bench.submit("echo new").job.id
        #expect(new > old)
        #expect(try await bench.queue.list().jobs.map(\.id) == [new, old])
      }
    }
  }

  @Test("what a stop at the deadline put back is under no suspicion")
  func requeued() async throws {
    let stopped = try Bench(.sqlite)
    let ids = [try await stopped.submitRunning("a"), try await stopped.submitRunning("b")]
    await stopped.halt()
    try await withBench(Bench(.sqlite, after: stopped)) { bench in
      // Both run at a time.
      for id in ids { try await bench.untilRunning(id) }
      for name in ["a", "b"] { bench.release(name) }
      for id in ids { #expect(try await bench.final(id).attempts == 2) }
    }
  }

  @Test("a job survives whatever moment the process dies at", arguments: 0..<12)
  func anyMoment(moment: Int) async throws {
    try await withBench(Bench(.sqlite)) { dead in
      // Copies taken between two transactions of a writer that is at work.
      let submitter = Task {
        var ids: [JobID] = []
        for index in 0..<200 { ids.append(try await dead.submit("echo \(index)").job.id) }
        return ids
      }
      await dead.started.until { $0.count >= moment * 10 }
      let known = try await dead.queue.list(limit: 1000).jobs.map(\.id)
      try await withBench(Bench(.sqlite, capacity: 1000, after: dead)) {
        (bench: Bench) async throws -> Void in
        for id in known { #expect(try await bench.final(id).state == .succeeded) }
      }
      _ = try? await submitter.value
    }
  }
}
