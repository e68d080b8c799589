import Fits
import HTTP
import HTTPTypes

/// One entry of the table of routes.
struct Route: Sendable {
  /// Who may use a route.
  enum Access: Sendable {
    /// Every client.
    case open
    /// With API keys, only a client that has one.
    case key
  }

  /// Answers a request whose body has arrived.
  typealias Reply = @Sendable (Request) async throws(Problem) -> Response

  let method: HTTPRequest.Method
  /// A template such as `/jobs/{id}`.
  let path: String
  let access: Access
  /// Whether requests count against their client's rate limit; those of probes do not.
  let isCounted: Bool
  /// The largest body in bytes; the server's own limit applies too.
  let bodyLimit: Int
  /// Reads the head of a call, and refuses it with 415 or 406 before its body is read.
  let plan: @Sendable (Call) throws(Problem) -> Reply

  /// A route whose requests have bodies.
  init(
    _ method: HTTPRequest.Method, _ path: String, _ access: Access, body bodyLimit: Int,
    _ plan: @escaping @Sendable (Call) -> () throws(Problem) -> Reply
  ) {
    self.method = method
    self.path = path
    self.access = access
    self.bodyLimit = bodyLimit
    isCounted = true
    self.plan = { call throws(Problem) in try plan(call)() }
  }

  /// A route whose requests have no bodies.
  init(
    _ method: HTTPRequest.Method, _ path: String, _ access: Access, isCounted: Bool = true,
    _ answer: @escaping @Sendable (Call) -> () async throws(Problem) -> Response
  ) {
    self.method = method
    self.path = path
    self.access = access
    self.isCounted = isCounted
    bodyLimit = 0
    plan = { call in { _ throws(Problem) in try await answer(call)() } }
  }
}

extension Route {
  /// Every route of the service.
  static func all(within limits: FitRequest.Limits) -> [Route] {
    // 32 bytes for each x: 17 digits, sign, exponent and separator; and 64 KiB for everything else.
    let evaluationLimit = 64 * 1024 + 32 * limits.predictions
    return [
      Route(.get, "/", .open, Call.home),
      Route(.post, "/fit", .key, body: .max, Call.fit),
      Route(.post, "/read", .key, body: .max, Call.readTable),
      Route(.post, "/evaluate", .key, body: evaluationLimit, Call.evaluate),
      Route(.post, "/simulate", .key, body: .max, Call.simulate),

      Route(.get, "/jobs", .key, Call.listJobs),
      Route(.get, "/jobs/{id}", .key, Call.job),
      Route(.delete, "/jobs/{id}", .key, Call.deleteJob),
      Route(.get, "/jobs/{id}/result", .key, Call.result),
      Route(.get, "/jobs/{id}/events", .key, Call.events),
      Route(.post, "/jobs/{id}/cancel", .key, Call.cancelJob),

      Route(.get, "/healthz", .open, isCounted: false, Call.health),
      Route(.get, "/readyz", .open, isCounted: false, Call.readiness),
      Route(.get, "/metrics", .key, Call.figures),
      Route(.get, "/version", .open, Call.version),
      Route(.get, "/openapi.yaml", .open, Call.openAPI),
      Route(.get, "/problems/{code}", .open, Call.explanation),
    ]
  }
}
