import Foundation
import Testing

@testable import Jobs

@Suite("What is kept of finished jobs", .timeLimit(.minutes(1)))
struct RetentionTests {
  private static let day = Date(timeIntervalSince1970: 1_800_000_000)

  private func holding(_ owner: String, jobs: Int = 1, bytes: Int = 0, age: Double = 0) -> Holding {
    var holding = Holding(owner: owner)
    (holding.finishedJobs, holding.bytes) = (jobs, bytes)
    holding.oldestEnd = Self.day - age
    return holding
  }

  @Test("of too many bytes those go that are beyond an equal share")
  func shares() {
    let retention = Retention(jobsPerOwner: 10, bytes: 100)
    func excess(_ sizes: [Int]) -> [Int] {
      let holdings = sizes.enumerated().map { holding("\($0)", bytes: $1) }
      let excesses = retention.excesses(of: holdings, finishedBefore: .distantPast)
      return sizes.indices.map { index in
        excesses.first { $0.owner == "\(index)" }?.bytes ?? 0
      }
    }
    #expect(excess([]) == [])
    #expect(excess([100]) == [0])
    #expect(excess([150]) == [50])
    #expect(excess([50, 50]) == [0, 0])
    #expect(excess([10, 200]) == [0, 110])
    #expect(excess([10, 60, 80]) == [0, 15, 35])
    #expect(excess([1, 1, 1_000_000]) == [0, 0, 999_902])
  }

  @Test("the number of jobs is each owner's, and age is everybody's")
  func counts() {
    let retention = Retention(jobsPerOwner: 10, bytes: 100)
    let excesses = retention.excesses(
      of: [holding("many", jobs: 12), holding("few", jobs: 10), holding("old", age: 5)],
      finishedBefore: Self.day - 4)
    #expect(excesses.map(\.owner) == ["many", "old"])
    #expect(excesses.first?.jobs == 2)
  }

  @Test("a clock that jumps ahead ages results no faster than twice the time that passes")
  func jump() {
    var clock = RetentionClock(date: Self.day, uptime: .zero)
    #expect(clock.date(at: Self.day + 60, uptime: .seconds(60)) == Self.day + 60)
    // A year ahead, and on it goes.
    #expect(clock.date(at: Self.day + 3e7, uptime: .seconds(120)) == Self.day + 180)
    #expect(clock.date(at: Self.day + 3e7, uptime: .seconds(180)) == Self.day + 300)
    // Set right again.
    #expect(clock.date(at: Self.day + 240, uptime: .seconds(240)) == Self.day + 240)
  }

  /// Lets a sweep come and go.
  private func sweep(_ bench: Bench) async {
    bench.clock.advance(by: .seconds(60))
    await bench.clock.untilTimer(of: .seconds(60))
  }

  @Test(
    "a client that asks a thousand times evicts no other's results", arguments: StoreKind.allCases)
  func owners(kind: StoreKind) async throws {
    try await withBench(Bench(kind, retention: (.seconds(1_000), 3, 1 << 30))) { bench in
      let bens = try await bench.final(bench.submit("echo ben", owner: "ben").job.id, owner: "ben")
      for index in 0..<20 {
        let id = try await bench.submit("echo \(index)", owner: "ada").job.id
        _ = try await bench.final(id, owner: "ada")
      }
      await sweep(bench)
      #expect(try await bench.queue.job(bens.id, owner: "ben") == bens)
      #expect(try await bench.queue.list(owner: "ada").jobs.count == 3)
    }
  }

  @Test(
    "results take no more bytes than allowed, and who has few keeps them",
    arguments: StoreKind.allCases)
  func bytes(kind: StoreKind) async throws {
    try await withBench(Bench(kind, retention: (.seconds(1_000), 1_000, 20_000))) { bench in
      func fill(_ owner: String, _ count: Int) async throws -> [JobID] {
        var ids: [JobID] = []
        for index in 0..<count {
          // A thousand bytes of payload, and about as many of output.
          let long = "\(index)" + String(repeating: "a", count: 1_000)
          ids.append(try await bench.submit("echo \(long)", owner: owner).job.id)
          _ = try await bench.final(ids[index], owner: owner)
          bench.clock.advance(by: .milliseconds(1))
        }
        return ids
      }
      let few = try await fill("few", 4)
      let many = try await fill("many", 20)
      await sweep(bench)
      #expect(try await bench.queue.list(owner: "few").jobs.map(\.id) == few.reversed())
      #expect(try await bench.queue.list(owner: "many").jobs.map(\.id) == many.suffix(5).reversed())
    }
  }

  @Test("a clock that jumps a year ahead deletes nothing", arguments: StoreKind.allCases)
  func clockJump(kind: StoreKind) async throws {
    try await withBench(Bench(kind)) { bench in
      let id = try await bench.final(bench.submit("echo it").job.id).id
      bench.clock.setDate(bench.clock.date + 31_536_000)
      await sweep(bench)
      #expect(try await bench.queue.outcome(id) == .succeeded(text("it")))
      bench.clock.advance(by: .seconds(1_000))
      await bench.clock.untilTimer(of: .seconds(60))
      #expect(try await bench.queue.outcome(id) == nil)
    }
  }
}
