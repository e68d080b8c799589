import Foundation
import HTTPTypes
import Jobs
import Locks
import Logging
import ScalingLaws
import TestSupport
import Testing

@testable import FitService
@testable import Fits
@testable import HTTP

/// The routes without a socket, over a store in memory; what jobs do is the test's affair.
struct TestAPI {
  let handler: ServiceHandler
  let queue: JobQueue
  let metrics = Metrics()
  let events = Journal<JobEvent>()

  init(
    capacity: Int = 100, capacityPerClient: Int? = nil,
    wait: (usual: Duration, longest: Duration) = (.seconds(60), .seconds(60)),
    origins: OriginPolicy = OriginPolicy(isLoopback: true, allowedHosts: [], corsOrigins: []),
    access: Access? = nil, isStopping: Bool = false,
    isValid: Locked<Bool> = Locked(true), timeout: Double = 3_600,
    maxOutputBytes: Int = 1 << 26, store: (any JobStore)? = nil,
    log: Logger = TestAPI.silence,
    run: @escaping @Sendable (JobContext) throws -> JobOutcome = { _ in try TestAPI.answer() }
  ) throws {
    var configuration = JobQueue.Configuration()
    configuration.workers = 1
    configuration.capacity = capacity
    configuration.capacityPerClient = capacityPerClient
    configuration.maxOutputBytes = maxOutputBytes
    queue = try JobQueue(
      store: store ?? SQLiteStore(), configuration: configuration
    ) { [metrics, events] event in
      metrics.count(event)
      log.log(event)
      events.append(event)
    } run: {
      try run($0)
    }
    queue.start()
    let api = API(
      queue: queue, metrics: metrics,
      limits: FitRequest.Limits(points: 100, breaks: 5, predictions: 100, timeout: timeout),
      wait: wait, isStopping: { isStopping }, isValid: { _ in isValid.withLock { $0 } },
      logger: Self.silence)
    handler = ServiceHandler(api: api, access: access ?? Access(origins: origins))
  }

  static let silence = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  /// A worker's answer that needs no fit.
  static func answer() throws -> JobOutcome {
    let answer = StoredAnswer.Curve(
      answer: JSONWriter.bytes(of: try FitAnswerTests.answer()),
      samples: JSONWriter.bytes(of: CurveSamples(FitAnswerTests.report().predictions)))
    return .succeeded(StoredAnswer(curves: [answer], compared: nil).bytes)
  }

  /// Sends a request as the server would: planned by its head, then answered.
  func send(
    _ method: String, _ target: String, _ fields: [String: String] = [:], body: String = "",
    from peer: String = "127.0.0.1"
  ) async throws -> Answer {
    var lines = ["\(method) \(target) HTTP/1.1"]
    let all = ["Host": "localhost:8080"].merging(fields) { _, new in new }
    lines += all.map { "\($0): \($1)" }
    if !body.isEmpty { lines.append("Content-Length: \(body.utf8.count)") }
    var parser = RequestParser(
      limits: RequestLimits(), client: Address(host: peer, port: 1))
    parser.feed(Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8))
    var plan = handler.planWithoutHead
    while true {
      switch parser.next() {
      case .needsMore: throw Unfinished()
      case .head(let head):
        plan = handler.plan(head)
        if case .now(let answer) = plan.answer { return Answer(answer) }
        parser.limitBody(to: plan.bodyLimit)
      case .request(let request):
        guard case .afterBody(let reply) = plan.answer else { throw Unfinished() }
        return Answer(await reply(request))
      case .refused(let refusal): return Answer(plan.refuse(refusal))
      }
    }
  }

  /// Waits for the first job to be taken, and returns its id.
  func firstJob() async throws -> JobID {
    await events.until { !$0.isEmpty }
    guard case .submitted(let submission)? = events.entries.first else { throw Unfinished() }
    return submission.job.id
  }

  func fit(_ body: String = FitRequestTests.body(""), _ fields: [String: String] = [:]) async throws
    -> Answer
  {
    try await send("POST", "/fit", fields, body: body)
  }

  struct Unfinished: Error {}

  /// An answer, its body read as JSON on demand.
  struct Answer {
    let response: Response

    init(_ response: Response) { self.response = response }

    var status: Int { response.status.code }
    var body: String {
      guard case .bytes(let bytes) = response.body else { return "" }
      return String(decoding: bytes, as: UTF8.self)
    }

    /// Everything that a streamed body says until it ends.
    func streamed() async throws -> String {
      guard case .stream(let write) = response.body else { return "" }
      let (pieces, continuation) = AsyncStream.makeStream(of: [UInt8].self)
      try await write(BodyWriter { continuation.yield($0) })
      continuation.finish()
      return String(decoding: await pieces.reduce(into: []) { $0 += $1 }, as: UTF8.self)
    }

    subscript(field name: String) -> String? {
      HTTPField.Name(name).flatMap { response.fields[$0] }
    }

    /// The text at a path such as "errors/0/pointer"; strings without their quotes.
    subscript(path: String) -> String? {
      guard let root = try? JSONDocument(Array(body.utf8)).root else { return nil }
      let value = path.split(separator: "/").reduce(Optional(root)) { value, name in
        switch value {
        case .object(let object): object[String(name)]
        case .array(let elements):
          Int(name).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
        case .numbers(let numbers):
          Int(name).flatMap { numbers.indices.contains($0) ? .number(numbers[$0]) : nil }
        default: nil
        }
      }
      if case .string(let string)? = value { return string }
      return value.map { String(decoding: JSONWriter.bytes(of: $0), as: UTF8.self) }
    }
  }
}

/// Holds work until a test lets it go, or it is cancelled.
///
/// `@unchecked Sendable`: `isOpen` is only touched while the condition is locked.
final class WorkGate: @unchecked Sendable {
  private let condition = NSCondition()
  private var isOpen = false

  func open() {
    condition.withLock {
      isOpen = true
      condition.broadcast()
    }
  }

  /// Returns when the gate is open, or the job is cancelled.
  func pass(_ context: JobContext) throws {
    try condition.withLock {
      while !isOpen {
        if context.isCancelled { throw CancellationError() }
        _ = condition.wait(until: Date().addingTimeInterval(0.005))
      }
    }
  }
}
