import Synchronization
import TestSupport
import Testing

@testable import ScalingLaws

@Suite("Cancellation and progress")
struct ExecutionTests {
  private var points: Points {
    get throws { try SimulatedCurve.clear(breaks: 1, count: 30, noise: 0.01, seed: 61).points() }
  }

  @Test(
    "a fit that is cancelled throws, however far it has come", arguments: [0, 1, 10, 100, 500])
  func cancellation(polls: Int) throws {
    let count = Atomic(0)
    let execution = Execution(isCancelled: {
      count.add(1, ordering: .relaxed).newValue > polls
    })
    #expect(throws: FitError.cancelled) {
      try BrokenPowerLaw.fit(points, execution: execution)
    }
    // It must not go on polling for long: what follows a poll is a few steps of one descent.
    let polled = count.load(ordering: .relaxed)
    #expect(polled < polls + 100)
  }

  @Test("progress grows from 0 to 1 and ends there")
  func progress() throws {
    let last = Atomic(-1)
    let isMonotone = Atomic(true)
    _ = try BrokenPowerLaw.fit(
      points,
      execution: Execution(report: { share in
        let thousandths = Int(share * 1000)
        if last.exchange(thousandths, ordering: .relaxed) > thousandths || share > 1 {
          isMonotone.store(false, ordering: .relaxed)
        }
      }))
    let (neverFell, end) = (isMonotone.load(ordering: .relaxed), last.load(ordering: .relaxed))
    #expect(neverFell)
    #expect(end == 1000)
  }
}
