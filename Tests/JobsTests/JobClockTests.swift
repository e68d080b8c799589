import Foundation
import Testing

@testable import Jobs

@Suite("The computer's clock")
struct JobClockTests {
  @Test("calls are made in the order in which they are due, and not before")
  func order() async {
    let clock = SystemJobClock()
    let made = Locked<[(Int, Duration)]>([])
    let start = clock.uptime
    await withCheckedContinuation { continuation in
      for delay in [40, 10, 30, 20] {
        _ = clock.schedule(after: .milliseconds(delay)) {
          made.withLock { $0.append((delay, clock.uptime - start)) }
          if delay == 40 { continuation.resume() }
        }
      }
    }
    let calls = made.withLock { $0 }
    #expect(calls.map(\.0) == [10, 20, 30, 40])
    for (delay, time) in calls { #expect(time >= .milliseconds(delay)) }
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
