import Foundation
import GRDB
import TestSupport
import Testing

@testable import Jobs

@Suite("What becomes of a store's errors", .timeLimit(.minutes(1)))
struct StoreErrorTests {
  /// Changes the database behind the queue's back.
  private func execute(_ sql: String, in bench: Bench) throws {
    let done = bench.store.writeAndWait { tables in
      try tables.db.execute(sql: sql)
    } completion: {
      $0
    }
    try done?.get()
  }

  private func storeErrors(_ bench: Bench) -> [JobStoreError] {
    bench.events.entries.compactMap { if case .storeFailed(let error) = $0 { error } else { nil } }
  }

  @Test("a result that the store refuses fails its job at once, and is not tried again")
  func refusedResult() async throws {
    try await withBench(Bench(.sqlite)) { bench in
      try execute(
        """
        CREATE TRIGGER refuse BEFORE INSERT ON output WHEN length(new.bytes) > 100
        BEGIN SELECT RAISE(ABORT, 'too long'); END
        """, in: bench)
      let job = try await bench.final(
        bench.submit("echo " + String(repeating: "a", count: 101)).job.id)
      #expect(job.failure == .threw)
      guard case .failed(.threw, let words) = try await bench.queue.outcome(job.id) else {
        Issue.record("the job should have failed by the store's error")
        return
      }
      #expect(String(decoding: words, as: UTF8.self).contains("too long"))
      #expect(storeErrors(bench).count == 1)
      // Nothing but the next sweep is planned, and the store counts as good.
      #expect(bench.clock.pendingTimers == 1)
      #expect(bench.queue.storeTrouble == nil)
    }
  }

  @Test("a failure that the store refuses too is told, and the next process runs the job again")
  func refusedFailure() async throws {
    try await withBench(Bench(.sqlite)) { bench in
      try execute(
        "CREATE TRIGGER refuse BEFORE INSERT ON output BEGIN SELECT RAISE(ABORT, 'no'); END",
        in: bench)
      let id = try await bench.submitRunning("it")
      async let waited = bench.queue.wait(for: id, atMost: .seconds(100))
      await bench.clock.untilTimer(of: .seconds(100))
      bench.release("it")
      #expect(try await waited?.job.failure == .threw)
      #expect(bench.clock.pendingTimers == 1)
      try execute("DROP TRIGGER refuse", in: bench)
      try await withBench(Bench(.sqlite, after: bench)) { (next: Bench) async throws -> Void in
        next.release("it")
        #expect(try await next.final(id).state == .succeeded)
      }
    }
  }

  @Test("a result beyond the largest size fails its job", arguments: StoreKind.allCases)
  func tooLarge(kind: StoreKind) async throws {
    try await withBench(Bench(kind, maxOutputBytes: 100)) { bench in
      let fits = String(repeating: "a", count: 100)
      #expect(try await bench.final(bench.submit("echo \(fits)").job.id).state == .succeeded)
      let job = try await bench.final(bench.submit("echo \(fits)a").job.id)
      #expect(job.failure == .tooLarge)
      #expect(try await bench.queue.outcome(job.id) == .failed(.tooLarge, text("101")))
    }
  }

  @Test("a store that cannot be written is known for it until it can be, though nobody writes")
  func recovery() async throws {
    try await withBench(Bench(.sqlite, patience: 0)) { bench in
      let path = bench.folder.path + "/jobs.sqlite"
      let busy = JobStoreError.busy(path: path)
      let other = try OtherProcess(path: path)
      try other.execute("BEGIN IMMEDIATE")
      await #expect(throws: JobError.store(busy)) { try await bench.submit("echo it") }
      #expect(bench.queue.storeTrouble == busy)
      #expect(try await bench.queue.gauges().storeTrouble == busy)
      // A second later it is tried, in vain, and planned again.
      await bench.clock.untilTimer(of: .seconds(1))
      bench.clock.advance(by: .seconds(1))
      await bench.clock.untilTimer(of: .seconds(1))
      #expect(bench.queue.storeTrouble == busy)
      try other.execute("COMMIT")
      bench.clock.advance(by: .seconds(1))
      // Goes behind the attempt.
      try execute("SELECT 1", in: bench)
      #expect(bench.queue.storeTrouble == nil)
      #expect(try await bench.final(bench.submit("echo it").job.id).state == .succeeded)
    }
  }

  @Test("another process that writes to the database is waited for, or told of")
  func busy() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "jobs-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    for patience in [0.0, 60] {
      let store = try SQLiteStore(directory: folder.path, patience: patience)
      let path = folder.path + "/jobs.sqlite"
      let other = try OtherProcess(path: path)
      try other.execute("BEGIN IMMEDIATE")
      let answers = Journal<JobStoreError?>()
      for _ in 0..<3 {
        store.write { _ in
        } completion: { result in
          if case .failure(let error) = result {
            answers.append(error)
          } else {
            answers.append(nil)
          }
        }
      }
      if patience > 0 {
        try other.execute("COMMIT")
        await answers.until { $0.count == 3 }
        #expect(answers.entries == [nil, nil, nil])
      } else {
        await answers.until { $0.count == 3 }
        #expect(answers.entries == Array(repeating: .busy(path: path), count: 3))
        try other.execute("COMMIT")
      }
      store.close()
    }
  }

  @Test("every connection that reads is open before anything is read")
  func readers() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "jobs-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try SQLiteStore(directory: folder.path)
    defer { store.close() }
    _ = try await store.read { try $0.latestJob() }
    let manager = FileManager.default
    let open = try manager.contentsOfDirectory(atPath: "/proc/self/fd").compactMap {
      try? manager.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
    }
    let path = folder.resolvingSymlinksInPath().path + "/jobs.sqlite"
    // One that writes beside those that read.
    #expect(open.count { $0 == path } == 1 + SQLiteStore.readers)
  }
}

/// A connection to the same database that keeps its transactions open.
private struct OtherProcess {
  private let database: DatabaseQueue

  init(path: String) throws {
    var configuration = GRDB.Configuration()
    configuration.allowsUnsafeTransactions = true
    database = try DatabaseQueue(path: path, configuration: configuration)
  }

  func execute(_ sql: String) throws {
    try database.writeWithoutTransaction { try $0.execute(sql: sql) }
  }
}
