import Glibc

/// A point in time on the clock that only moves forward.
///
/// `ContinuousClock.Instant` would do, but its layout is not fixed, and every value that holds one
/// would be moved by calls into the runtime: a third of the time that a request takes.
struct Instant: Comparable, Sendable {
  private let sinceBoot: Duration

  private init(sinceBoot: Duration) { self.sinceBoot = sinceBoot }

  static var now: Instant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Instant(sinceBoot: .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec))
  }

  static func < (left: Instant, right: Instant) -> Bool { left.sinceBoot < right.sinceBoot }

  static func + (start: Instant, wait: Duration) -> Instant {
    Instant(sinceBoot: start.sinceBoot + wait)
  }

  static func - (end: Instant, start: Instant) -> Duration { end.sinceBoot - start.sinceBoot }
}
