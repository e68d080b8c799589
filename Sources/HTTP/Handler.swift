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

  public init(refusal: Response? = nil, context: (any Sendable)? = nil) {
    self.refusal = refusal
    self.context = context
  }
}
