import Foundation
import Locks

/// A store that lasts as long as the process.
public final class MemoryStore: JobStore {
  private let queue = DispatchQueue(label: "jobs.memory")
  private let contents = Contents()

  public init() {}

  public func write<Value: Sendable>(
    within patience: Duration, _ body: @escaping @Sendable (any JobTables) throws -> Value,
    completion: @escaping @Sendable (Result<Value, JobStoreError>) -> Void
  ) {
    queue.async { [contents] in completion(contents.run(body)) }
  }

  public func read<Value: Sendable>(
    _ body: @escaping @Sendable (any JobRecords) throws -> Value
  ) async throws(JobStoreError) -> Value {
    try await awaitValue { give in
      queue.async { [contents] in give(contents.run(body)) }
    }.get()
  }

  /// Memory gives no reason to doubt it.
  public func verify(_ completion: @escaping @Sendable (JobStoreError?) -> Void) {}

  public func close() {
    queue.sync { contents.tables = nil }
  }

  /// `@unchecked Sendable`: only touched on `queue`, which is serial.
  private final class Contents: @unchecked Sendable {
    var tables: MemoryTables? = MemoryTables()

    func run<Value>(_ body: (MemoryTables) throws -> Value) -> Result<Value, JobStoreError> {
      guard let tables else { return .failure(.closed) }
      return Result { try body(tables) }.mapError {
        $0 as? JobStoreError ?? .refused(operation: "memory store", detail: "\($0)")
      }
    }
  }
}

/// The tables of a `MemoryStore`; owned by its queue. Nothing here throws half-way, so that a
/// transaction needs no way back.
private final class MemoryTables: JobTables {
  private struct JobRow {
    var job: Job
    let computation: Int64
    var idempotencyKey: IdempotencyKey?
  }

  private struct ComputationRow {
    var computation: Computation
    let payload: [UInt8]
    var output: [UInt8]?
    var jobs: [JobID] = []

    var bytes: Int { payload.count + (output?.count ?? 0) }
  }

  private struct Key: Hashable {
    let owner: String
    let key: String
  }

  private var jobs: [JobID: JobRow] = [:]
  private var computations: [Int64: ComputationRow] = [:]
  private var lastComputation: Int64 = 0
  /// The ids of each owner's jobs, ascending.
  private var ids: [String: [JobID]] = [:]
  private var idempotencyKeys: [Key: JobID] = [:]
  private var contentKeys: [Key: [Int64]] = [:]

  // MARK: Reading

  func job(_ id: JobID) -> Job? { jobs[id].map(visible) }

  func job(owner: String, idempotencyKey: String) -> (job: Job, bodyHash: [UInt8])? {
    guard let id = idempotencyKeys[Key(owner: owner, key: idempotencyKey)], let row = jobs[id],
      let key = row.idempotencyKey
    else { return nil }
    return (visible(row), key.bodyHash)
  }

  func jobs(owner: String, state: JobState?, before: JobID?, limit: Int) -> [Job] {
    let ids = self.ids[owner] ?? []
    let end = before.map { ids.insertionIndex(of: $0) } ?? ids.count
    return Array(
      ids[..<end].reversed().lazy.compactMap { self.jobs[$0] }
        .filter { state == nil || $0.job.state == state }
        .prefix(limit).map(visible))
  }

  func unfinishedJobs(of computation: Int64) -> [Job] {
    (computations[computation]?.jobs ?? []).compactMap(job).filter { !$0.state.isFinal }
  }

  func succeededJob(of computation: Int64, labels: [UInt8]) -> Job? {
    (computations[computation]?.jobs ?? []).lazy.compactMap(job)
      .first { $0.state == .succeeded && $0.labels == labels }
  }

  func latestJob() -> JobID? { jobs.keys.max() }

  func holdings() -> [Holding] {
    var holdings = ids.mapValues { ids in
      let ends = ids.compactMap { jobs[$0]?.job.finishedAt }
      var holding = Holding(owner: ids.first.flatMap { jobs[$0]?.job.owner } ?? "")
      (holding.finishedJobs, holding.oldestEnd) = (ends.count, ends.min())
      return holding
    }
    for row in computations.values { holdings[row.computation.owner]?.bytes += row.bytes }
    return Array(holdings.values)
  }

