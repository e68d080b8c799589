import Foundation
import Locks
import TestSupport
import Testing

@testable import Jobs

/// The stores that every test of the queue runs with.
enum StoreKind: CaseIterable, CustomTestStringConvertible {
  case memory
  case sqlite

  var testDescription: String { "\(self)" }
}

/// A queue with a store of its own, whose work does what the payload says.
final class Bench: Sendable {
  let kind: StoreKind
  let folder: URL
  let store: any JobStore
  let queue: JobQueue
  let clock: ManualClock
  let events = Journal<JobEvent>()
  /// The arguments of the work begun, in order.
  let started = Journal<String>()
  private let released: Released

  /// A bench `after` a dead one takes its store over as a killed process would have left it.
  init(
    _ kind: StoreKind, workers: Int = 2, threadsPerWorker: Int = 4, capacity: Int = 100,
    capacityPerClient: Int? = nil,
    maxWaiters: Int = 100, maxWaitersPerClient: Int? = nil,
    retention: (age: Duration, count: Int, bytes: Int) = (.seconds(1000), 1000, 1 << 30),
    maxOutputBytes: Int = 1 << 20, isStarted: Bool = true, patience: Double = 5,
    child: ChildProcess? = nil,
    after dead: Bench? = nil
  ) throws {
    self.kind = kind
    folder = FileManager.default.temporaryDirectory.appending(path: "jobs-\(UUID())")
    clock = dead?.clock ?? ManualClock()
    switch kind {
    case .memory: store = try SQLiteStore()
    case .sqlite:
      if let dead { try dead.copy(to: folder) }
      store = try SQLiteStore(directory: folder.path, patience: patience)
    }
    var configuration = JobQueue.Configuration()
    configuration.workers = workers
    configuration.threadsPerWorker = threadsPerWorker
    configuration.capacity = capacity
    configuration.capacityPerClient = capacityPerClient
    configuration.maxWaiters = maxWaiters
    configuration.maxWaitersPerClient = maxWaitersPerClient
    configuration.retentionAge = retention.age
    configuration.retentionCount = retention.count
    configuration.retentionBytes = retention.bytes
    configuration.maxOutputBytes = maxOutputBytes
    let released = Released()
    self.released = released
    queue = try JobQueue(
      store: store, configuration: configuration, clock: clock, child: child,
      observe: { [events] in events.append($0) },
      run: { [started] context in
        let words = String(decoding: context.payload, as: UTF8.self)
          .split(separator: " ", maxSplits: 1).map(String.init)
        let argument = words.count > 1 ? words[1] : ""
        started.append(argument)
        switch words.first {
        case "echo": return .succeeded(Array(argument.utf8))
        case "fail": return .failed(.reported, Array(argument.utf8))
        case "report":
          context.report(0.5, phase: "half")
          context.report(.nan)
          context.report(0.7, phase: "dropped: too soon")
          fallthrough
        case "hold":
          try released.wait(for: argument, context)
          return .succeeded(Array(argument.utf8))
        case "square":
          let squares = try context.map(Int(argument) ?? 0) { $0 * $0 }
          return .succeeded(Array("\(squares.reduce(0, +))".utf8))
        default: throw Unknown(words: words)
        }
      })
    if isStarted { queue.start() }
  }

  /// Copies the store as a death at this moment would leave it: nothing is written meanwhile.
  private func copy(to other: URL) throws {
    let (folder, manager) = (folder, FileManager.default)
    let copied = store.writeAndWait { _ in
      try FileManager.default.copyItem(at: folder, to: other)
    } completion: {
      $0
    }
    // A store that is closed lies still by itself.
    if case .failure(.closed) = copied { return try manager.copyItem(at: folder, to: other) }
    try copied?.get()
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  struct Unknown: Error { let words: [String] }

  /// The names that work need not hold on any more.
  ///
  /// `@unchecked Sendable`: `names` is only touched while the condition is locked.
  private final class Released: @unchecked Sendable {
    private let condition = NSCondition()
    private var names: Set<String> = []

    func insert(_ name: String) {
      condition.withLock {
        names.insert(name)
        condition.broadcast()
      }
    }

    /// Returns when a name is released, and throws when the job is cancelled, of which nothing tells.
    func wait(for name: String, _ context: JobContext) throws {
      try condition.withLock {
        while !names.contains(name) {
          if context.isCancelled { throw CancellationError() }
          _ = condition.wait(until: Date(timeIntervalSinceNow: 0.005))
        }
      }
    }
  }

  /// Lets work that holds on `name` end.
  func release(_ name: String) { released.insert(name) }

  /// The arguments of the work begun, in order.
  var startedWork: [String] { started.entries }

  func submit(
    _ payload: String, owner: String = "", content: String? = nil, key: IdempotencyKey? = nil,
    timeLimit: Duration? = nil, labels: String = "label", reuse: Bool = true
  ) async throws -> Submission {
    try await queue.submit(
      JobRequest(
        kind: "test", owner: owner, payload: Array(payload.utf8), contentKey: content,
        idempotencyKey: key, labels: Array(labels.utf8), timeLimit: timeLimit, reuse: reuse))
  }

  /// Submits work that holds, and returns when it is running.
  func submitRunning(_ name: String, content: String? = nil, timeLimit: Duration? = nil)
    async throws -> JobID
  {
    let id = try await submit("hold \(name)", content: content, timeLimit: timeLimit).job.id
    try await untilRunning(id)
    return id
  }

  /// Returns when the job is marked running; its work begins soon after.
  func untilRunning(_ id: JobID) async throws {
    for await job in try #require(try await queue.changes(of: id)) where job.state != .queued {
      break
    }
  }

  /// Returns when work has begun on `name`.
  func untilBegun(_ name: String) async {
    await started.until { $0.contains(name) }
  }

  /// The job in its final state; the test's own time limit bounds the wait.
  func final(_ id: JobID, owner: String = "") async throws -> Job {
    try #require(try await queue.wait(for: id, owner: owner, atMost: .seconds(1_000_000))).job
  }

  func halt() async { await queue.halt(within: .zero) }
}

/// Runs `body` with a bench and halts it afterwards, whatever happens.
func withBench(
  _ bench: @autoclosure () throws -> Bench, _ body: (Bench) async throws -> Void
) async throws {
  let bench = try bench()
  do { try await body(bench) } catch {
    await bench.halt()
    throw error
  }
  await bench.halt()
}

func text(_ string: String) -> [UInt8] { Array(string.utf8) }
