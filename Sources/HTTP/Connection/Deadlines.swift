import Glibc
import HeapModule

/// The time limits of a connection; every wait has one.
public struct Timeouts: Sendable, Equatable {
  /// For the first byte of the next request; then the connection is closed without a response.
  public var idle = Duration.seconds(60)

  /// For a whole head, from its first byte; then the response is 408.
  ///
  /// The limit does not restart with every byte, so a slow head cannot keep a connection open.
  public var head = Duration.seconds(10)

  /// For a whole body, from the end of the head, plus the time that `minimumRate` allows for its
  /// bytes; then the response is 408. Also the longest pause within a body.
  public var body = Duration.seconds(30)

  /// For the client to read the response, plus the time that `minimumRate` allows for its bytes.
  /// Also the longest pause within a response.
  public var write = Duration.seconds(30)

  /// In bytes per second: `body` and `write` are extended by the transferred bytes divided by this.
  public var minimumRate = 16 * 1024

  /// For the client to close its side after the last response has been sent.
  public var linger = Duration.seconds(5)

  /// For a response after the client has closed its sending side; then the reply's task is
  /// cancelled.
  public var abandonGrace = Duration.seconds(2)

  public init() {}
}

/// The progress of a transfer, and the deadline by which it is too slow.
///
/// Two bounds hold: no pause may exceed the limit, and the whole transfer may take the limit plus
/// the time that its bytes need at the minimum rate. So neither a stalled nor a very slow client
/// can keep a connection open.
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

/// A priority queue of deadlines, earliest first.
///
/// Postponing a deadline does not change its entry: when the entry is due, the owner sees that the
/// deadline is later and inserts a new entry. So deadlines that change often cost very little.
struct DeadlineQueue {
  struct Entry: Comparable {
    let time: Instant
    let id: UInt64

    static func < (left: Entry, right: Entry) -> Bool { left.time < right.time }
  }

  private var heap = Heap<Entry>()

  var earliest: Instant? { heap.min?.time }

  var count: Int { heap.count }

  /// Removes the stale entries. Complexity: O(n).
  mutating func removeAll(where isStale: (Entry) -> Bool) {
    heap = Heap(heap.unordered.filter { !isStale($0) })
  }

  /// Complexity: O(log n).
  mutating func insert(_ id: UInt64, at time: Instant) {
    heap.insert(Entry(time: time, id: id))
  }

  /// Removes and returns the earliest entry if it is due. Complexity: O(log n).
  mutating func popDue(at now: Instant) -> Entry? {
    guard let earliest, earliest <= now else { return nil }
    return heap.popMin()
  }
}

/// A point in time of the monotonic clock.
///
/// Replaces `ContinuousClock.Instant`, whose layout is not fixed: every value that contains one is
/// moved by calls into the runtime, which took a third of the time of a request.
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
