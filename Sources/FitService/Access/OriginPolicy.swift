import HTTP
import HTTPTypes

/// Which web pages may use the service through a visitor's browser.
///
/// Two attacks are refused. Any page could make the browser post to the service, because browsers
/// send the content type of `curl -d` without a CORS preflight. And a page can let its own host
/// name resolve to the loopback address (DNS rebinding). Browsers fill in `Origin`,
/// `Sec-Fetch-Site` and `Host` themselves, and these fields reveal both.
struct OriginPolicy: Sendable {
  /// Whether the server listens on a loopback address only.
  var isLoopback: Bool
  /// Names of the server that `Host` may have besides those of the loopback. When empty, a server
  /// that does not listen on a loopback address accepts every name.
  var allowedHosts: Set<String>
  /// Origins of other sites whose pages may use the service.
  var corsOrigins: Set<String>

  enum Refusal: Equatable {
    /// 421: the request is meant for another server.
    case misdirected
    /// 403: a page of another site sent it.
    case crossSite
  }

  /// Why a request is refused; nil when it is not.
  func refusal(of head: RequestHead) -> Refusal? {
    if isLoopback || !allowedHosts.isEmpty, let host = head.authority?.host,
      !Self.isLoopback(host), !allowedHosts.contains(host)
    {
      return .misdirected
    }
    guard ![.get, .head, .options].contains(head.method) else { return nil }
    if let origin = head.fields[.origin]?.lowercased() {
      return isOwn(origin, authority: head.authority) || corsOrigins.contains(origin)
        ? nil : .crossSite
    }
    return head.fields[.secFetchSite]?.lowercased() == "cross-site" ? .crossSite : nil
  }

  /// The request's origin if it is one of `corsOrigins`.
  func allowedOrigin(of head: RequestHead) -> String? {
    guard let origin = head.fields[.origin], corsOrigins.contains(origin.lowercased()) else {
      return nil
    }
    return origin
  }

  /// Whether an origin is the authority that the request itself names, over HTTP or, behind a
  /// proxy, over HTTPS.
  private func isOwn(_ origin: String, authority: Authority?) -> Bool {
    guard let authority else { return false }
    let host = authority.host.contains(":") ? "[\(authority.host)]" : authority.host
    return [("http", 80), ("https", 443)].contains { scheme, defaultPort in
      // Origins leave out the default port (RFC 6454 section 6.2).
      let port = authority.port.flatMap { $0 == UInt16(defaultPort) ? nil : ":\($0)" } ?? ""
      return origin == "\(scheme)://\(host)\(port)"
    }
  }

  /// Whether a host is the loopback, by name (RFC 6761 section 6.3) or by address.
  static func isLoopback(_ host: String) -> Bool {
    host == "localhost" || host.hasSuffix(".localhost") || IPAddress(host)?.isLoopback == true
  }
}

extension OriginPolicy {
  /// Adds the fields that let pages of `corsOrigins` read the response (Fetch standard, CORS
  /// protocol).
  func allow(_ response: inout Response, for head: RequestHead) {
    guard !corsOrigins.isEmpty else { return }
    response.fields[.vary] = [response.fields[.vary], "Origin"].compactMap { $0 }
      .joined(separator: ", ")
    guard let origin = allowedOrigin(of: head) else { return }
    response.fields[.accessControlAllowOrigin] = origin
    response.fields[.accessControlExposeHeaders] =
      "Location, Retry-After, ETag, Link, Preference-Applied, Cache-Status, X-Request-Id, "
      + "RateLimit, RateLimit-Policy"
    guard head.method == .options else { return }
    response.fields[.accessControlAllowMethods] = response.fields[.allow]
    response.fields[.accessControlAllowHeaders] =
      "Content-Type, Accept, Prefer, Cache-Control, Idempotency-Key, Authorization, X-Request-Id, "
      + "traceparent"
    response.fields[.accessControlMaxAge] = "600"
  }
}
