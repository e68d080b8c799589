import HTTPTypes

/// What a connection is to do next, as a value: events and times go in, actions and bytes come out.
///
/// The socket's owner tells it what was received, sent and answered, carries out what `next(at:)`
/// says until that is nothing, writes `output`, reads while `wantsToRead`, and calls
/// `expire(at:)` at `deadline`. Requests are answered one at a time, in their order.
struct ConnectionState: ~Copyable {
  enum Action {
    /// Let the handler answer; tell `answer(_:at:)`.
    case run(Request)
    /// Let the body be written; tell `write(_:at:)` and `endStream(isComplete:at:)`.
    case stream(@Sendable (BodyWriter) async throws -> Void)
    /// Say that nothing more will be sent.
    case shutDownWriting
    /// Close, and cancel what still works for this connection.
    case close
  }

  private enum Phase {
    /// Reading a request, or waiting for one.
    case receiving
    /// The handler is at work.
    case handling
    /// The answer's body is being written.
    case streaming
    /// The last answer is being sent; `lingers` says that more input may be on its way.
    case flushing(lingers: Bool)
    /// Our side is shut; what still comes is dropped, lest a reset eat the answer (RFC 9112 §9.6).
    case lingering(until: ContinuousClock.Instant)
    case aborted
    case closed
  }

  /// Answers pending beyond this many bytes stop further requests from being answered.
  static let outputMark = 64 * 1024
  /// Bytes of further requests taken while one is being answered.
  static let readAhead = 64 * 1024

  private let handler: any Handler
  private let timeouts: Timeouts
  private let client: Address
  private let observe: @Sendable (Exchange) -> Void
  private var parser: RequestParser
  private var encoder: ResponseEncoder
  private var phase = Phase.receiving
  private var streamToStart: (@Sendable (BodyWriter) async throws -> Void)?

  /// What is to be sent.
  private(set) var output = OutputBuffer()

  /// The head of the request that is being read or answered.
  private var head: RequestHead?
  /// An answer given by the head alone, kept until it is known whether the body is there.
  private var earlyAnswer: Response?
  private var context = ResponseEncoder.Context()
  private var pending: PendingExchange?
  private var hasSentContinue = false
  private var inputEnd: ContinuousClock.Instant?
  private var isDraining = false

  /// Since when the current wait lasts: for a request, for its head, for its body.
  private var waitStart: ContinuousClock.Instant
  private var waitProgress = RequestParser.Progress.idle
  private var writeStart: ContinuousClock.Instant?
  private var writtenSinceStart = 0

  /// What is known of an exchange before it is over.
  private struct PendingExchange {
    var start: ContinuousClock.Instant
    var bytesIn = 0
    var bytesOut = 0
    var route: String?
    var requestID: String?
    var status: HTTPResponse.Status?
    var refusal: Refusal?
  }

  init(
    client: Address, handler: any Handler, limits: RequestLimits, timeouts: Timeouts,
    encoder: ResponseEncoder = ResponseEncoder(), at now: ContinuousClock.Instant,
    observe: @escaping @Sendable (Exchange) -> Void
  ) {
    self.client = client
    self.handler = handler
    self.timeouts = timeouts
    self.encoder = encoder
    self.observe = observe
    parser = RequestParser(limits: limits, client: client)
    waitStart = now
  }

  // MARK: What the owner asks

  var wantsToRead: Bool {
    switch phase {
    case .receiving, .handling, .streaming:
      inputEnd == nil && parser.unused < Self.readAhead
    case .lingering: inputEnd == nil
    case .flushing, .aborted, .closed: false
    }
  }

  /// Whether a streamed body may go on.
  var wantsMoreOfStream: Bool { output.count < Self.outputMark }

  /// When `expire(at:)` is due, if nothing happens before.
  var deadline: ContinuousClock.Instant? {
    let writeDeadline = writeStart.map {
      $0 + timeouts.write + timeouts.allowance(for: writtenSinceStart)
    }
    guard let phaseDeadline else { return writeDeadline }
    return writeDeadline.map { min($0, phaseDeadline) } ?? phaseDeadline
  }

  private var phaseDeadline: ContinuousClock.Instant? {
    switch phase {
    case .receiving where output.count < Self.outputMark:
      switch waitProgress {
      case .idle: waitStart + timeouts.idle
      case .head: waitStart + timeouts.head
      case .body: waitStart + timeouts.body + timeouts.allowance(for: parser.bodyBytes)
      }
    case .handling, .streaming: inputEnd.map { $0 + timeouts.abandonGrace }
    case .lingering(let end): end
    case .receiving, .flushing, .aborted, .closed: nil
    }
  }

  // MARK: What the owner tells

  mutating func receive(_ bytes: UnsafeRawBufferPointer) {
    switch phase {
    case .receiving, .handling, .streaming: parser.feed(bytes)
    case .flushing, .lingering, .aborted, .closed: break
    }
  }

  /// The client has sent all that it will.
  mutating func receiveEnd(at now: ContinuousClock.Instant) {
    inputEnd = inputEnd ?? now
  }

  mutating func didSend(_ count: Int, at now: ContinuousClock.Instant) {
    output.remove(count)
    if output.isEmpty {
      writeStart = nil
      writtenSinceStart = 0
    } else if writeStart == nil {
      writeStart = now
    } else {
      writtenSinceStart += count
    }
  }

  /// The connection is broken: a reset, or a failed write.
  mutating func fail(at now: ContinuousClock.Instant) {
    if case .closed = phase { return }
    endExchange(at: now)
    phase = .aborted
  }

  /// Takes no further request: an idle connection closes, others after the answer at hand.
  mutating func drain() { isDraining = true }

