import HTTPTypes

@testable import HTTP

/// A connection without a socket and a clock that is set by hand.
final class Script {
  private var state: ConnectionState
  private let start: Instant
  private var now: Instant
  /// What has been asked for, in words.
  private(set) var actions: [String] = []
  private(set) var sent = ""

  init(
    bodies: BodyBudget = BodyBudget(capacity: .max, largest: .max),
    configure: (inout Timeouts) -> Void = { _ in }
  ) {
    var timeouts = Timeouts()
    configure(&timeouts)
    start = .now
    now = start
    state = ConnectionState(
      client: Address(host: "192.0.2.1", port: 1), handler: EchoHandler(), limits: smallLimits,
      timeouts: timeouts, bodies: bodies, encoder: ResponseEncoder(secondsSinceEpoch: { 0 }),
      at: start,
      observe: { _ in })
    move()
  }

  /// Carries out all but the handler's work and the sending.
  private func move() {
    while let action = state.next(at: now) {
      switch action {
      case .run(let request, _): actions.append("run \(request.target.rawPath)")
      case .stream: actions.append("stream")
      case .shutDownWriting: actions.append("shut")
      case .close: actions.append("close")
      }
    }
  }

  func receive(_ text: String) {
    Array(text.utf8).withUnsafeBytes { state.receive($0, at: now) }
    move()
  }

  func receiveEnd() {
    state.receiveEnd(at: now)
    move()
  }

  func answer(_ body: String, status: HTTPResponse.Status = .ok) {
    state.answer(Response(status: status, body: .bytes(Array(body.utf8))), at: now)
    move()
  }

  /// Lets the socket take so many bytes, or all.
  func send(_ limit: Int = .max) {
    let count = min(limit, state.output.count)
    sent += state.output.withUnsafeBytes { String(decoding: $0.prefix(count), as: UTF8.self) }
    state.didSend(count, at: now)
    move()
  }

  func drain() {
    state.drain()
    move()
  }

  /// Sets the clock, in seconds from the start, and lets the deadline pass if it is due.
  func pass(until seconds: Double) {
    now = start + .seconds(seconds)
    state.expire(at: now)
    move()
  }

  var wantsToRead: Bool { state.wantsToRead }
  var hasNothingToSend: Bool { state.output.isEmpty }

  /// Seconds from the start to the deadline.
  var deadline: Double? { state.deadline.map { ($0 - start) / .seconds(1) } }
}
