import HTTPTypes

/// The state machine of one connection, without input or output: it takes events and times, and
/// gives actions and bytes.
///
/// The owner of the socket reports what was received, sent and answered, performs the actions of
/// `next(at:)` until it returns nil, sends `output`, reads while `wantsToRead` is true, and calls
/// `expire(at:)` at `deadline`. Requests are answered one at a time, in order.
struct ConnectionState: ~Copyable {
  enum Action {
    /// Run the plan's reply, and pass its response to `answer(_:at:)`.
    case run(Request, Plan.Reply)
    /// Run the closure, pass what it writes to `write(_:)`, and then call
    /// `endStream(isComplete:at:)`.
    case stream(@Sendable (BodyWriter) async throws -> Void)
    /// Shut down the sending side of the socket.
    case shutDownWriting
    /// Close the socket, and cancel the tasks of this connection.
    case close
  }

  private enum Phase {
    /// Reading a request, or waiting for one.
    case receiving
    /// The handler's reply is running.
    case handling
    /// The body of the response is being written.
    case streaming
    /// The last response is being sent; `lingers` says whether the client may still send input.
    case flushing(lingers: Bool)
    /// The sending side is shut down, and input is read and dropped. Closing at once could cause a
    /// TCP reset that makes the client lose the response (RFC 9112 §9.6).
    case lingering(until: Instant)
    case aborted
    case closed
  }

  /// While this many bytes of output wait to be sent, no further request is answered.
  static let outputMark = 64 * 1024
  /// The bytes of further requests that are read while one is being answered.
  static let readAhead = 64 * 1024

  private let handler: any Handler
  private let timeouts: Timeouts
  private let bodies: BodyBudget
  private let client: Address
  private let observe: @Sendable (Exchange) -> Void
  private var parser: RequestParser
  private var encoder: ResponseEncoder
  private var phase = Phase.receiving
  private var streamToStart: (@Sendable (BodyWriter) async throws -> Void)?

  /// The bytes to send.
  private(set) var output = OutputBuffer()

  /// The head of the request that is being read or answered.
  private var head: RequestHead?
  /// A response that depends on the head alone, kept until it is known whether the body has
  /// arrived.
  private var earlyAnswer: Response?
  private var context = ResponseEncoder.Context()
  private var pending: PendingExchange?
  /// The bytes that the output takes from the server's body budget.
  private var outputCharge: BodyBudget.Charge
  private var hasSentContinue = false
  private var inputEnd: Instant?
  private var isDraining = false

  private var waits: ConnectionWaits

  init(
    client: Address, handler: any Handler, limits: RequestLimits, timeouts: Timeouts,
    bodies: BodyBudget, encoder: ResponseEncoder = ResponseEncoder(), at now: Instant,
    observe: @escaping @Sendable (Exchange) -> Void
  ) {
    self.client = client
    self.handler = handler
    self.timeouts = timeouts
    self.bodies = bodies
    self.encoder = encoder
    self.observe = observe
    parser = RequestParser(limits: limits, client: client)
    outputCharge = BodyBudget.Charge(client: client.host)
    waits = ConnectionWaits(timeouts: timeouts, at: now)
  }

  // MARK: Read by the owner

  var wantsToRead: Bool {
    switch phase {
    case .receiving where isAnswering: inputEnd == nil
    case .receiving, .handling, .streaming:
      inputEnd == nil && parser.unused < Self.readAhead
    case .lingering: inputEnd == nil
    case .flushing, .aborted, .closed: false
    }
  }

  /// Whether little enough output waits that more may be added, by a stream or further requests.
  var isAnswering: Bool { output.count < Self.outputMark }

  /// The time since which no byte of a request has arrived and no response is being sent; nil while
  /// one has or is.
  var idleSince: Instant? {
    guard case .receiving = phase, output.isEmpty else { return nil }
    return waits.idleSince
  }

  /// When `expire(at:)` is due, unless an event changes it.
  var deadline: Instant? {
    guard let phaseDeadline else { return waits.outputDeadline }
    return waits.outputDeadline.map { min($0, phaseDeadline) } ?? phaseDeadline
  }

  private var phaseDeadline: Instant? {
    switch phase {
    case .receiving where isAnswering: waits.requestDeadline(isSending: !output.isEmpty)
    case .handling, .streaming: inputEnd.map { $0 + timeouts.abandonGrace }
    case .lingering(let end): end
    case .receiving, .flushing, .aborted, .closed: nil
    }
  }

  // MARK: Events from the owner

