public import HTTPTypes

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

/// One request and its response, for the access log and metrics.
public struct Exchange: Sendable {
  /// The method, or nil when the request was refused before it could be read.
  public let method: HTTPRequest.Method?

  /// The path as received, without the query; nil when it could not be read.
  public let path: String?

  /// The template of the route that answered; nil when none did.
  public let route: String?

  /// The status of the response; nil when the client disconnected before there was one.
  public let status: HTTPResponse.Status?

  /// The number of body bytes received, without chunk framing.
  public let bytesIn: Int

  /// The number of bytes of the response, including its head and framing.
  public let bytesOut: Int

  /// Whether the complete response was written; false when it was cut off or there was none.
  public let isComplete: Bool

  /// The time from the complete request head until the complete response is passed to the socket.
  public let duration: Duration

  /// The other end of the connection, which may be a proxy.
  public let client: Address

  /// The `label` of the handler's plan.
  public let label: any Sendable

  /// Why the server itself refused the request; nil when it did not.
  public let refusal: Refusal?
}

/// An exchange that has not ended yet.
struct PendingExchange {
  let start: Instant
  let plan: Plan
  var bytesIn = 0
  var bytesOut = 0
  /// The bytes that the request body takes from the server's body budget.
  var charge: BodyBudget.Charge
  var status: HTTPResponse.Status?
  var refusal: Refusal?

  /// Charges the body to the plan's account, or to the client when the plan has none.
  init(start: Instant, plan: Plan, client: String) {
    self.start = start
    self.plan = plan
    charge = BodyBudget.Charge(client: plan.account ?? client)
  }

  /// The finished exchange, when it ends at `now`.
  func exchange(
    of head: RequestHead?, client: Address, isComplete: Bool, at now: Instant
  ) -> Exchange {
    Exchange(
      method: head?.method, path: head?.target.rawPath, route: plan.route, status: status,
      bytesIn: bytesIn, bytesOut: bytesOut, isComplete: isComplete, duration: now - start,
      client: client, label: plan.label, refusal: refusal)
  }
}
