import Fits
import Foundation
import HTTP
import HTTPTypes
import Locks

/// Who may use the service, and how often; decided from the head of a request.
struct Access: Sendable {
  let origins: OriginPolicy
  var proxies = TrustedProxies(ranges: [])
  /// Nil when no API keys are used; then every client sees all jobs.
  var keys: KeyRing?
  /// Nil when there is no rate limit.
  var limiter: Locked<RateLimiter>?
  /// The clock of the limiter, in seconds.
  var uptime: @Sendable () -> Double = { ProcessInfo.processInfo.systemUptime }

  /// The caller of a request. If `isCounted`, the request counts against the caller's rate limit.
  func caller(of head: RequestHead, isCounted: Bool) -> Caller {
    let key = keys?.key(authorization: head.fields[.authorization])
    let client = proxies.client(of: head)
    var caller = Caller(
      requestID: RequestID.name(for: head), trace: TraceContext(head.fields[.traceparent]),
      client: client, owner: key?.id ?? "")
    if let limiter, isCounted {
      let now = uptime()
      caller.quota = limiter.withLock { $0.take(for: caller.account, at: now) }
    }
    return caller
  }

  /// Refuses a request that must not be served.
  ///
  /// With API keys, every path needs one except the open routes, even a path that does not exist.
  /// OPTIONS needs none, because browsers send a CORS preflight without credentials.
  ///
  /// - Throws: the problem to answer with.
  func check(_ head: RequestHead, isOpen: Bool, from caller: Caller) throws(Problem) {
    switch origins.refusal(of: head) {
    case .misdirected:
      throw Problem(.misdirectedRequest, "`Host` is not a name of this server.")
    case .crossSite:
      throw Problem(.forbiddenOrigin, "A web page of another site sent this request.")
    case nil: break
    }
    if let quota = caller.quota, let seconds = quota.retryAfter {
      throw Problem(
        .rateLimited, "This client may send \(quota.perMinute) requests a minute.",
        retryAfterSeconds: seconds)
    }
    if keys != nil, head.method != .options, !isOpen, caller.owner.isEmpty {
      throw Self.unauthorized(head)
    }
  }

  private static func unauthorized(_ head: RequestHead) -> Problem {
    let isWrong = head.fields[.authorization] != nil
    // A request without credentials gets no error code (RFC 6750 section 3).
    let challenge = "Bearer realm=\"bnsl\"" + (isWrong ? ", error=\"invalid_token\"" : "")
    return Problem(
      .unauthorized,
      isWrong ? "This API key is unknown or revoked." : "This needs an API key.",
      fields: [.wwwAuthenticate: challenge])
  }

  /// Adds the fields that every response has.
  func complete(_ response: inout Response, for head: RequestHead?, from caller: Caller) {
    response.fields[.requestID] = caller.requestID
    response.fields[.xContentTypeOptions] = "nosniff"
    if let quota = caller.quota {
      response.fields[.rateLimitPolicy] = "\"default\";q=\(quota.perMinute);w=60"
      response.fields[.rateLimit] = "\"default\";r=\(quota.remaining);t=\(quota.reset)"
    }
    if let head { origins.allow(&response, for: head) }
  }
}
