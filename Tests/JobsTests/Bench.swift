import Foundation
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
  let events: Locked<[JobEvent]>
  private let released: Locked<Set<String>>
  private let started: Locked<[String]>

  /// A bench `after` a dead one takes its store over as a killed process would have left it.
  init(
    _ kind: StoreKind, workers: Int = 2, threadsPerWorker: Int = 4, capacity: Int = 100,
    capacityPerClient: Int? = nil,
    maxWaiters: Int = 100, retention: (age: Duration, count: Int) = (.seconds(1000), 1000),
    after dead: Bench? = nil
  ) throws {
    self.kind = kind
    folder = FileManager.default.temporaryDirectory.appending(path: "jobs-\(UUID())")
    clock = dead?.clock ?? ManualClock()
    switch kind {
    case .memory: store = MemoryStore()
    case .sqlite:
      if let dead { try FileManager.default.copyItem(at: dead.folder, to: folder) }
      store = try SQLiteStore(directory: folder.path)
    }
    var configuration = JobQueue.Configuration()
    configuration.workers = workers
    configuration.threadsPerWorker = threadsPerWorker
    configuration.capacity = capacity
    configuration.capacityPerClient = capacityPerClient
    configuration.maxWaiters = maxWaiters
    configuration.retentionAge = retention.age
    configuration.retentionCount = retention.count
    let events = Locked<[JobEvent]>([])
    let released = Locked<Set<String>>([])
    let started = Locked<[String]>([])
    (self.events, self.released, self.started) = (events, released, started)
    queue = try JobQueue(
      store: store, configuration: configuration, clock: clock,
      observe: { event in events.withLock { $0.append(event) } },
      run: { context in
        let words = String(decoding: context.payload, as: UTF8.self)
          .split(separator: " ", maxSplits: 1).map(String.init)
        let argument = words.count > 1 ? words[1] : ""
        started.withLock { $0.append(argument) }
        switch words.first {
        case "echo": return .succeeded(Array(argument.utf8))
        case "fail": return .failed(Array(argument.utf8))
        case "report":
          context.report(0.5, phase: "half")
          context.report(.nan)
          context.report(0.7, phase: "dropped: too soon")
          fallthrough
        case "hold":
          while !released.withLock({ $0.contains(argument) }) {
            if context.isCancelled { throw CancellationError() }
            usleep(200)
          }
          return .succeeded(Array(argument.utf8))
        case "square":
          let squares = try context.map(Int(argument) ?? 0) { $0 * $0 }
          return .succeeded(Array("\(squares.reduce(0, +))".utf8))
        default: throw Unknown(words: words)
        }
      })
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  struct Unknown: Error { let words: [String] }

  /// Lets work that holds on `name` end.
  func release(_ name: String) { released.withLock { _ = $0.insert(name) } }

  /// The arguments of the work begun, in order.
  var startedWork: [String] { started.withLock { $0 } }

  func submit(
    _ payload: String, owner: String = "", content: String? = nil, key: IdempotencyKey? = nil,
    timeLimit: Duration? = nil, reuse: Bool = true
  ) async throws -> Submission {
    try await queue.submit(
      JobRequest(
        kind: "test", owner: owner, payload: Array(payload.utf8), contentKey: content,
        idempotencyKey: key, labels: Array("label".utf8), timeLimit: timeLimit, reuse: reuse))
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

  /// Returns when work has begun on `name`; the test's own time limit bounds the wait.
  func untilBegun(_ name: String) async {
    while !startedWork.contains(name) { await Task.yield() }
  }

  /// The job in its final state; the test's own time limit bounds the wait.
  func final(_ id: JobID, owner: String = "") async throws -> Job {
    try #require(try await queue.wait(for: id, owner: owner, atMost: .seconds(1_000_000))).job
  }

  func drain() async { await queue.drain(within: .zero) }
}

/// Runs `body` with a bench and drains it afterwards, whatever happens.
func withBench(
  _ bench: @autoclosure () throws -> Bench, _ body: (Bench) async throws -> Void
) async throws {
  let bench = try bench()
  do { try await body(bench) } catch {
    await bench.drain()
    throw error
  }
  await bench.drain()
}

func text(_ string: String) -> [UInt8] { Array(string.utf8) }