  func finishedJobs(of owner: String, limit: Int) -> [(id: JobID, end: Date)] {
    let finished = (ids[owner] ?? []).compactMap { id in
      jobs[id]?.job.finishedAt.map { (id: id, end: $0) }
    }
    return Array(finished.sorted { ($0.end, $0.id) < ($1.end, $1.id) }.prefix(limit))
  }

  func counts() -> [JobState: Int] {
    jobs.values.reduce(into: [:]) { $0[$1.job.state, default: 0] += 1 }
  }

  func computation(of job: JobID) -> Computation? {
    jobs[job].flatMap { computations[$0.computation]?.computation }
  }

  func reusableComputation(owner: String, contentKey: String) -> Computation? {
    (contentKeys[Key(owner: owner, key: contentKey)] ?? []).reversed().lazy
      .compactMap { self.computations[$0]?.computation }
      .first { $0.state != .failed && $0.state != .cancelled }
  }

  func unfinishedComputations() -> [Computation] {
    computations.values.map(\.computation).filter { !$0.state.isFinal }.sorted { $0.id < $1.id }
  }

  func payload(of computation: Int64) -> [UInt8]? { computations[computation]?.payload }

  func output(of computation: Int64) -> [UInt8]? { computations[computation]?.output }

  /// A job with what is kept in its computation.
  private func visible(_ row: JobRow) -> Job {
    var job = row.job
    job.attempts = computations[row.computation]?.computation.attempts ?? 0
    return job
  }

  // MARK: Writing

  func insert(_ computation: Computation, payload: [UInt8]) -> Int64 {
    lastComputation += 1
    var computation = computation
    computation.id = lastComputation
    computations[lastComputation] = ComputationRow(computation: computation, payload: payload)
    if let contentKey = computation.contentKey {
      contentKeys[Key(owner: computation.owner, key: contentKey), default: []].append(
        lastComputation)
    }
    return lastComputation
  }

  func insert(_ job: Job, of computation: Int64, idempotencyKey: IdempotencyKey?) {
    jobs[job.id] = JobRow(job: job, computation: computation, idempotencyKey: idempotencyKey)
    computations[computation]?.jobs.append(job.id)
    let place = ids[job.owner, default: []].insertionIndex(of: job.id)
    ids[job.owner, default: []].insert(job.id, at: place)
    if let idempotencyKey {
      idempotencyKeys[Key(owner: job.owner, key: idempotencyKey.key)] = job.id
    }
  }

  func update(_ job: Job) { jobs[job.id]?.job = job }

  func releaseIdempotencyKey(of id: JobID) {
    guard let row = jobs[id], let key = row.idempotencyKey else { return }
    idempotencyKeys[Key(owner: row.job.owner, key: key.key)] = nil
    jobs[id]?.idempotencyKey = nil
  }

  func beginJobs(of computation: Int64, at now: Date) {
    for job in unfinishedJobs(of: computation) { jobs[job.id]?.job.begin(at: now) }
  }

  func endJobs(of computation: Int64, as state: JobState, failure: Job.Failure?, at now: Date) {
    for job in unfinishedJobs(of: computation) {
      jobs[job.id]?.job.end(state, failure: failure, at: now)
    }
  }

  func move(_ computation: Computation, from state: JobState) -> Bool {
    guard computations[computation.id]?.computation.state == state else { return false }
    computations[computation.id]?.computation = computation
    return true
  }

  func setOutput(_ bytes: [UInt8], of computation: Int64) {
    computations[computation]?.output = bytes
  }

  func touch() {}

  func delete(_ id: JobID) -> Int {
    guard let row = jobs.removeValue(forKey: id) else { return 0 }
    let owner = row.job.owner
    if let place = ids[owner]?.insertionIndex(of: id) { ids[owner]?.remove(at: place) }
    if ids[owner]?.isEmpty == true { ids[owner] = nil }
    if let key = row.idempotencyKey { idempotencyKeys[Key(owner: owner, key: key.key)] = nil }

    computations[row.computation]?.jobs.removeAll { $0 == id }
    guard let last = computations[row.computation], last.jobs.isEmpty else { return 0 }
    computations[row.computation] = nil
    if let contentKey = last.computation.contentKey {
      let key = Key(owner: owner, key: contentKey)
      contentKeys[key]?.removeAll { $0 == row.computation }
      if contentKeys[key]?.isEmpty == true { contentKeys[key] = nil }
    }
    return last.bytes
  }
}

extension [JobID] {
  /// Where `id` is, or would have to be put, in this ascending array.
  fileprivate func insertionIndex(of id: JobID) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < id { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
