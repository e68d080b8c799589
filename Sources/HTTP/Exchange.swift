public import HTTPTypes

/// One request and what became of it, as an access log and metrics tell it.
public struct Exchange: Sendable {
  /// The method, or nil when the request was refused before it could be read.
  public let method: HTTPRequest.Method?

  /// The path as it came, without the query; nil when it could not be read.
  public let path: String?

  /// The template of the route that answered; nil when none did.
  public let route: String?

  /// The status of the answer, or nil when the client went before there was one.
  public let status: HTTPResponse.Status?

  /// Bytes of the body received, chunks joined.
  public let bytesIn: Int

  /// Bytes of the answer, head and framing included.
  public let bytesOut: Int

  /// Whether the answer was made whole; false when it was cut or there was none.
  public let isComplete: Bool

  /// From the complete head to the complete answer being handed to the socket.
  public let duration: Duration

  /// The other end of the connection, which may be a proxy.
  public let client: Address

  /// What the handler's plan tells of the request besides.
  public let label: any Sendable

  /// Why the server refused by itself, when it did.
  public let refusal: Refusal?
}

/// What is known of an exchange before it is over.
struct PendingExchange {
  let start: Instant
  let plan: Plan
  var bytesIn = 0
  var bytesOut = 0
  /// What its body takes of the server's budget.
  var charge: BodyBudget.Charge
  var status: HTTPResponse.Status?
  var refusal: Refusal?

  /// Its bodies take the share of the budget of the plan's account, or else of the client.
  init(start: Instant, plan: Plan, client: String) {
    self.start = start
    self.plan = plan
    charge = BodyBudget.Charge(client: plan.account ?? client)
  }

  /// The exchange as it ends now.
  func exchange(
    of head: RequestHead?, client: Address, isComplete: Bool, at now: Instant
  ) -> Exchange {
    Exchange(
      method: head?.method, path: head?.target.rawPath, route: plan.route, status: status,
      bytesIn: bytesIn, bytesOut: bytesOut, isComplete: isComplete, duration: now - start,
      client: client, label: plan.label, refusal: refusal)
  }
}
