import Dispatch
import Foundation
import Synchronization
import Testing

/// Runs tests that compute for seconds on threads of their own.
///
/// Tests share the threads of Swift's concurrency, of which there are as many as processors. One
/// that computes holds its thread, and where all are held the time limits of other tests go on.
struct ComputesAside: SuiteTrait, TestTrait, TestScoping {
  let isRecursive = true

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await withTaskExecutorPreference(ComputingThreads.shared) { try await function() }
  }
}

extension Trait where Self == ComputesAside {
  static var computesAside: Self { ComputesAside() }
}

/// As many threads as there are processors, each for one test after another.
private final class ComputingThreads: TaskExecutor {
  static let shared = ComputingThreads()

  private let jobs = Mutex<[UnownedJob]>([])
  private let waiting = DispatchSemaphore(value: 0)

  private init() {
    for _ in 0..<ProcessInfo.processInfo.activeProcessorCount {
      Thread.detachNewThread { self.work() }
    }
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withLock { $0.append(job) }
    waiting.signal()
  }

  private func work() -> Never {
    while true {
      waiting.wait()
      let job = jobs.withLock { $0.removeFirst() }
      job.runSynchronously(on: asUnownedTaskExecutor())
    }
  }
}