  mutating func receive(_ bytes: UnsafeRawBufferPointer, at now: Instant) {
    switch phase {
    case .receiving, .handling, .streaming:
      parser.feed(bytes)
      waits.didReceive(bytes.count, at: now)
    case .flushing, .lingering, .aborted, .closed: break
    }
  }

  /// The client has closed its sending side.
  mutating func receiveEnd(at now: Instant) {
    inputEnd = inputEnd ?? now
  }

  mutating func didSend(_ count: Int, at now: Instant) {
    output.remove(count)
    waits.didSend(count, isLast: output.isEmpty, at: now)
    if output.isEmpty { releaseOutput() }
  }

  /// The connection is broken: a reset, or a failed write.
  mutating func fail(at now: Instant) {
    if case .closed = phase { return }
    endExchange(isComplete: false, at: now)
    releaseOutput()
    phase = .aborted
  }

  /// Takes no further request: an idle connection closes, others after the current response.
  mutating func drain() { isDraining = true }

  /// Answers the current request with 503 if it has no response yet; a later response of the
  /// handler is ignored.
  mutating func refuse(at now: Instant) {
    switch phase {
    case .receiving where parser.progress == .idle: break
    case .receiving, .handling:
      refuse(Refusal(.serviceUnavailable, "the server is stopping"), at: now)
    case .streaming, .flushing, .lingering, .aborted, .closed: break
    }
  }

  /// A deadline has passed.
  mutating func expire(at now: Instant) {
    guard let deadline, deadline <= now else { return }
    if let phaseDeadline, phaseDeadline <= now, case .receiving = phase, waits.idleSince == nil {
      refuse(
        Refusal(.requestTimeout, "the request did not come in time (RFC 9110 section 15.5.9)"),
        at: now)
    } else {
      fail(at: now)
    }
  }

  // MARK: Responses

  /// The handler has answered. Ignored when the request already has a response or the connection is
  /// closed.
  mutating func answer(_ response: Response, at now: Instant) {
    guard case .handling = phase else { return }
    send(response, closing: false, at: now)
  }

  /// Sends a piece of a streamed body; returns false when the connection no longer streams, or the
  /// body budget has no room.
  mutating func write(_ bytes: [UInt8]) -> Bool {
    guard case .streaming = phase, holdOutput(growingBy: bytes.count) else { return false }
    append { [context] in ResponseEncoder.encodePiece(bytes, in: context, to: &$0) }
    return true
  }

  /// Ends the streamed body. If it is incomplete, the connection closes without the final chunk.
  mutating func endStream(isComplete: Bool, at now: Instant) {
    guard case .streaming = phase else { return }
    guard isComplete else { return fail(at: now) }
    append { [context] in ResponseEncoder.encodeEnd(in: context, to: &$0) }
    completeAnswer(at: now)
  }

  private mutating func append(_ encode: (inout [UInt8]) -> Void) {
    let before = output.count
    output.append(encode)
    pending?.bytesOut += output.count - before
  }

  private mutating func refuse(_ refusal: Refusal, at now: Instant) {
    var exchange =
      pending.take()
      ?? PendingExchange(start: now, plan: handler.planWithoutHead, client: client.host)
    exchange.refusal = refusal
    let answer = earlyAnswer ?? exchange.plan.refuse(refusal)
    pending = exchange
    send(answer, closing: true, at: now)
  }

  private mutating func send(
    _ response: Response, closing: Bool, at now: Instant
  ) {
    var response = response
    context.isHead = head?.method == .head
    context.version = head?.version ?? .http11
    context.keepsAlive = !closing && !isDraining && head?.keepsAlive == true
    if case .stream = response.body, context.version == .http10 { context.keepsAlive = false }
    if case .bytes(let body) = response.body, !holdOutput(growingBy: body.count),
      let plan = pending?.plan
    {
      pending?.refusal = Self.tooManyBodies
      response = plan.refuse(Self.tooManyBodies)
    }

    let before = output.count
    do throws(ResponseEncoder.Fault) {
      try output.append { bytes throws(ResponseEncoder.Fault) in
        try encoder.encode(response, in: context, to: &bytes)
      }
    } catch {
      // An error of the handler, not of the client: send a minimal response that is always valid.
      let refusal = Refusal(.internalServerError, "the server made an answer that cannot be sent")
      pending?.refusal = refusal
      response = Response(status: refusal.status)
      context.keepsAlive = false
      output.append { try? encoder.encode(response, in: context, to: &$0) }
    }
    pending?.bytesOut += output.count - before
    pending?.status = response.status

    if case .stream(let stream) = response.body,
      ResponseEncoder.hasBody(response.status, in: context)
    {
      phase = .streaming
      streamToStart = stream
    } else {
      completeAnswer(at: now)
    }
  }

