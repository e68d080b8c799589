/// How a transfer gets on, and when it is too slow.
///
/// Two bounds: a pause may last as long as the limit, and all of it no longer than the limit and
/// what the least rate adds. So neither a stall after much nor a trickle holds a connection.
struct Pace {
  private let start: Instant
  private var last: Instant
  private var bytes = 0

  init(at now: Instant) {
    start = now
    last = now
  }

  /// So many more bytes have got through.
  mutating func advance(by count: Int, at now: Instant) {
    guard count > 0 else { return }
    bytes += count
    last = now
  }

  /// When the transfer is too slow, unless it gets on before.
  ///
  /// - Parameters:
  ///   - limit: the longest pause.
  ///   - minimumRate: bytes per second that put the end of the whole off.
  /// - Returns: the earlier of both bounds.
  func deadline(limit: Duration, minimumRate: Int) -> Instant {
    let allowance = Duration.seconds(Double(bytes) / Double(max(1, minimumRate)))
    return min(last + limit, start + limit + allowance)
  }
}
