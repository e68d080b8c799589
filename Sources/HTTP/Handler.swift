/// Decides, from the head of each request, how a server answers it.
public protocol Handler: Sendable {
  /// Decides from a request's head how it is answered. Called once per request.
  ///
  /// Runs on the connection's queue, so it must not block.
  func plan(_ head: RequestHead) -> Plan

  /// The plan for a message that is refused because its head cannot be read.
  var planWithoutHead: Plan { get }
}

/// How a request is answered; decided from its head.
public struct Plan: Sendable {
  /// Answers a request.
  ///
  /// Runs on the connection's queue between its suspension points. Other connections share this
  /// queue, so computations of a millisecond or more must run elsewhere. The task is cancelled when
  /// the client has disconnected. Each connection answers one request at a time.
  public typealias Reply = @Sendable (Request) async -> Response

  public enum Answer: Sendable {
    /// A response that depends on the head alone. The connection is closed afterwards, unless the
    /// whole body has already arrived.
    case now(Response)
    /// A response that is computed once the body has arrived.
    case afterBody(Reply)
  }

  public var answer: Answer

  /// The largest request body in bytes; 0 allows no body. A larger body is refused with 413, as is
  /// one above the server's own limit.
  public var bodyLimit: Int

  /// The account that the request's bodies are charged to. Nil charges them to the peer address of
  /// the connection, which may be a proxy with many clients.
  public var account: String?

  /// The template of the matching route, for logs and metrics.
  public var route: String?

  /// More data about the request, for logs and metrics.
  public var label: any Sendable

  /// Makes the response to a refusal by the server itself: an exceeded limit, a missed deadline or
  /// an internal error.
  public var refuse: @Sendable (Refusal) -> Response

  public init(
    _ answer: Answer, bodyLimit: Int = .max, account: String? = nil, route: String? = nil,
    label: any Sendable, refuse: @escaping @Sendable (Refusal) -> Response
  ) {
    self.answer = answer
    self.bodyLimit = bodyLimit
    self.account = account
    self.route = route
    self.label = label
    self.refuse = refuse
  }

  /// The plan for a message whose head cannot be read.
  public init(label: any Sendable, refuse: @escaping @Sendable (Refusal) -> Response) {
    self.init(.now(refuse(.badRequest("the head cannot be read"))), label: label, refuse: refuse)
  }
}