  private mutating func completeAnswer(at now: Instant) {
    // A client that asked to close sends no more, so closing at once causes no reset.
    let clientCloses = head.map { !$0.keepsAlive } ?? false
    endExchange(isComplete: true, at: now)
    earlyAnswer = nil
    if context.keepsAlive {
      phase = .receiving
      waits.startAnew(at: now)
    } else {
      let inputIsOver = clientCloses && parser.progress == .idle
      phase = .flushing(lingers: !inputIsOver)
    }
  }

  private mutating func endExchange(isComplete: Bool, at now: Instant) {
    guard var ended = pending.take() else { return }
    bodies.release(&ended.charge)
    observe(ended.exchange(of: head, client: client, isComplete: isComplete, at: now))
    head = nil
  }

  // MARK: The next action

  /// Processes the received bytes up to the next action, and returns it; nil when there is none.
  mutating func next(at now: Instant) -> Action? {
    while true {
      switch phase {
      case .receiving:
        guard isAnswering, let (request, reply) = receiveRequest(at: now) else {
          if case .receiving = phase { return nil }
          continue
        }
        phase = .handling
        return .run(request, reply)
      case .streaming:
        return streamToStart.take().map { .stream($0) }
      case .flushing(let lingers):
        guard output.isEmpty else { return nil }
        guard lingers, inputEnd == nil else {
          phase = .aborted
          continue
        }
        phase = .lingering(until: now + timeouts.linger)
        return .shutDownWriting
      case .lingering:
        guard inputEnd != nil else { return nil }
        phase = .aborted
      case .aborted:
        phase = .closed
        return .close
      case .handling, .closed: return nil
      }
    }
  }

  /// Parses until a request is complete, a response has been queued or the bytes are used up.
  private mutating func receiveRequest(at now: Instant) -> (Request, Plan.Reply)? {
    while case .receiving = phase, isAnswering {
      switch parser.next() {
      case .head(let head):
        self.head = head
        hasSentContinue = false
        let plan = handler.plan(head)
        pending = PendingExchange(start: now, plan: plan, client: client.host)
        switch plan.answer {
        case .now(let answer): earlyAnswer = answer
        case .afterBody: parser.limitBody(to: plan.bodyLimit)
        }
      case .request(let request):
        pending?.bytesIn = request.body.count
        if let earlyAnswer {
          send(earlyAnswer, closing: false, at: now)
        } else if hold(request.body.count, at: now),
          case .afterBody(let reply)? = pending?.plan.answer
        {
          return (request, reply)
        }
      case .refused(let refusal): refuse(refusal, at: now)
      case .needsMore:
        waitForMore(at: now)
        return nil
      }
    }
    return nil
  }

  /// Charges the request body to the budget; refuses the request, and returns false, when the
  /// budget has no room.
  private mutating func hold(_ bytes: Int, at now: Instant) -> Bool {
    guard var charge = pending?.charge else { return true }
    guard bodies.grow(&charge, to: bytes) else {
      refuse(Self.tooManyBodies, at: now)
      return false
    }
    pending?.charge = charge
    return true
  }

  /// Charges output to the budget before it grows; returns false when the budget has no room.
  private mutating func holdOutput(growingBy bytes: Int) -> Bool {
    if outputCharge.bytes == 0, let client = pending?.charge.client {
      outputCharge = BodyBudget.Charge(client: client)
    }
    // A response larger than the client's share is allowed when it is the client's only one.
    return bodies.grow(&outputCharge, to: min(output.count + bytes, bodies.share))
  }

  private mutating func releaseOutput() { bodies.release(&outputCharge) }

  private static let tooManyBodies = Refusal(
    .serviceUnavailable,
    "the bodies that the server holds, in all or for this client, are at their limit")

  private mutating func waitForMore(at now: Instant) {
    let progress = parser.progress
    if let earlyAnswer {
      send(earlyAnswer, closing: true, at: now)
    } else if progress == .idle {
      if inputEnd != nil || isDraining { phase = .flushing(lingers: !output.isEmpty) }
    } else if inputEnd != nil {
      refuse(.badRequest("the request is incomplete (RFC 9112 section 8)"), at: now)
    } else if !hold(parser.bodyBytes, at: now) {
      return
    } else if head?.expectsContinue == true, !hasSentContinue, parser.bodyBytes == 0 {
      hasSentContinue = true
      output.append { $0.append(contentsOf: "HTTP/1.1 100 Continue\r\n\r\n".utf8) }
    }
    waits.reach(progress, at: now)
  }
}
