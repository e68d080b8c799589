import Foundation
import Locks

@testable import Jobs

/// A clock that only moves when a test says so.
final class ManualClock: JobClock {
  private struct State {
    var date = Date(timeIntervalSince1970: 1_800_000_000)
    var uptime = Duration.zero
    var timers: [Int: (delay: Duration, due: Duration, action: @Sendable () -> Void)] = [:]
    var lastTimer = 0
    var expectations: [(delay: Duration, continuation: CheckedContinuation<Void, Never>)] = []
  }

  private let state = Locked(State())

  var date: Date { state.withLock { $0.date } }
  var uptime: Duration { state.withLock { $0.uptime } }

  func schedule(
    after delay: Duration, _ action: @escaping @Sendable () -> Void
  ) -> JobTimer {
    let (id, met) = state.withLock { state in
      state.lastTimer += 1
      state.timers[state.lastTimer] = (delay, state.uptime + delay, action)
      let met = state.expectations.filter { $0.delay == delay }
      state.expectations.removeAll { $0.delay == delay }
      return (state.lastTimer, met)
    }
    for expectation in met { expectation.continuation.resume() }
    return JobTimer { [self] in state.withLock { $0.timers[id] = nil } }
  }

  /// Sets the time of day, as an operator or NTP would; the uptime goes on as before.
  func setDate(_ date: Date) { state.withLock { $0.date = date } }

  /// Moves the time on and makes the calls that have become due, in order.
  func advance(by step: Duration) {
    let due = state.withLock { state in
      state.uptime += step
      state.date += step.seconds
      let due = state.timers.filter { $0.value.due <= state.uptime }
      for id in due.keys { state.timers[id] = nil }
      return due.sorted { ($0.value.due, $0.key) < ($1.value.due, $1.key) }.map(\.value.action)
    }
    for action in due { action() }
  }

  /// Returns once a timer for exactly this delay is pending.
  func untilTimer(of delay: Duration) async {
    await withCheckedContinuation { continuation in
      let isPending = state.withLock { state in
        let isPending = state.timers.values.contains { $0.delay == delay }
        if !isPending { state.expectations.append((delay, continuation)) }
        return isPending
      }
      if isPending { continuation.resume() }
    }
  }

  var pendingTimers: Int { state.withLock { $0.timers.count } }
}
