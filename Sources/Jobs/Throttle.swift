import Synchronization

/// Lets one call pass per interval, whichever thread it comes from.
final class Throttle: Sendable {
  private let interval: Int64
  /// The `uptime` in milliseconds from which the next call may pass.
  private let next = Atomic(Int64.min)

  init(interval: Duration) { self.interval = interval.milliseconds }

  func admits(_ uptime: Duration) -> Bool {
    let now = uptime.milliseconds
    let next = self.next.load(ordering: .relaxed)
    guard now >= next else { return false }
    // Of several threads at once exactly one exchanges.
    return self.next.compareExchange(
      expected: next, desired: now + interval, ordering: .relaxed
    ).exchanged
  }
}
