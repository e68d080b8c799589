import Foundation
import Locks

/// Runs one computation in a process of its own, whose death ends nothing else.
///
/// The parent starts a command, whose arguments are followed by the kind of the job, the size of its
/// payload in bytes, how many milliseconds it was queued, and how many bytes of memory it may take.
/// It writes the payload to the child's standard input, which stays open, and reads the outcome, as
/// `JobOutcome.encoded`, from its standard output. The child ends when its input does: then the parent
/// has died.
public struct ChildProcess: Sendable {
  private let executable: String
  private let arguments: [String]

  /// A command that calls `serve`; by default of the executable that is running, though it may have
  /// been replaced on disk since.
  public init(executable: String = "/proc/self/exe", arguments: [String]) {
    self.executable = executable
    self.arguments = arguments
  }

  /// Starts the child, and blocks until it has ended; kills it when the job is cancelled.
  ///
  /// A child that ends without an outcome has failed the job as `crashed`.
  ///
  /// - Throws: `CancellationError`, or why the child cannot be started.
  func run(_ context: JobContext) throws -> JobOutcome {
    let process = Process()
    process.executableURL = URL(filePath: executable)
    process.arguments =
      arguments + [
        context.kind, "\(context.payload.count)", "\(context.queueWait.milliseconds)",
        "\(Self.memoryLimit)",
      ]
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    let (hasEnded, isRead) = (DispatchSemaphore(value: 0), Gate())
    process.terminationHandler = { _ in hasEnded.signal() }
    try process.run()

    let written = Locked(Data())
    Self.onThread { [handle = output.fileHandleForReading] in
      let bytes = try? handle.readToEnd()
      written.withLock { $0 = bytes ?? Data() }
      isRead.open()
    }
    Self.onThread { [handle = input.fileHandleForWriting] in
      // Of a child that reads no more the end is told below.
      try? handle.write(contentsOf: Data(context.payload))
    }
    while hasEnded.wait(timeout: .now() + .milliseconds(10)) == .timedOut {
      if context.isCancelled, process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }
    isRead.pass()
    try? input.fileHandleForWriting.close()
    if context.isCancelled { throw CancellationError() }
    guard process.terminationReason == .exit, process.terminationStatus == 0,
      let outcome = JobOutcome(encoded: written.withLock { Array($0) })
    else { return .failed(.crashed, []) }
    return outcome
  }

  private static func onThread(_ body: @escaping @Sendable () -> Void) {
    let thread = Thread(block: body)
    thread.name = "child process"
    thread.start()
  }

  /// How many bytes a child may take: half of the machine's memory or, when that is less, of what the
  /// control group may take (cgroups(7)), so that the parent has the other half.
  private static let memoryLimit: UInt64 = {
    let machine = ProcessInfo.processInfo.physicalMemory
    let text = try? String(contentsOfFile: "/sys/fs/cgroup/memory.max", encoding: .utf8)
    let group = text.flatMap { UInt64($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    return min(machine, group ?? machine) / 2
  }()
}

// MARK: In the child

extension ChildProcess {
  /// What a child is given by its last four arguments.
  public struct Assignment: Sendable {
    let kind: String
    let payloadSize: Int
    let queueWait: Duration
    let memoryLimit: UInt64

    /// The sizes are in bytes, `queueWait` is in milliseconds.
    public init(kind: String, payloadSize: Int, queueWait: Int, memoryLimit: UInt64) {
      self.kind = kind
      self.payloadSize = payloadSize
      self.queueWait = .milliseconds(queueWait)
      self.memoryLimit = memoryLimit
    }
  }

  /// Runs the computation of an assignment, as the child, and returns when its outcome is written.
  ///
  /// - Throws: when the payload cannot be read or the outcome cannot be written.
  public static func serve(
    _ assignment: Assignment, run: @escaping @Sendable (JobContext) throws -> JobOutcome
  ) throws {
    limitMemory(to: assignment.memoryLimit)
    let input = FileHandle.standardInput
    var payload = Data()
    while payload.count < assignment.payloadSize {
      let count = assignment.payloadSize - payload.count
      guard let more = try input.read(upToCount: count), !more.isEmpty else {
        throw CancellationError()
      }
      payload += more
    }
    onThread {
      _ = try? input.read(upToCount: 1)
      _exit(EXIT_FAILURE)
    }
    let pool = WorkerPool(
      workers: 1, threads: 1, niceness: JobQueue.Configuration().niceness)
    let context = JobContext(
      id: JobID(high: 0, low: 0), kind: assignment.kind, payload: Array(payload),
      queueWait: assignment.queueWait, mayKill: false, flag: CancellationFlag(), pool: pool,
      onReport: { _, _ in })
    let (result, isOver) = (Locked(JobOutcome.cancelled), Gate())
    pool.enqueue(
      WorkerPool.Task(id: 0, client: "") { ready in
        ready { over in
          let outcome = JobOutcome { try run(context) }
          result.withLock { $0 = outcome }
          over()
          isOver.open()
        }
      })
    pool.start()
    isOver.pass()
    try FileHandle.standardOutput.write(contentsOf: Data(result.withLock { $0 }.encoded))
  }

  /// Lets the process take so many bytes for data, and makes it the first to go when the machine has
  /// no more memory: neither may be allowed, which leaves the parent's protection weaker.
  private static func limitMemory(to bytes: UInt64) {
    var limit = rlimit(rlim_cur: rlim_t(bytes), rlim_max: rlim_t(bytes))
    _ = setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit)
    try? "1000".write(toFile: "/proc/self/oom_score_adj", atomically: false, encoding: .utf8)
  }
}

extension JobOutcome {
  /// The outcome of `work`, which is a failure when it throws.
  init(of work: () throws -> JobOutcome) {
    do { self = try work() } catch { self = .failed(.threw, Array("\(error)".utf8)) }
  }

  /// The first byte of a cancelled outcome, which is the number of no reason.
  private static let cancelledMark: UInt8 = 255

  /// One byte, 0 for a result and else the number of the reason of a failure, and then the bytes.
  var encoded: [UInt8] {
    switch self {
    case .succeeded(let bytes): [0] + bytes
    case .failed(let reason, let bytes): [UInt8(reason.rawValue)] + bytes
    case .cancelled: [Self.cancelledMark]
    }
  }

  /// The outcome that was encoded; nil for other bytes.
  init?(encoded bytes: [UInt8]) {
    switch bytes.first {
    case nil: return nil
    case 0?: self = .succeeded(Array(bytes.dropFirst()))
    case Self.cancelledMark?: self = .cancelled
    case let number?:
      guard let reason = FailureReason(rawValue: Int(number)) else { return nil }
      self = .failed(reason, Array(bytes.dropFirst()))
    }
  }
}