  /// A deadline has passed.
  mutating func expire(at now: ContinuousClock.Instant) {
    guard let deadline, deadline <= now else { return }
    if let phaseDeadline, phaseDeadline <= now, case .receiving = phase, waitProgress != .idle {
      refuse(
        Refusal(.requestTimeout, "the request did not come in time (RFC 9110 section 15.5.9)"),
        at: now)
    } else {
      fail(at: now)
    }
  }

  // MARK: Answers

  /// The handler has answered; ignored when the connection is no longer there to be answered.
  mutating func answer(_ response: Response, at now: ContinuousClock.Instant) {
    guard case .handling = phase else { return }
    send(response, closing: false, at: now)
  }

  /// Sends a piece of a streamed body; returns false when there is nobody to send it to.
  mutating func write(_ bytes: [UInt8]) -> Bool {
    guard case .streaming = phase else { return false }
    append { [context] in ResponseEncoder.encodePiece(bytes, in: context, to: &$0) }
    return true
  }

  /// The streamed body is over; cut short, the connection closes without the end mark.
  mutating func endStream(isComplete: Bool, at now: ContinuousClock.Instant) {
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

  private mutating func refuse(_ refusal: Refusal, at now: ContinuousClock.Instant) {
    if pending == nil { pending = PendingExchange(start: now) }
    pending?.refusal = refusal
    send(earlyAnswer ?? handler.response(to: refusal), closing: true, at: now)
  }

  private mutating func send(
    _ response: Response, closing: Bool, at now: ContinuousClock.Instant
  ) {
    var response = response
    context.isHead = head?.method == .head
    context.version = head?.version ?? .http11
    context.keepsAlive = !closing && !isDraining && head?.keepsAlive == true
    if case .stream = response.body, context.version == .http10 { context.keepsAlive = false }

    let before = output.count
    do throws(ResponseEncoder.Fault) {
      try output.append { bytes throws(ResponseEncoder.Fault) in
        try encoder.encode(response, in: context, to: &bytes)
      }
    } catch {
      // The handler's fault, not the client's: the least answer that is sure to be sound.
      let refusal = Refusal(.internalServerError, "the server made an answer that cannot be sent")
      pending?.refusal = refusal
      response = Response(status: refusal.status)
      context.keepsAlive = false
      output.append { try? encoder.encode(response, in: context, to: &$0) }
    }
    pending?.bytesOut += output.count - before
    pending?.status = response.status
    pending?.route = response.route
    pending?.requestID = response.requestID

    if case .stream(let stream) = response.body,
      ResponseEncoder.hasBody(response.status, in: context)
    {
      phase = .streaming
      streamToStart = stream
    } else {
      completeAnswer(at: now)
    }
  }

  private mutating func completeAnswer(at now: ContinuousClock.Instant) {
    // A client that asked to close sends no more, so closing at once cannot reset the answer.
    let clientCloses = head.map { !$0.keepsAlive } ?? false
    endExchange(at: now)
    earlyAnswer = nil
    if context.keepsAlive {
      phase = .receiving
      waitProgress = .idle
      waitStart = now
    } else {
      let inputIsOver = clientCloses && parser.progress == .idle
      phase = .flushing(lingers: !inputIsOver)
    }
  }

  private mutating func endExchange(at now: ContinuousClock.Instant) {
    guard let ended = pending else { return }
    observe(
      Exchange(
        method: head?.method, path: head?.target.rawPath, route: ended.route,
        status: ended.status, bytesIn: ended.bytesIn, bytesOut: ended.bytesOut,
        duration: now - ended.start, client: client, requestID: ended.requestID,
        refusal: ended.refusal))
    pending = nil
    head = nil
  }

  // MARK: The next step

  /// Moves on as far as the bytes at hand allow and says what is to be done; nil when nothing is.
  mutating func next(at now: ContinuousClock.Instant) -> Action? {
    while true {
      switch phase {
      case .receiving:
        guard output.count < Self.outputMark, let request = receiveRequest(at: now) else {
          if case .receiving = phase { return nil }
          continue
        }
        phase = .handling
        return .run(request)
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

  /// Reads on until a request is complete, an answer has been queued or the bytes are used up.
  private mutating func receiveRequest(at now: ContinuousClock.Instant) -> Request? {
    while case .receiving = phase, output.count < Self.outputMark {
      switch parser.next() {
      case .head(let head):
        self.head = head
        pending = PendingExchange(start: now)
        hasSentContinue = false
        earlyAnswer = handler.judge(head)
      case .request(let request):
        pending?.bytesIn = request.body.count
        guard let earlyAnswer else { return request }
        send(earlyAnswer, closing: false, at: now)
      case .refused(let refusal): refuse(refusal, at: now)
      case .needsMore:
        waitForMore(at: now)
        return nil
      }
    }
    return nil
  }

  private mutating func waitForMore(at now: ContinuousClock.Instant) {
    let progress = parser.progress
    if let earlyAnswer {
      send(earlyAnswer, closing: true, at: now)
    } else if progress == .idle {
      if inputEnd != nil || isDraining { phase = .flushing(lingers: false) }
    } else if inputEnd != nil {
      refuse(.badRequest("the request is incomplete (RFC 9112 section 8)"), at: now)
    } else if head?.expectsContinue == true, !hasSentContinue, parser.bodyBytes == 0 {
      hasSentContinue = true
      output.append { $0.append(contentsOf: "HTTP/1.1 100 Continue\r\n\r\n".utf8) }
    }
    if progress != waitProgress {
      waitProgress = progress
      waitStart = now
    }
  }
}
