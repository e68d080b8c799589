import Foundation
import Testing

@testable import Jobs

@Suite(.timeLimit(.minutes(1)))
struct StoppingTests {
  /// A bench of one worker that is busy, and a job that waits for it.
  private static func bench(
    _ kind: StoreKind
  ) async throws -> (bench: Bench, running: JobID, queued: JobID) {
    let bench = try Bench(kind, workers: 1, threadsPerWorker: 1)
    let running = try await bench.submitRunning("it")
    return (bench, running, try await bench.submit("echo later").job.id)
  }

  @Test(
    "a stop lets what runs finish, answers who waits for the rest, and takes nothing more",
    arguments: StoreKind.allCases)
  func halt(kind: StoreKind) async throws {
    let (bench, running, queued) = try await Self.bench(kind)
    async let waitedForRunning = bench.queue.wait(for: running, atMost: .seconds(100))
    async let waitedForQueued = bench.queue.wait(for: queued, atMost: .seconds(200))
    await bench.clock.untilTimer(of: .seconds(100))
    await bench.clock.untilTimer(of: .seconds(200))
    async let halted: Void = bench.queue.halt(within: .seconds(30))
    #expect(try await waitedForQueued?.job.state == .queued)
    await #expect(throws: JobError.stopping) { try await bench.submit("echo more") }
    #expect(try await bench.queue.wait(for: queued, atMost: .seconds(100))?.job.state == .queued)
    bench.release("it")
    #expect(try await waitedForRunning?.job.state == .succeeded)
    await halted
    await #expect(throws: JobError.stopping) { try await bench.queue.job(running) }
    await bench.queue.halt(within: .seconds(30))
    #expect(bench.startedWork == ["it"])
    #expect(bench.clock.pendingTimers == 0)
  }

  @Test(
    "what runs on past the deadline is told to stop and is queued again",
    arguments: StoreKind.allCases)
  func deadline(kind: StoreKind) async throws {
    let bench = try Bench(kind)
    let running = try await bench.submitRunning("it")
    async let waited = bench.queue.wait(for: running, atMost: .seconds(100))
    await bench.clock.untilTimer(of: .seconds(100))
    async let halted: Void = bench.queue.halt(within: .seconds(30))
    await bench.clock.untilTimer(of: .seconds(30))
    bench.clock.advance(by: .seconds(31))
    await halted
    #expect(try await waited?.job.state == .queued)
  }

  @Test(
    "a queue that takes no more answers at once who waits for a queued job, the others in time",
    arguments: StoreKind.allCases)
  func stopTaking(kind: StoreKind) async throws {
    let (bench, running, queued) = try await Self.bench(kind)
    let streams = [
      try #require(try await bench.queue.changes(of: queued)),
      try #require(try await bench.queue.changes(of: running)),
    ]
    async let waitedForRunning = bench.queue.wait(for: running, atMost: .seconds(100))
    async let waitedForQueued = bench.queue.wait(for: queued, atMost: .seconds(200))
    await bench.clock.untilTimer(of: .seconds(100))
    await bench.clock.untilTimer(of: .seconds(200))

    bench.queue.stopTaking(answeringAllWithin: .seconds(29))
    #expect(try await waitedForQueued?.job.state == .queued)
    #expect(await streams[0].reduce(into: []) { $0.append($1.state) }.last == .queued)
    // Clients that a stop takes away end no job.
    try await bench.queue.abandon(queued)
    try await bench.queue.abandon(running)
    async let late = bench.queue.wait(for: running, atMost: .seconds(300))
    await bench.clock.untilTimer(of: .seconds(300))

    bench.clock.advance(by: .seconds(29))
    #expect(try await waitedForRunning?.job.state == .running)
    #expect(try await late?.job.state == .running)
    #expect(await streams[1].reduce(into: []) { $0.append($1.state) }.last == .running)
    #expect(try await bench.queue.wait(for: running, atMost: .seconds(9))?.job.state == .running)

    // It may still finish, and is stored.
    async let halted: Void = bench.queue.halt(within: .seconds(1))
    await bench.clock.untilTimer(of: .seconds(1))
    bench.release("it")
    await halted
    #expect(bench.startedWork == ["it"])
    #expect(bench.clock.pendingTimers == 0)
    guard kind == .sqlite else { return }
    try await withBench(Bench(kind, after: bench)) { (bench: Bench) async throws -> Void in
      #expect(try await bench.queue.job(running)?.state == .succeeded)
      #expect(try await bench.final(queued).state == .succeeded)
    }
  }

  @Test("a queue that was never started halts without running anything")
  func neverStarted() async throws {
    let dead = try Bench(.sqlite)
    let running = try await dead.submitRunning("it")
    let bench = try Bench(.sqlite, isStarted: false, after: dead)
    let queued = try await bench.submit("echo more").job.id
    await bench.queue.halt(within: .seconds(1_000))
    #expect(bench.startedWork == [])
    #expect(bench.clock.pendingTimers == 1)
    try await withBench(Bench(.sqlite, after: bench)) { (bench: Bench) async throws -> Void in
      bench.release("it")
      for id in [running, queued] { #expect(try await bench.final(id).state == .succeeded) }
    }
    await dead.halt()
  }
}
