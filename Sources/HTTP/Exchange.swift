public import HTTPTypes

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
