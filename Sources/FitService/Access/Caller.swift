/// Who sends a request, and by what names it is told of: what is known from its head on.
struct Caller: Sendable {
  /// The request's name, in its answer, in problems and in the log.
  var requestID = RequestID.made()
  var trace: TraceContext?
  /// The client's numeric address; nil when there was no head to tell it from.
  var client: String?
  /// Whose jobs the request makes and sees: the id of its API key, or "" without one.
  var owner = ""
  /// What the client has left of its rate; nil when the request is not counted.
  var quota: RateLimiter.Quota?

  /// By what it is counted: its API key or else its address, of IPv6 the network of 64 bits, all of
  /// whose addresses one client usually has.
  var account: String {
    if !owner.isEmpty { return owner }
    // IPv4 addresses have one spelling.
    guard let client, client.utf8.contains(UInt8(ascii: ":")), let address = IPAddress(client)
    else { return client ?? "" }
    return address.prefix(64).description
  }

  /// The request as the log of the jobs that it makes names it: its name, and that of its trace.
  var reference: String {
    trace.map { "\(requestID) \($0.traceID)" } ?? requestID
  }
}
