import Fits
import Foundation
import HTTP
import HTTPTypes
import Locks

/// Who may ask, and how often: what the head of a request decides before any route is asked.
struct Access: Sendable {
  let origins: OriginPolicy
  var proxies = TrustedProxies(ranges: [])
  /// Nil when nobody needs a key; everybody's jobs are everybody's then.
  var keys: KeyRing?
  /// Nil when everybody may ask as often as they like.
  var limiter: Locked<RateLimiter>?
  /// The clock of the limiter, in seconds.
  var uptime: @Sendable () -> Double = { ProcessInfo.processInfo.systemUptime }

  /// Who sends a request; it counts against the client's rate if `isCounted`.
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

  /// Throws why a request is not served.
  ///
  /// Where there are keys, everything but the open routes needs one, also what does not exist.
  /// Browsers ask with OPTIONS, without any, whether they may ask.
  func check(_ head: RequestHead, isOpen: Bool, from caller: Caller) throws(Problem) {
    switch origins.refusal(of: head) {
    case .misdirected:
      throw Problem(.misdirectedRequest, "The server is not known by the name in `Host`.")
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
    // RFC 6750 section 3: nothing more is said to who sent nothing.
    let challenge = "Bearer realm=\"bnsl\"" + (isWrong ? ", error=\"invalid_token\"" : "")
    return Problem(
      .unauthorized,
      isWrong ? "This API key is unknown or revoked." : "This needs an API key.",
      fields: [.wwwAuthenticate: challenge])
  }

  /// Adds what every answer carries.
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
