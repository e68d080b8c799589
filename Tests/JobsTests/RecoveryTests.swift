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

  @Test("a job that kills the process is failed after three deaths alone; its company is not")
  func killer() async throws {
    // Each process dies while the killer runs, alone from the third on.
    var process = try Bench(.sqlite, workers: 3)
    var dead: [Bench] = []
    let killer = try await process.submitRunning("killer")
    let company = try await process.submitRunning("company")
    var late: [JobID] = []
    for attempt in 2...5 {
      dead.append(process)
      process = try Bench(.sqlite, workers: 3, after: process)
      await process.untilBegun("killer")
      if attempt == 2 { await process.untilBegun("company") }
      late.append(try await process.submit("echo \(attempt)").job.id)
      // After one death they are under no suspicion yet, and nobody waits for them.
      if attempt == 2 { #expect(try await process.final(late[0]).state == .succeeded) }
      #expect(process.startedWork.contains("company") == (attempt == 2))
      #expect(try await process.queue.job(killer)?.attempts == attempt)
    }
    dead.append(process)
    process = try Bench(.sqlite, workers: 3, after: process)
    process.release("company")
    #expect(try await process.queue.outcome(killer) == .failed(.crashed, []))
    let told = process.events.entries.count {
      if case .finished(let job, _, _) = $0 { job.id == killer } else { false }
    }
    #expect(told == 1)
    #expect(try await process.final(company).state == .succeeded)
    #expect(try await process.final(company).attempts == 3)
    for id in late { #expect(try await process.final(id).state == .succeeded) }
    for bench in dead + [process] { await bench.halt() }
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
