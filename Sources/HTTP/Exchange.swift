public import HTTPTypes

/// One request and what became of it, as an access log and metrics tell it.
public struct Exchange: Sendable {
  /// The method, or nil when the request was refused before it could be read.
  public let method: HTTPRequest.Method?

  /// The path as it came, without the query; nil when it could not be read.
  public let path: String?

  /// The template of the route that answered, when the answer names it.
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

  /// What the handler knew of the request when it was judged or refused.
  public let context: (any Sendable)?

  /// Why the server refused by itself, when it did.
  public let refusal: Refusal?
}

/// What is known of an exchange before it is over.
struct PendingExchange {
  let start: Instant
  var bytesIn = 0
  var bytesOut = 0
  /// What its body takes of the server's budget.
  var charge: BodyBudget.Charge
  var route: String?
  var context: (any Sendable)?
  var status: HTTPResponse.Status?
  var refusal: Refusal?

  /// Its bodies take the client's share of the budget.
  init(start: Instant, client: String) {
    self.start = start
    charge = BodyBudget.Charge(client: client)
  }

  /// The exchange as it ends now.
  func exchange(
    of head: RequestHead?, client: Address, isComplete: Bool, at now: Instant
  ) -> Exchange {
    Exchange(
      method: head?.method, path: head?.target.rawPath, route: route, status: status,
      bytesIn: bytesIn, bytesOut: bytesOut, isComplete: isComplete, duration: now - start,
      client: client, context: context, refusal: refusal)
  }
}
