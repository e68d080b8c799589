/// What a server serves: it judges heads, answers requests and words refusals.
public protocol Handler: Sendable {
  /// Looks at a request's head before its body is read; called once for each.
  ///
  /// Runs on the connection's queue, so it must be quick. After a refusal the connection is
  /// closed unless the whole body has already arrived.
  func judge(_ head: RequestHead) -> Judgement

  /// Answers a request.
  ///
  /// Runs on the connection's queue, which others share, whenever it does not wait: what computes
  /// for milliseconds has to go elsewhere. The task is cancelled when the client has gone. One
  /// connection has one request answered at a time.
  func respond(to request: Request) async -> Response

  /// Gives a refusal its form: a message that is none, a limit passed, a fault of our own.
  ///
  /// `context` is what `judge` gave, nil when there was no head to judge; it may be set.
  func response(to refusal: Refusal, context: inout (any Sendable)?) -> Response
}

/// What a handler makes of a request by its head alone.
public struct Judgement: Sendable {
  /// The answer, when the head decides it; nil lets the body come.
  public var refusal: Response?

  /// What the handler knows of the request from now on; it comes back with the request, and with
  /// the exchange in the end.
  public var context: (any Sendable)?

  /// The most bytes that the request's body may have, 0 for none; beyond them, as beyond the
  /// server's own limit, the answer is 413.
  public var bodyLimit: Int

  /// Whom the request's bodies are counted for; nil is the address of the connection's other end,
  /// which may be a proxy with many clients.
  public var account: String?

  public init(
    refusal: Response? = nil, context: (any Sendable)? = nil, bodyLimit: Int = .max,
    account: String? = nil
  ) {
    self.refusal = refusal
    self.context = context
    self.bodyLimit = bodyLimit
    self.account = account
  }
}
