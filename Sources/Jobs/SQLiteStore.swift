import Foundation
import GRDB
import Locks

/// A store in a directory on disk, which survives the death of the process at any moment, or in
/// memory, which survives nothing.
///
/// SQLite, on disk in WAL mode. One thread writes: whatever was asked for while it made the last transaction
/// durable goes into the next one together, and with it what is not urgent, so that a lone write
/// does not wait and many share the cost of one. On disk readers run beside it, each on a snapshot.
///
/// One process at a time uses a directory. A database that is damaged, newer than this program or
/// not ours is refused and left as it was.
public final class SQLiteStore: JobStore {
  /// What is safe once a write has completed.
  public enum Synchronous: String, Sendable {
    /// Survives the death of the process, not always a power failure.
    case normal = "NORMAL"
    /// Survives a power failure too, for one wait on the disk per transaction.
    case full = "FULL"
  }

  private let path: String
  private let database: any DatabaseWriter
  private let lock: DirectoryLock?
  private let inbox = Inbox()
  private let closed = Gate()
  /// Entered by the connections that read until they are open.
  private let opening = DispatchGroup()
  private let recent = RecentRows()
  /// Whether the last process ended without closing the database.
  private let endedUncleanly: Bool
  /// The connection by which the database is verified.
  private let verifier = Locked<DatabaseQueue?>(nil)

  /// The version of the SQLite library.
  public static let libraryVersion: String? = try? DatabaseQueue().read {
    try String.fetchOne($0, sql: "SELECT sqlite_version()")
  }

  /// How many readings there may be at a time: more than there are processors would wait for each other.
  static let readers = min(max(2, ProcessInfo.processInfo.activeProcessorCount), 5)

