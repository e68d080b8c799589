import Dispatch
public import Foundation
import Locks

/// The time, and the means to be called later; a parameter, so that tests need not sleep.
public protocol JobClock: Sendable {
  /// The time of day, for what is stored and shown.
  var date: Date { get }
  /// Time since some fixed moment that never runs backwards, for measuring.
  var uptime: Duration { get }
  /// Calls `action` once after `delay`, on some thread, but never before this function returns.
  ///
  /// The action is short and does not block.
  func schedule(after delay: Duration, _ action: @escaping @Sendable () -> Void) -> JobTimer
}

/// A call that a clock will make, unless it is cancelled first.
public struct JobTimer: Sendable {
  private let onCancel: @Sendable () -> Void

  public init(onCancel: @escaping @Sendable () -> Void) { self.onCancel = onCancel }

  /// Calls the timer off; has no effect once it has fired. A call under way is not waited for.
  public func cancel() { onCancel() }
}

/// The computer's own clock.
public struct SystemJobClock: JobClock {
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private let agenda: Agenda

  public init() {
    let start = clock.now
    self.start = start
    agenda = Agenda { [clock] in start.duration(to: clock.now) }
  }

  public var date: Date { Date() }
  public var uptime: Duration { start.duration(to: clock.now) }

  public func schedule(
    after delay: Duration, _ action: @escaping @Sendable () -> Void
  ) -> JobTimer {
    agenda.add(at: uptime + delay, action)
  }
}

/// The calls that a clock will make.
///
/// One timer of Dispatch serves them all: every job has a call that is called off soon, which must
/// not cost two system calls. Times are the clock's uptime.
private final class Agenda: Sendable {
  private struct Calls {
    var calls: [UInt64: (due: Duration, action: @Sendable () -> Void)] = [:]
    var lastID: UInt64 = 0
    /// When the timer fires next, if it does: no later than the first call is due.
    var wake: Duration?
  }

  private let calls = Locked(Calls())
  private let uptime: @Sendable () -> Duration
  /// Not marked Sendable, but dispatch sources may be used from any thread (dispatch(3)).
  nonisolated(unsafe) private let timer: any DispatchSourceTimer

  init(uptime: @escaping @Sendable () -> Duration) {
    self.uptime = uptime
    timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "jobs.clock"))
    timer.setEventHandler { [weak self] in self?.makeDueCalls() }
    timer.resume()
  }

  deinit { timer.cancel() }

  /// Complexity: O(1).
  func add(at due: Duration, _ action: @escaping @Sendable () -> Void) -> JobTimer {
    calls.withLock { calls in
      calls.lastID += 1
      calls.calls[calls.lastID] = (due, action)
      wake(at: due, &calls)
      return JobTimer { [weak self, id = calls.lastID] in
        self?.calls.withLock { _ = $0.calls.removeValue(forKey: id) }
      }
    }
  }

  /// Complexity: O(n), but once for all that were called off since the last time.
  private func makeDueCalls() {
    let now = uptime()
    let due = calls.withLock { calls in
      let due = calls.calls.filter { $0.value.due <= now }
      for id in due.keys { calls.calls[id] = nil }
      calls.wake = nil
      if let next = calls.calls.values.map(\.due).min() { wake(at: next, &calls) }
      return due
    }
    for call in due.values.sorted(by: { $0.due < $1.due }) { call.action() }
  }

  private func wake(at due: Duration, _ calls: inout Calls) {
    if let wake = calls.wake, wake <= due { return }
    calls.wake = due
    // Dispatch counts nanoseconds in 64 bits: three years stand for everything longer.
    let wait = min(max(0, (due - uptime()).seconds), 1e8)
    timer.schedule(deadline: .now() + wait, leeway: .milliseconds(1))
  }
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }

  /// The duration in whole milliseconds, what the store keeps.
  var milliseconds: Int64 {
    Int64(exactly: (self / Duration.milliseconds(1)).rounded()) ?? .max
  }
}

extension Date {
  /// Whole milliseconds since 1970, what the store keeps. Held within 47 bits, some 4,400 years, so
  /// that nothing computed from it overflows.
  var milliseconds: Int64 {
    Int64(max(-0x1p46, min(0x1p47, (timeIntervalSince1970 * 1000).rounded())))
  }

  init(milliseconds: Int64) { self.init(timeIntervalSince1970: Double(milliseconds) / 1000) }

  /// The date as it will be read back from the store.
  var inMilliseconds: Date { Date(milliseconds: milliseconds) }
}
