import Foundation
import Testing

@testable import Jobs

@Suite(.timeLimit(.minutes(1)))
struct StoppingTests {
  @Test(
    "draining lets what runs finish, answers who waits for the rest, and takes nothing more",
    arguments: StoreKind.allCases)
  func drain(kind: StoreKind) async throws {
    let bench = try Bench(kind, workers: 1, threadsPerWorker: 1)
    let running = try await bench.submitRunning("it")
    let queued = try await bench.submit("echo later").job.id
    async let waitedForRunning = bench.queue.wait(for: running, atMost: .seconds(100))
    async let waitedForQueued = bench.queue.wait(for: queued, atMost: .seconds(200))
    await bench.clock.untilTimer(of: .seconds(100))
    await bench.clock.untilTimer(of: .seconds(200))
    async let drained: Void = bench.queue.drain(within: .seconds(30))
    #expect(try await waitedForQueued?.job.state == .queued)
    await #expect(throws: JobError.stopping) { try await bench.submit("echo more") }
    #expect(try await bench.queue.wait(for: queued, atMost: .seconds(100))?.job.state == .queued)
    bench.release("it")
    #expect(try await waitedForRunning?.job.state == .succeeded)
    await drained
    await #expect(throws: JobError.stopping) { try await bench.queue.job(running) }
    await bench.queue.drain(within: .seconds(30))
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
    async let drained: Void = bench.queue.drain(within: .seconds(30))
    await bench.clock.untilTimer(of: .seconds(30))
    bench.clock.advance(by: .seconds(31))
    await drained
    #expect(try await waited?.job.state == .queued)
  }
}
