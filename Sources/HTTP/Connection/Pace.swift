/// The progress of a transfer, and the deadline by which it is too slow.
///
/// Two bounds hold: no pause may exceed the limit, and the whole transfer may take the limit plus the
/// time that its bytes need at the minimum rate. So neither a stalled nor a very slow client can
/// keep a connection open.
struct Pace {
  private let start: Instant
  private var last: Instant
  private var bytes = 0

  init(at now: Instant) {
    start = now
    last = now
  }

  /// Records that `count` more bytes have been transferred.
  mutating func advance(by count: Int, at now: Instant) {
    guard count > 0 else { return }
    bytes += count
    last = now
  }

  /// The deadline, if no more bytes are transferred.
  ///
  /// - Parameters:
  ///   - limit: the longest pause.
  ///   - minimumRate: in bytes per second; every transferred byte extends the second bound.
  /// - Returns: the earlier of the two bounds.
  func deadline(limit: Duration, minimumRate: Int) -> Instant {
    let allowance = Duration.seconds(Double(bytes) / Double(max(1, minimumRate)))
    return min(last + limit, start + limit + allowance)
  }
}
