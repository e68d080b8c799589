/// What a server serves: it judges heads, answers requests and words refusals.
public protocol Handler: Sendable {
  /// Refuses a request by its head alone, before its body is read; nil lets it come.
  ///
  /// Runs on the connection's queue, so it must be quick. After a refusal the connection is
  /// closed unless the whole body has already arrived.
  func judge(_ head: RequestHead) -> Response?

  /// Answers a request.
  ///
  /// Runs on the connection's queue up to the first suspension: keep that part short. The task is
  /// cancelled when the client has gone. One connection has one request answered at a time.
  func respond(to request: Request) async -> Response

  /// Gives a refusal its form: a message that is none, a limit passed, a fault of our own.
  func response(to refusal: Refusal) -> Response
}
