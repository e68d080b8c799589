/// What a server serves: it plans by the head of a request how the request is answered.
public protocol Handler: Sendable {
  /// Decides by a request's head how it is answered; called once for each.
  ///
  /// Runs on the connection's queue, so it must be quick.
  func plan(_ head: RequestHead) -> Plan

  /// The plan for a message whose head cannot be read, and which is refused therefore.
  var planWithoutHead: Plan { get }
}

/// How a request is answered, as its head decides.
public struct Plan: Sendable {
  /// Answers a request.
  ///
  /// Runs on the connection's queue, which others share, whenever it does not wait: what computes
  /// for milliseconds has to go elsewhere. The task is cancelled when the client has gone. One
  /// connection has one request answered at a time.
  public typealias Reply = @Sendable (Request) async -> Response

  public enum Answer: Sendable {
    /// Given by the head alone; afterwards the connection is closed unless the whole body has
    /// already arrived.
    case now(Response)
    /// Given when the body has come.
    case afterBody(Reply)
  }

  public var answer: Answer

  /// The most bytes that the request's body may have, 0 for none; beyond them, as beyond the
  /// server's own limit, the answer is 413.
  public var bodyLimit: Int

  /// Whom the request's bodies are counted for; nil is the address of the connection's other end,
  /// which may be a proxy with many clients.
  public var account: String?

  /// The template of the route that answers, for logs and metrics.
  public var route: String?

  /// What else logs and metrics are told of the request.
  public var label: any Sendable

  /// Gives a refusal of the server its form: a limit passed, a deadline missed, a fault of our own.
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
