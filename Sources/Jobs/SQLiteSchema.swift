import Foundation
import GRDB

/// The shape of the database, and the checks that it passes before anything is written to it.
enum SQLiteSchema {
  /// "bnsl" in ASCII; marks the file as ours (file(1) and SQLite's `PRAGMA application_id`).
  private static let applicationID: Int32 = 0x626e_736c

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("jobs") { db in
      try db.execute(sql: "PRAGMA application_id = \(applicationID)")
      // Large bytes have tables of their own: SQLite rewrites a whole row to change a state in it.
      // A number is never given twice: a thread may still work on a computation that is deleted.
      try db.execute(
        sql: """
          CREATE TABLE computation (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,
            owner TEXT NOT NULL,
            content_key TEXT,
            state INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            is_alone INTEGER NOT NULL,
            deaths_alone INTEGER NOT NULL
          ) STRICT;
          CREATE INDEX computation_by_content ON computation (owner, content_key, id)
            WHERE content_key IS NOT NULL;
          CREATE INDEX computation_unfinished ON computation (id) WHERE state < 2;

          CREATE TABLE payload (
            computation INTEGER PRIMARY KEY REFERENCES computation (id) ON DELETE CASCADE,
            bytes BLOB NOT NULL
          ) STRICT;
          CREATE TABLE output (
            computation INTEGER PRIMARY KEY REFERENCES computation (id) ON DELETE CASCADE,
            bytes BLOB NOT NULL
          ) STRICT;

          CREATE TABLE job (
            id BLOB PRIMARY KEY,
            computation INTEGER NOT NULL REFERENCES computation (id),
            owner TEXT NOT NULL,
            labels BLOB NOT NULL,
            state INTEGER NOT NULL,
            failure INTEGER,
            created_at INTEGER NOT NULL,
            started_at INTEGER,
            finished_at INTEGER,
            time_limit INTEGER,
            idempotency_key TEXT,
            body_hash BLOB
          ) STRICT, WITHOUT ROWID;
          CREATE INDEX job_by_owner ON job (owner, id);
          CREATE INDEX job_by_owner_and_state ON job (owner, state, id);
          CREATE INDEX job_by_state ON job (state);
          CREATE INDEX job_by_computation ON job (computation, id);
          CREATE INDEX job_finished ON job (finished_at, id) WHERE finished_at IS NOT NULL;
          CREATE UNIQUE INDEX job_by_idempotency_key ON job (owner, idempotency_key)
            WHERE idempotency_key IS NOT NULL;
          """)
    }
    migrator.registerMigration("reference") { db in
      try db.execute(sql: "ALTER TABLE job ADD COLUMN reference TEXT NOT NULL DEFAULT ''")
    }
    migrator.registerMigration("indexes") { db in
      // Each index of a job is written anew with every state. A list by state looks through the
      // owner's jobs, of which `retentionCount` bounds the number.
      try db.execute(
        sql: """
          DROP INDEX job_by_state;
          DROP INDEX job_by_owner_and_state;
          DROP INDEX job_by_owner;
          CREATE INDEX job_by_owner ON job (owner, id, state);
          """)
    }
    migrator.registerMigration("deaths, sizes, retention by owner") { db in
      // A computation that had to run alone had seen one death before, which now takes two.
      // Keys of earlier versions were bound to what those made of a request, which cannot be
      // compared with the request itself: sent again it runs again, rather than being refused.
      try db.execute(
        sql: """
          ALTER TABLE computation RENAME COLUMN deaths_alone TO deaths;
          UPDATE computation SET deaths = deaths + 2 WHERE is_alone;
          ALTER TABLE computation DROP COLUMN is_alone;
          ALTER TABLE computation ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
          UPDATE computation SET bytes =
            coalesce((SELECT length(bytes) FROM payload WHERE computation = computation.id), 0)
            + coalesce((SELECT length(bytes) FROM output WHERE computation = computation.id), 0);
          DROP INDEX job_finished;
          CREATE INDEX job_finished ON job (owner, finished_at, id)
            WHERE finished_at IS NOT NULL;
          UPDATE job SET idempotency_key = NULL, body_hash = NULL
            WHERE idempotency_key IS NOT NULL;
          """)
    }
    return migrator
  }

  /// Looks at an existing database through a connection that cannot write.
  ///
  /// - Throws: `damaged`, `foreign` or `newer`, having changed nothing in it.
  static func check(path: String) throws(JobStoreError) {
    guard FileManager.default.fileExists(atPath: path) else { return }
    do {
      var configuration = GRDB.Configuration()
      configuration.readonly = true
      let database = try DatabaseQueue(path: path, configuration: configuration)
      defer { try? database.close() }
      try database.read { db in
        // Reads the header; an empty file is a database without tables.
        let isEmpty = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0
        if isEmpty { return }
        guard try Int32.fetchOne(db, sql: "PRAGMA application_id") == applicationID else {
          throw JobStoreError.foreign(path: path)
        }
        if try migrator.hasBeenSuperseded(db) { throw JobStoreError.newer(path: path) }
      }
    } catch {
      throw JobStoreError(error, path: path)
    }
  }
}

extension JobStoreError {
  /// What SQLite's error means to those who run the service.
  init(_ error: any Error, path: String) {
    guard let error = error as? DatabaseError else {
      self = error as? JobStoreError ?? .refused(operation: path, detail: "\(error)")
      return
    }
    let detail = error.message ?? "SQLite code \(error.extendedResultCode.rawValue)"
    self =
      switch error.resultCode {
      case .SQLITE_FULL: .full(path: path)
      case .SQLITE_READONLY, .SQLITE_PERM: .readOnly(path: path)
      case .SQLITE_BUSY, .SQLITE_LOCKED: .busy(path: path)
      case .SQLITE_NOTADB, .SQLITE_CORRUPT: .damaged(path: path, detail: detail)
      case .SQLITE_TOOBIG, .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_RANGE:
        .refused(operation: path, detail: detail)
      default: .failed(operation: path, detail: detail)
      }
  }
}
