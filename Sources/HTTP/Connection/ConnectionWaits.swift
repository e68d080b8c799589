/// What a connection waits for, and since when: a new request, the rest of a head or body, or the
/// client reading the response.
struct ConnectionWaits {
  private let timeouts: Timeouts
  private var progress = RequestParser.Progress.idle
  private var start: Instant
  private var bodyPace: Pace
  /// The pace at which the client reads; nil when all output has been sent.
  private var outputPace: Pace?

  init(timeouts: Timeouts, at now: Instant) {
    self.timeouts = timeouts
    start = now
    bodyPace = Pace(at: now)
  }

  /// The time since which the connection waits for the first byte of a request; nil when it has
  /// come.
  var idleSince: Instant? { progress == .idle ? start : nil }

  /// The deadline of the request, or of the rest of it. Nil when no request has begun and there is
  /// output to send: then only `outputDeadline` counts.
  func requestDeadline(isSending: Bool) -> Instant? {
    switch progress {
    case .idle: isSending ? nil : start + timeouts.idle
    case .head: start + timeouts.head
    case .body: bodyPace.deadline(limit: timeouts.body, minimumRate: timeouts.minimumRate)
    }
  }

  /// The deadline by which the client must read more output; nil when there is none to read.
  var outputDeadline: Instant? {
    outputPace?.deadline(limit: timeouts.write, minimumRate: timeouts.minimumRate)
  }

  mutating func didReceive(_ count: Int, at now: Instant) {
    bodyPace.advance(by: count, at: now)
  }

  /// - Parameters:
  ///   - count: how many bytes have been sent.
  ///   - isLast: whether all output has been sent.
  ///   - now: the current time.
  mutating func didSend(_ count: Int, isLast: Bool, at now: Instant) {
    if isLast {
      outputPace = nil
      // The idle time begins when the client has read the whole response.
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

  /// Records how far the request has arrived; a new stage starts a new wait.
  mutating func reach(_ reached: RequestParser.Progress, at now: Instant) {
    guard reached != progress else { return }
    progress = reached
    start = now
    bodyPace = Pace(at: now)
  }
}