  /// Opens the store in `directory`, which is made if need be.
  ///
  /// Blocks for some milliseconds, whatever the size of the database.
  ///
  /// `patience` is for how many seconds another process that writes to the database is waited for:
  /// longer than an operator's checkpoint takes, shorter than clients wait.
  ///
  /// - Throws: every case of `JobStoreError` but `closed`.
  public convenience init(
    directory: String, synchronous: Synchronous = .normal, patience: Double = 5
  ) throws(JobStoreError) {
    // A failure shows when the lock is made, with the reason.
    try? FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let lock = try DirectoryLock(directory: directory)
    let path = directory + "/jobs.sqlite"
    try SQLiteSchema.check(path: path)
    try self.init(path: path, lock: lock) {
      var configuration = GRDB.Configuration()
      configuration.busyMode = .timeout(patience)
      configuration.maximumReaderCount = Self.readers
      configuration.persistentReadOnlyConnections = true
      let pool = try DatabasePool(path: path, configuration: configuration)
      try pool.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA synchronous = \(synchronous.rawValue)")
        // The log shrinks again after a burst.
        try db.execute(sql: "PRAGMA journal_size_limit = 16777216")
      }
      return pool
    }
    if let pool = database as? DatabasePool { openReaders(of: pool) }
  }

  /// Opens an empty store in memory, which lasts until it is closed.
  ///
  /// Its one connection reads and writes in turn. What deleted jobs took is used again by later
  /// ones, and is not given back to the system before that.
  ///
  /// - Throws: `failed`, when there is no memory for it.
  public convenience init() throws(JobStoreError) {
    try self.init(path: ":memory:", lock: nil) { try DatabaseQueue() }
  }

  private init(
    path: String, lock: DirectoryLock?, open: () throws -> any DatabaseWriter
  ) throws(JobStoreError) {
    self.path = path
    self.lock = lock
    // The log is emptied when the store is closed.
    endedUncleanly = Self.size(of: path + "-wal") > 0
    do {
      database = try open()
      try SQLiteSchema.migrator.migrate(database)
    } catch {
      throw JobStoreError(error, path: path)
    }
    let thread = Thread { [self] in
      while let changes = inbox.take() { commit(changes) }
      // A database that is closed opens no further connection, for which the others would wait.
      opening.wait()
      // SQLite does this itself unless the last connection to close is one that only reads.
      try? database.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
      try? database.close()
      lock?.release()
      closed.open()
    }
    thread.name = "jobs writer"
    thread.start()
  }

  public func write<Value: Sendable>(
    within patience: Duration, _ body: @escaping @Sendable (JobTables) throws -> Value,
    completion: @escaping @Sendable (Result<Value, JobStoreError>) -> Void
  ) {
    let change = Change { tables in
      let value = try body(tables)
      return { completion(.success(value)) }
    } refuse: { error in
      completion(.failure(error))
    }
    if !inbox.put(change, within: patience) { change.refuse(.closed) }
  }

  /// Makes all changes in one transaction, or, when that fails, each in one of its own, so that
  /// only the guilty ones are refused.
  private func commit(_ changes: [Change]) {
    do {
      let completions = try database.writeWithoutTransaction { db in
        try Self.inTransaction(db) {
          try changes.map { try $0.apply(JobTables(db: db, recent: recent)) }
        }
      }
      for complete in completions { complete() }
    } catch {
      recent.forget()
      let error = JobStoreError(error, path: path)
      if changes.count > 1, !error.concernsEveryWrite {
        for change in changes { commit([change]) }
      } else {
        for change in changes { change.refuse(error) }
      }
    }
  }

  /// Runs `body` in a transaction, as GRDB would, but by statements that are prepared only once;
  /// `body` must not catch errors of the database.
  private static func inTransaction<Value>(
    _ db: Database, _ body: () throws -> Value
  ) throws -> Value {
    try db.cachedStatement(sql: "BEGIN IMMEDIATE").execute()
    do {
      let value = try body()
      try db.cachedStatement(sql: "COMMIT").execute()
      return value
    } catch {
      try? db.rollback()
      throw error
    }
  }

  public func read<Value: Sendable>(
    _ body: @escaping @Sendable (JobTables) throws -> Value
  ) async throws(JobStoreError) -> Value {
    guard !inbox.isClosed else { throw .closed }
    return try await awaitValue { give in
      database.asyncRead { [path, recent] db in
        let result = Result { try body(JobTables(db: db.get(), recent: recent)) }
        give(result.mapError { JobStoreError($0, path: path) })
      }
    }.get()
  }

  public func verify(_ completion: @escaping @Sendable (JobStoreError?) -> Void) {
    guard endedUncleanly else { return }
    let thread = Thread { [self] in
      do {
        let verdict = try verdict()
        completion(verdict == "ok" ? nil : .damaged(path: path, detail: verdict))
      } catch let error as DatabaseError where error.resultCode == .SQLITE_INTERRUPT {
        // The store has been closed.
      } catch {
        completion(JobStoreError(error, path: path))
      }
    }
    thread.name = "jobs verifier"
    thread.start()
  }

  /// What SQLite says of the whole database, by a connection of its own.
  private func verdict() throws -> String {
    var configuration = GRDB.Configuration()
    configuration.readonly = true
    let database = try DatabaseQueue(path: path, configuration: configuration)
    verifier.withLock { $0 = database }
    defer {
      verifier.withLock { $0 = nil }
      try? database.close()
    }
    return try database.read { db in
      if inbox.isClosed { throw DatabaseError(resultCode: .SQLITE_INTERRUPT) }
      return try String.fetchOne(db, sql: "PRAGMA quick_check(1)") ?? "no verdict"
    }
  }

  public func close() {
    guard inbox.close() else { return }
    verifier.withLock { $0 }?.interrupt()
    closed.pass()
  }

  /// Opens every connection that reads, before anything is read and while there are descriptors.
  private func openReaders(of pool: DatabasePool) {
    for _ in 0..<Self.readers { opening.enter() }
    for _ in 0..<Self.readers {
      pool.asyncRead { [opening] database in
        // A connection that cannot be opened says why when something is read.
        let count = try? Int.fetchOne(database.get(), sql: "SELECT count(*) FROM sqlite_schema")
        opening.leave()
        // None is given back before all are open: each reads by another connection. The queue that
        // opens them runs this when it could not open one, and must go on.
        if count != nil { opening.wait() }
      }
    }
  }

  private static func size(of path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_size : 0
  }

  /// A change that somebody asked for.
  private struct Change: Sendable {
    /// Makes the change, and returns what to call when it is safe.
    let apply: @Sendable (JobTables) throws -> @Sendable () -> Void
    let refuse: @Sendable (JobStoreError) -> Void
  }

  /// The changes that wait for the writing thread.
  private final class Inbox: Sendable {
    /// When at least `crowd` changes share a transaction, the next begins no sooner than `rest`
    /// seconds after it did: the more changes share one, the less each costs.
    private static let (crowd, rest) = (4, 0.002)

    private struct Contents {
      var changes: [Change] = []
      /// When the first of the changes has waited long enough, and the writing thread too.
      var due = DispatchTime.distantFuture
      /// Before this no transaction begins, unless the store closes.
      var earliest = DispatchTime.now()
      var isClosed = false
    }

    private let contents = Locked(Contents())
    /// Counts how often `due` has come nearer.
    private let nearer = DispatchSemaphore(value: 0)

    var isClosed: Bool { contents.withLock { $0.isClosed } }

    /// Adds a change; false when it is too late.
    func put(_ change: Change, within patience: Duration) -> Bool {
      let latest = DispatchTime.now() + patience.seconds
      let (isIn, isNearer) = contents.withLock { contents in
        guard !contents.isClosed else { return (false, false) }
        contents.changes.append(change)
        let due = max(latest, contents.earliest)
        guard due < contents.due else { return (true, false) }
        contents.due = due
        return (true, true)
      }
      if isNearer { nearer.signal() }
      return isIn
    }

    /// Waits until a change is due and takes all there are; nil when closed and empty.
    func take() -> [Change]? {
      while true {
        let (changes, isOver, due) = contents.withLock { contents in
          guard contents.isClosed || contents.due <= .now() else {
            return ([Change](), false, contents.due)
          }
          defer {
            if contents.changes.count >= Self.crowd { contents.earliest = .now() + Self.rest }
            contents.changes = []
            contents.due = .distantFuture
          }
          return (contents.changes, contents.changes.isEmpty, contents.due)
        }
        if isOver { return nil }
        if !changes.isEmpty { return changes }
        _ = nearer.wait(timeout: due)
      }
    }

    /// Accepts nothing more; false when it was closed already.
    func close() -> Bool {
      let isFirst = contents.withLock { contents in
        defer { contents.isClosed = true }
        return !contents.isClosed
      }
      nearer.signal()
      return isFirst
    }
  }
}
