import Foundation
import GRDB
import Locks

/// What of the tables is likely to be read again: a payload soon after it was written, and a result
/// that was asked for twice.
struct RecentRows: Sendable {
  struct Content: Hashable {
    let owner: String
    let key: String
  }

  /// By the number of their computation.
  let payloads = Locked(Recent<Int64, [UInt8]>(capacity: 4 << 20))
  let outputs = Locked(Recent<Int64, [UInt8]>(capacity: 4 << 20))
  /// The latest computation of a content, when it has succeeded.
  let succeeded = Locked(Recent<Content, Computation>(capacity: 1 << 20))

  /// Forgets what a transaction that came to nothing may have left.
  func forget() {
    payloads.withLock { $0.forget() }
    outputs.withLock { $0.forget() }
    succeeded.withLock { $0.forget() }
  }
}

/// The tables of a store within one transaction. What a change to them means is written in
/// `JobTransitions.swift`.
public struct JobTables {
  let db: Database
  let recent: RecentRows

  // MARK: Jobs

  func job(_ id: JobID) throws -> Job? {
    try jobs(where: "job.id = ?", [Data(id.bytes)], limit: 1).first
  }

  func job(owner: String, idempotencyKey: String) throws -> (job: Job, bodyHash: [UInt8])? {
    let statement = try db.cachedStatement(
      sql: "SELECT id, body_hash FROM job WHERE owner = ? AND idempotency_key = ?")
    guard let row = try Row.fetchOne(statement, arguments: [owner, idempotencyKey]),
      let job = try JobID(bytes: row["id"] as Data).flatMap(job)
    else { return nil }
    return (job, Array(row["body_hash"] as Data))
  }

  /// Newest first; all states when `state` is nil, from the newest when `before` is nil.
  func jobs(owner: String, state: JobState?, before: JobID?, limit: Int) throws -> [Job] {
    var conditions = ["job.owner = ?"]
    var arguments: [any DatabaseValueConvertible] = [owner]
    if let state {
      conditions.append("job.state = ?")
      arguments.append(state.rawValue)
    }
    if let before {
      conditions.append("job.id < ?")
      arguments.append(Data(before.bytes))
    }
    return try jobs(
      where: conditions.joined(separator: " AND "), arguments, order: "DESC", limit: limit)
  }

  /// The jobs of a computation that are neither final nor deleted, oldest first.
  func unfinishedJobs(of computation: Int64) throws -> [Job] {
    try jobs(where: "job.computation = ? AND job.state < 2", [computation], limit: -1)
  }

  /// The first job that succeeded by a computation, among those with these labels.
  func succeededJob(of computation: Int64, labels: [UInt8]) throws -> Job? {
    try jobs(
      where: "job.computation = ? AND job.state = 2 AND job.labels = ?",
      [computation, Data(labels)], limit: 1
    ).first
  }

  /// The id of the job that was made last.
  func latestJob() throws -> JobID? {
    let statement = try db.cachedStatement(sql: "SELECT id FROM job ORDER BY id DESC LIMIT 1")
    return try Data.fetchOne(statement).flatMap { JobID(bytes: $0) }
  }

