/// What a connection waits for, and since when: a request, its head or its body, and the client's
/// reading.
struct ConnectionWaits {
  private let timeouts: Timeouts
  private var progress = RequestParser.Progress.idle
  private var start: Instant
  private var bodyPace: Pace
  /// How the client reads, while there is something that it has not read.
  private var outputPace: Pace?

  init(timeouts: Timeouts, at now: Instant) {
    self.timeouts = timeouts
    start = now
    bodyPace = Pace(at: now)
  }

  /// Since when the next request is waited for, of which nothing has come.
  var idleSince: Instant? { progress == .idle ? start : nil }

  /// When a request, or the next part of it, is too late; nil when none has begun and there is
  /// something to send, because then only the client's reading is waited for.
  func requestDeadline(isSending: Bool) -> Instant? {
    switch progress {
    case .idle: isSending ? nil : start + timeouts.idle
    case .head: start + timeouts.head
    case .body: bodyPace.deadline(limit: timeouts.body, minimumRate: timeouts.minimumRate)
    }
  }

  /// When the client reads too slowly; nil when nothing waits for it.
  var outputDeadline: Instant? {
    outputPace?.deadline(limit: timeouts.write, minimumRate: timeouts.minimumRate)
  }

  mutating func didReceive(_ count: Int, at now: Instant) {
    bodyPace.advance(by: count, at: now)
  }

  /// - Parameters:
  ///   - count: how many bytes have been sent.
  ///   - isLast: whether no more waits to be sent.
  ///   - now: when.
  mutating func didSend(_ count: Int, isLast: Bool, at now: Instant) {
    if isLast {
      outputPace = nil
      // A client that has just read the end of its answer has not idled yet.
      if progress == .idle { start = now }
    } else if outputPace == nil {
      outputPace = Pace(at: now)
    } else {
      outputPace?.advance(by: count, at: now)
    }
  }

  /// A request has been answered.
  mutating func startAnew(at now: Instant) {
    progress = .idle
    start = now
  }

  /// So far the request has come; the wait begins when that is farther than before.
  mutating func reach(_ reached: RequestParser.Progress, at now: Instant) {
    guard reached != progress else { return }
    progress = reached
    start = now
    bodyPace = Pace(at: now)
  }
}
