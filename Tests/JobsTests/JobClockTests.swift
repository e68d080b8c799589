import Foundation
import Locks
import TestSupport
import Testing

@testable import Jobs

@Suite("The computer's clock")
struct JobClockTests {
  @Test("calls are made in the order in which they are due, and not before")
  func order() async {
    let clock = SystemJobClock()
    let made = Journal<(index: Int, at: Duration)>()
    // When each is due: some time between these two.
    var due: [(earliest: Duration, latest: Duration)] = []
    for (index, delay) in [40, 10, 30, 20].enumerated() {
      let before = clock.uptime
      _ = clock.schedule(after: .milliseconds(delay)) { made.append((index, clock.uptime)) }
      due.append((before + .milliseconds(delay), clock.uptime + .milliseconds(delay)))
    }
    await made.until { $0.count == 4 }
    let calls = made.entries
    for (call, next) in zip(calls, calls.dropFirst()) {
      #expect(due[call.index].earliest <= due[next.index].latest)
    }
    for call in calls { #expect(call.at >= due[call.index].earliest) }
  }

  @Test("a call that is called off is not made, and does not hold up the next")
  func cancellation() async {
    let clock = SystemJobClock()
    let made = Locked(0)
    for _ in 0..<100 {
      clock.schedule(after: .milliseconds(5)) { made.withLock { $0 += 1 } }.cancel()
    }
    await withCheckedContinuation { continuation in
      _ = clock.schedule(after: .milliseconds(20)) { continuation.resume() }
    }
    #expect(made.withLock { $0 } == 0)
  }

  @Test("a call may make another, and one without end waits without being made")
  func chain() async {
    let clock = SystemJobClock()
    let never = clock.schedule(after: .seconds(Int64.max)) { Issue.record("called") }
    await withCheckedContinuation { continuation in
      _ = clock.schedule(after: .zero) {
        _ = clock.schedule(after: .zero) { continuation.resume() }
      }
    }
    never.cancel()
  }
}
