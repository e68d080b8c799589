import Jobs
import ScalingLaws
import Synchronization
import Testing

@testable import FitService
@testable import Fits

@Suite("A fit on the pool of a job")
struct FitWorkTests {
  @Test("items may end in any order, on threads that look for more when the fit has gone on")
  func manySmallSets() async throws {
    var configuration = JobQueue.Configuration()
    configuration.workers = 4
    let queue = try JobQueue(store: SQLiteStore(), configuration: configuration) { context in
      let execution = Execution(context)
      let sum = Atomic(0)
      for _ in 0..<20_000 { execution.forEach(4) { sum.add($0, ordering: .relaxed) } }
      return .succeeded(Array("\(sum.load(ordering: .relaxed))".utf8))
    }
    queue.start()
    let job = try await queue.submit(JobRequest(kind: FitWork.kind, payload: [])).job
    _ = try await queue.wait(for: job.id, owner: "", atMost: .seconds(60))
    #expect(try await queue.outcome(job.id) == .succeeded(Array("120000".utf8)))
    await queue.halt(within: .zero)
  }
}