  private func jobs(
    where condition: String, _ arguments: [any DatabaseValueConvertible], order: String = "ASC",
    limit: Int
  ) throws -> [Job] {
    let statement = try db.cachedStatement(
      sql: """
        SELECT job.id, computation.kind, job.owner, labels, reference, created_at, time_limit,
          job.state, started_at, finished_at, failure, computation.attempts
        FROM job JOIN computation ON computation.id = job.computation
        WHERE \(condition) ORDER BY job.id \(order) LIMIT ?
        """)
    return try each(statement, StatementArguments(arguments + [limit])) { row in
      guard let id = JobID(bytes: row[0] as Data), let state = JobState(rawValue: row[7]) else {
        throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "job without id or state")
      }
      return Job(
        id: id, kind: row[1], owner: row[2], labels: Array(row[3] as Data), reference: row[4],
        createdAt: Date(milliseconds: row[5]),
        timeLimit: (row[6] as Int64?).map(Duration.milliseconds), state: state,
        startedAt: (row[8] as Int64?).map(Date.init(milliseconds:)),
        finishedAt: (row[9] as Int64?).map(Date.init(milliseconds:)),
        failure: (row[10] as Int?).flatMap(FailureReason.init), attempts: row[11],
        progress: state == .succeeded ? 1 : 0)
    }
  }

  /// Reads rows as they come and by place: rows that are kept, with names, cost more than the
  /// search for them.
  private func each<Value>(
    _ statement: Statement, _ arguments: StatementArguments, _ read: (Row) throws -> Value
  ) throws -> [Value] {
    let rows = try Row.fetchCursor(statement, arguments: arguments)
    var values: [Value] = []
    while let row = try rows.next() { values.append(try read(row)) }
    return values
  }

  /// What each owner keeps.
  func holdings() throws -> [Holding] {
    var holdings: [String: Holding] = [:]
    let ends = try db.cachedStatement(
      sql: """
        SELECT owner, count(*), min(finished_at) FROM job INDEXED BY job_finished
        WHERE finished_at IS NOT NULL GROUP BY owner
        """)
    for (owner, count, end) in try each(
      ends, [], { ($0[0] as String, $0[1] as Int, $0[2] as Int64) })
    {
      holdings[owner, default: Holding(owner: owner)].finishedJobs = count
      holdings[owner]?.oldestEnd = Date(milliseconds: end)
    }
    let sizes = try db.cachedStatement(
      sql: "SELECT owner, sum(bytes) FROM computation GROUP BY owner")
    for (owner, bytes) in try each(sizes, [], { ($0[0] as String, $0[1] as Int) }) {
      holdings[owner, default: Holding(owner: owner)].bytes = bytes
    }
    return Array(holdings.values)
  }

  /// An owner's finished jobs with their ends, at most `limit`, the first to have ended first.
  func finishedJobs(of owner: String, limit: Int) throws -> [(id: JobID, end: Date)] {
    let statement = try db.cachedStatement(
      sql: """
        SELECT id, finished_at FROM job INDEXED BY job_finished
        WHERE owner = ? AND finished_at IS NOT NULL ORDER BY finished_at, id LIMIT ?
        """)
    return try each(statement, [owner, limit]) { row in
      (JobID(bytes: row[0] as Data), Date(milliseconds: row[1]))
    }.compactMap { id, end in id.map { ($0, end) } }
  }

  func counts() throws -> [JobState: Int] {
    let sums = JobState.allCases.map { "coalesce(sum(state = \($0.rawValue)), 0)" }
    // One walk along an index, without sorting.
    let row = try Row.fetchOne(
      db, sql: "SELECT \(sums.joined(separator: ", ")) FROM job INDEXED BY job_by_owner")
    guard let row else { return [:] }
    return Dictionary(
      uniqueKeysWithValues: JobState.allCases.enumerated().map { ($1, row[$0] as Int) }
        .filter { $0.1 > 0 })
  }

  /// Adds a job that belongs to `computation`.
  func insert(_ job: Job, of computation: Int64, idempotencyKey: IdempotencyKey?) throws {
    try execute(
      """
      INSERT INTO job (id, computation, owner, labels, reference, state, failure, created_at,
        started_at, finished_at, time_limit, idempotency_key, body_hash)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        Data(job.id.bytes), computation, job.owner, Data(job.labels), job.reference,
        job.state.rawValue, job.failure?.rawValue, job.createdAt.milliseconds,
        job.startedAt?.milliseconds, job.finishedAt?.milliseconds, job.timeLimit?.milliseconds,
        idempotencyKey?.key, idempotencyKey.map { Data($0.bodyHash) },
      ])
  }

  /// Replaces state, times and failure of the job with the same id.
  func update(_ job: Job) throws {
    try execute(
      "UPDATE job SET state = ?, failure = ?, started_at = ?, finished_at = ? WHERE id = ?",
      [
        job.state.rawValue, job.failure?.rawValue, job.startedAt?.milliseconds,
        job.finishedAt?.milliseconds, Data(job.id.bytes),
      ])
  }

  /// Lets another job have the idempotency key of this one.
  func releaseIdempotencyKey(of job: JobID) throws {
    try execute(
      "UPDATE job SET idempotency_key = NULL, body_hash = NULL WHERE id = ?", [Data(job.bytes)])
  }

  /// Has every unfinished job of a computation `begin`.
  func beginJobs(of computation: Int64, at now: Date) throws {
    try execute(
      "UPDATE job SET state = ?, started_at = ? WHERE computation = ? AND state < 2",
      [JobState.running.rawValue, now.milliseconds, computation])
  }

  /// Has every unfinished job of a computation `end`.
  /// Has every unfinished job of a computation `end`.
  func endJobs(of computation: Int64, as outcome: JobOutcome, at now: Date) throws {
    try execute(
      """
      UPDATE job SET state = ?, failure = ?, finished_at = ? WHERE computation = ? AND state < 2
      """, [outcome.state.rawValue, outcome.failure?.rawValue, now.milliseconds, computation])
  }

  /// Removes a job, and its computation with payload and output when it was the last one; returns
  /// how many bytes these had.
  @discardableResult
  func delete(_ id: JobID) throws -> Int {
    guard let computation = try computation(of: id) else { return 0 }
    try execute("DELETE FROM job WHERE id = ?", [Data(id.bytes)])
    // Payload and output follow by their foreign keys.
    let deletion = try db.cachedStatement(
      sql: """
        DELETE FROM computation
        WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM job WHERE computation = ?1) RETURNING bytes
        """)
    let freed = try Int.fetchAll(deletion, arguments: [computation.id]).first ?? 0
    forgetSucceeded(computation)
    return freed
  }

  /// Writes something without meaning, to learn whether the store can be written.
  func touch() throws {
    // Writes the first page, whatever the number is; nothing reads it.
    try db.execute(sql: "PRAGMA user_version = 0")
  }

  /// The computation may not be the latest of its content any more, or be gone.
  private func forgetSucceeded(_ computation: Computation) {
    guard let key = computation.contentKey else { return }
    let content = RecentRows.Content(owner: computation.owner, key: key)
    recent.succeeded.withLock { $0.forget(content) }
  }

  // MARK: Computations

  func computation(of job: JobID) throws -> Computation? {
    try computations(
      "WHERE id = (SELECT computation FROM job WHERE id = ?)", [Data(job.bytes)]
    ).first
  }

  /// The latest computation of this content that is queued, running or succeeded.
  func reusableComputation(owner: String, contentKey: String) throws -> Computation? {
    let content = RecentRows.Content(owner: owner, key: contentKey)
    if let known = recent.succeeded.withLock({ $0.use(content) }) { return known }
    let found = try computations(
      "WHERE owner = ? AND content_key = ? AND state <= 2 ORDER BY id DESC LIMIT 1",
      [owner, contentKey]
    ).first
    if let found, found.state == .succeeded {
      recent.succeeded.withLock { $0.insert(found, for: content, size: 256) }
    }
    return found
  }

  /// Queued and running ones, oldest first.
  func unfinishedComputations() throws -> [Computation] {
    try computations("WHERE state < 2 ORDER BY id", [])
  }

  private func computations(
    _ selection: String, _ arguments: StatementArguments
  ) throws -> [Computation] {
    let statement = try db.cachedStatement(
      sql: """
        SELECT id, kind, owner, content_key, state, attempts, deaths
        FROM computation \(selection)
        """)
    return try each(statement, arguments) { row in
      guard let state = JobState(rawValue: row[4]) else {
        throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "computation without state")
      }
      return Computation(
        id: row[0], kind: row[1], owner: row[2], contentKey: row[3], state: state,
        attempts: row[5], deaths: row[6])
    }
  }

  /// What a computation is made from.
  func payload(of computation: Int64) throws -> [UInt8]? {
    if let known = recent.payloads.withLock({ $0.use(computation) }) { return known }
    return try bytes("SELECT bytes FROM payload WHERE computation = ?", [computation])
  }

  /// What a computation has left; nil while it has not ended.
  func output(of computation: Int64) throws -> [UInt8]? {
    if let known = recent.outputs.withLock({ $0.use(computation) }) { return known }
    let output = try bytes("SELECT bytes FROM output WHERE computation = ?", [computation])
    if let output {
      recent.outputs.withLock { $0.insert(output, for: computation, size: output.count) }
    }
    return output
  }

  private func bytes(_ sql: String, _ arguments: StatementArguments) throws -> [UInt8]? {
    try Data.fetchOne(db.cachedStatement(sql: sql), arguments: arguments).map { Array($0) }
  }

  /// Adds a computation and returns its number.
  func insert(_ computation: Computation, payload: [UInt8]) throws -> Int64 {
    try execute(
      """
      INSERT INTO computation (kind, owner, content_key, state, attempts, deaths, bytes)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """,
      [
        computation.kind, computation.owner, computation.contentKey, computation.state.rawValue,
        computation.attempts, computation.deaths, payload.count,
      ])
    let id = db.lastInsertedRowID
    try execute("INSERT INTO payload VALUES (?, ?)", [id, Data(payload)])
    recent.payloads.withLock { $0.insert(payload, for: id, size: payload.count) }
    forgetSucceeded(computation)
    return id
  }

  /// Replaces state, attempts and deaths of the computation with the same id, if it is in `state`
  /// until now; returns whether it was.
  @discardableResult
  func move(_ computation: Computation, from state: JobState) throws -> Bool {
    try execute(
      """
      UPDATE computation SET state = ?, attempts = ?, deaths = ? WHERE id = ? AND state = ?
      """,
      [
        computation.state.rawValue, computation.attempts, computation.deaths, computation.id,
        state.rawValue,
      ])
    return db.changesCount > 0
  }

  /// Stores the result or problem of a computation.
  func setOutput(_ bytes: [UInt8], of computation: Int64) throws {
    try execute("INSERT INTO output VALUES (?, ?)", [computation, Data(bytes)])
    try execute(
      "UPDATE computation SET bytes = bytes + ? WHERE id = ?", [bytes.count, computation])
  }

  private func execute(_ sql: String, _ arguments: StatementArguments) throws {
    try db.cachedStatement(sql: sql).execute(arguments: arguments)
  }
}
