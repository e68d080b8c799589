import Foundation
import GRDB
import Locks
import TestSupport
import Testing

@testable import Jobs

@Suite(.timeLimit(.minutes(1)))
final class SQLiteStoreTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "jobs-\(UUID())")
  private var file: URL { folder.appending(path: "jobs.sqlite") }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func makeDatabase() throws {
    let store = try SQLiteStore(directory: folder.path)
    for _ in 0..<100 {
      _ = store.writeAndWait {
        try $0.insert(
          Computation(kind: "k", owner: "", contentKey: nil),
          payload: [UInt8](repeating: 1, count: 999))
      } completion: {
        $0
      }
    }
    store.close()
  }

  @Test("a patient write goes with the next, or when its time has come, or before closing")
  func patience() async throws {
    let store = try SQLiteStore(directory: folder.path)
    let done = Locked<[String]>([])
    func write(_ name: String, within patience: Duration) async {
      await awaitValue { give in
        store.write(within: patience) {
          try $0.unfinishedComputations()
        } completion: { result in
          #expect((try? result.get()) != nil)
          done.withLock { $0.append(name) }
          give(())
        }
      }
    }
    store.write(within: .seconds(1_000)) {
      try $0.unfinishedComputations()
    } completion: { _ in
      done.withLock { $0.append("patient") }
    }
    await write("urgent", within: .zero)
    #expect(done.withLock { $0 } == ["patient", "urgent"])
    await write("alone", within: .milliseconds(10))
    store.write(within: .seconds(1_000)) {
      try $0.unfinishedComputations()
    } completion: { _ in
      done.withLock { $0.append("last") }
    }
    store.close()
    #expect(done.withLock { $0 } == ["patient", "urgent", "alone", "last"])
  }

  @Test("what a transaction reads back is the store's, also when the last came to nothing")
  func recentRows() throws {
    struct Refused: Error {}
    let store = try SQLiteStore(directory: folder.path)
    func write<Value: Sendable>(
      _ body: @escaping @Sendable (JobTables) throws -> Value
    ) -> Value? {
      store.writeAndWait(body) { try? $0.get() }.flatMap(\.self)
    }
    @Sendable func add(_ text: String, to tables: JobTables) throws -> Int64 {
      var done = Computation(kind: "k", owner: "me", contentKey: "c")
      done.state = .succeeded
      let id = try tables.insert(done, payload: Array(text.utf8))
      try tables.setOutput(Array(text.utf8.reversed()), of: id)
      _ = try tables.reusableComputation(owner: "me", contentKey: "c")
      _ = try tables.output(of: id)
      return id
    }
    let refused: Int64? = write { tables in
      _ = try add("in vain", to: tables)
      throw Refused()
    }
    #expect(refused == nil)
    #expect(write { try $0.reusableComputation(owner: "me", contentKey: "c")?.id ?? -1 } == -1)
    for text in ["first", "second"] {
      let id = write { try add(text, to: $0) }
      let found = write { tables in
        let found = try tables.reusableComputation(owner: "me", contentKey: "c")
        return (found?.id, try found.flatMap { try tables.output(of: $0.id) })
      }
      #expect(found?.0 == id)
      #expect(found?.1 == Array(text.utf8.reversed()))
      #expect(write { try $0.payload(of: id ?? -1) ?? [] } == Array(text.utf8))
    }
    store.close()
  }

  @Test("a database of the first release is brought up to date with all that it holds")
  func upgrade() async throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let id = JobID(high: 1, low: 2)
    let database = try DatabaseQueue(path: file.path)
    try SQLiteSchema.migrator.migrate(database, upTo: "jobs")
    try await database.write { db in
      try db.execute(
        sql: """
          INSERT INTO computation VALUES (7, 'fit', 'me', 'key', 2, 1, 0, 0);
          INSERT INTO output VALUES (7, x'2A');
          """)
      try db.execute(
        sql: """
          INSERT INTO job (id, computation, owner, labels, state, created_at, finished_at)
          VALUES (?, 7, 'me', x'', 2, 1000, 2000)
          """, arguments: [Data(id.bytes)])
    }
    try database.close()
    let store = try SQLiteStore(directory: folder.path)
    let (jobs, outcome, counts) = try await store.read { tables in
      let jobs = try tables.jobs(owner: "me", state: .succeeded, before: nil, limit: 9)
      return (jobs, try jobs.first.map { try tables.outcome(of: $0) }, try tables.counts())
    }
    #expect(jobs.map(\.id) == [id])
    #expect(outcome == .succeeded([42]))
    #expect(counts == [.succeeded: 1])
    store.close()
  }

  enum Harm: CaseIterable {
    case header, text, truncated
  }

  @Test("a damaged database is refused and left as it is", arguments: Harm.allCases)
  func damaged(harm: Harm) throws {
    try makeDatabase()
    var bytes = try Data(contentsOf: file)
    switch harm {
    case .header: bytes.replaceSubrange(0..<16, with: Data(count: 16))
    case .text: bytes = Data("not a database, but long enough to be taken for one".utf8)
    case .truncated: bytes = bytes.prefix(bytes.count / 2)
    }
    try bytes.write(to: file)
    let error = #expect(throws: JobStoreError.self) { try SQLiteStore(directory: self.folder.path) }
    guard case .damaged = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try Data(contentsOf: file) == bytes)
  }

  @Test("damage within the database is found after an unclean end, beside everything else")
  func verified() async throws {
    for isDamaged in [false, true] {
      try makeDatabase()
      if isDamaged {
        var bytes = try Data(contentsOf: file)
        bytes.replaceSubrange(4096 * 20..<4096 * 30, with: Data(repeating: 0xa5, count: 40_960))
        try bytes.write(to: file)
      }
      // What a process that ended uncleanly leaves, here with nothing to be read from it.
      try Data(count: 100).write(to: folder.appending(path: "jobs.sqlite-wal"))
      let store = try SQLiteStore(directory: folder.path)
      let verdicts = Journal<JobStoreError?>()
      store.verify { verdicts.append($0) }
      await verdicts.until { !$0.isEmpty }
      if case .damaged? = verdicts.entries[0] {
        #expect(isDamaged)
      } else {
        #expect(!isDamaged && verdicts.entries == [nil])
      }
      store.close()
    }
  }

  @Test("a database that was closed is not looked through")
  func trusted() throws {
    try makeDatabase()
    let store = try SQLiteStore(directory: folder.path)
    store.verify { _ in Issue.record("it was") }
    store.close()
  }

  @Test(
    "a newer database, and one of another program, are refused and left as they are",
    arguments: [true, false])
  func strange(isNewer: Bool) throws {
    if isNewer {
      try makeDatabase()
    } else {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }
    let database = try DatabaseQueue(path: file.path)
    try database.write { db in
      try db.execute(
        sql: isNewer
          ? "INSERT INTO grdb_migrations VALUES ('of tomorrow')"
          : "CREATE TABLE recipe (id INTEGER)")
    }
    try database.close()
    let bytes = try Data(contentsOf: file)
    #expect(
      throws: isNewer ? JobStoreError.newer(path: file.path) : .foreign(path: file.path)
    ) { try SQLiteStore(directory: self.folder.path) }
    #expect(try Data(contentsOf: file) == bytes)
  }

  @Test("a store that is closed while its connections are opened closes")
  func closedAtOnce() throws {
    for _ in 0..<100 { try SQLiteStore(directory: folder.path).close() }
  }

  @Test("a directory serves one store at a time, and the next when that is closed")
  func locked() throws {
    let store = try SQLiteStore(directory: folder.path)
    #expect(
      throws: JobStoreError.locked(directory: folder.path, holder: "process \(getpid())")
    ) { try SQLiteStore(directory: self.folder.path) }
    store.close()
    store.close()
    #expect(
      store.writeAndWait { _ in
      } completion: {
        "\($0)"
      } == "failure(the store is closed)")
    try SQLiteStore(directory: folder.path).close()
  }

  @Test("a directory that cannot be is refused with the reason")
  func noDirectory() {
    #expect(
      throws: JobStoreError.failed(operation: "open /dev/null/x/lock", detail: "Not a directory")
    ) { try SQLiteStore(directory: "/dev/null/x") }
  }

  @Test("in a group of writes only the one that fails is refused, and all are answered in order")
  func group() async throws {
    let store = try SQLiteStore(directory: folder.path)
    struct Refused: Error {}
    let (gate, answers) = (Gate(), Locked<[String]>([]))
    // Holds the writer until all are asked for, and lets it pass again when the group is retried.
    store.write { _ in
      gate.pass()
      gate.open()
    } completion: { _ in
    }
    for index in 0..<10 {
      store.write { tables -> Int64 in
        let id = try tables.insert(
          Computation(kind: "\(index)", owner: "", contentKey: nil), payload: [])
        if index == 4 { throw Refused() }
        return id
      } completion: { result in
        answers.withLock { $0.append((try? result.get()) == nil ? "refused \(index)" : "\(index)") }
      }
    }
    gate.open()
    let kinds = store.writeAndWait {
      try $0.unfinishedComputations().map(\.kind)
    } completion: {
      try? $0.get()
    }
    let expected = ["0", "1", "2", "3", "5", "6", "7", "8", "9"]
    #expect(kinds == expected)
    #expect(answers.withLock { $0 } == expected[..<4] + ["refused 4"] + expected[4...])
    store.close()
  }

  @Test(
    "what SQLite refuses is told in the service's terms",
    arguments: [
      ("PRAGMA max_page_count = 1", .full(path: "")),
      ("PRAGMA query_only = 1", .readOnly(path: "")),
      ("UPDATE job SET state = NULL", .refused(operation: "", detail: "")),
      ("SELECT nothing", .failed(operation: "", detail: "")),
    ] as [(String, JobStoreError)])
  func errors(sql: String, kind: JobStoreError) throws {
    let store = try SQLiteStore(directory: folder.path)
    defer { store.close() }
    let error = store.writeAndWait { tables in
      let id = try tables.insert(
        Computation(kind: "k", owner: "", contentKey: nil), payload: [UInt8](repeating: 1, count: 9)
      )
      let job = Job(
        id: JobID(high: 1, low: 1), kind: "k", owner: "", labels: [], reference: "",
        createdAt: Date(), timeLimit: nil, state: .queued, attempts: 0)
      try tables.insert(job, of: id, idempotencyKey: nil)
      try tables.db.execute(sql: sql)
      try tables.setOutput([UInt8](repeating: 1, count: 1_000_000), of: id)
    } completion: { result -> JobStoreError? in
      if case .failure(let error) = result { error } else { nil }
    }
    switch (kind, error ?? nil) {
    case (.full, .full?), (.readOnly, .readOnly?), (.refused, .refused?), (.failed, .failed?): break
    default: Issue.record("\(String(describing: error))")
    }
  }

  @Test("on a full disk work is refused clearly, and nothing is lost")
  func full() async throws {
    try await withBench(Bench(.sqlite, threadsPerWorker: 1)) { bench in
      func allow(pages: Int) {
        _ = bench.store.writeAndWait { tables in
          let db = tables.db
          try db.execute(sql: "PRAGMA max_page_count = \(pages)")
        } completion: {
          $0
        }
      }
      let done = try await bench.final(bench.submit("echo done").job.id)
      let long = String(repeating: "a", count: 100_000)
      let running = try await bench.submitRunning(long)
      allow(pages: 1)
      let path = bench.folder.path + "/jobs.sqlite"
      await #expect(throws: JobError.store(.full(path: path))) {
        try await bench.submit(String(repeating: "echo", count: 100_000))
      }
      #expect(try await bench.queue.outcome(done.id) == .succeeded(text("done")))

      // The result has no room: it is kept, and stored as soon as there is.
      bench.release(long)
      await bench.events.until { $0.contains { if case .storeFailed = $0 { true } else { false } } }
      #expect(try await bench.queue.job(running)?.state == .running)
      allow(pages: 1_000_000)
      bench.clock.advance(by: .seconds(1))
      #expect(try await bench.final(running).state == .succeeded)
      #expect(try await bench.queue.outcome(running) == .succeeded(text(long)))
      let troubles = bench.events.entries.count {
        if case .storeFailed(.full(path: path)) = $0 { true } else { false }
      }
      #expect(troubles == 1)
    }
  }
}
