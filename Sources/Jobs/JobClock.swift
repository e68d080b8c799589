import Dispatch
public import Foundation

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
  private let queue = DispatchQueue(label: "jobs.clock")
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant

  public init() { start = clock.now }

  public var date: Date { Date() }
  public var uptime: Duration { start.duration(to: clock.now) }

  public func schedule(
    after delay: Duration, _ action: @escaping @Sendable () -> Void
  ) -> JobTimer {
    // Not marked Sendable, but dispatch sources may be used from any thread (dispatch(3)).
    nonisolated(unsafe) let source = DispatchSource.makeTimerSource(queue: queue)
    source.setEventHandler {
      action()
      source.cancel()
    }
    // The handler keeps the source alive until it fires or is cancelled.
    // Dispatch counts nanoseconds in 64 bits: three years stand for everything longer.
    source.schedule(deadline: .now() + min(delay.seconds, 1e8), leeway: .milliseconds(1))
    source.resume()
    return JobTimer { source.cancel() }
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
