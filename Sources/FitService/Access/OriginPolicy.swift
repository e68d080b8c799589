import HTTP
import HTTPTypes

/// Which web pages may use the service through a visitor's browser.
///
/// `curl -d` needs no content type that browsers would ask leave for, so any page could send such a
/// request; and a page can point its own name at the loopback address (DNS rebinding). The fields
/// `Origin`, `Sec-Fetch-Site` and `Host` are the browser's own account and tell such requests.
struct OriginPolicy: Sendable {
  /// Whether the server listens on the loopback address alone, and goes by its names.
  var isLoopback: Bool
  /// Names besides the loopback's by which the server may be called; elsewhere than on the loopback
  /// any name will do when there is none.
  var allowedHosts: Set<String>
  /// Origins of other sites whose pages may use the service.
  var corsOrigins: Set<String>

  enum Refusal: Equatable {
    /// 421: the request is meant for another server.
    case misdirected
    /// 403: a page of another site sent it.
    case crossSite
  }

  /// Why a request is not served, or nil.
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

  /// The origin to allow in the answer (Fetch standard, CORS protocol), or nil.
  func allowedOrigin(of head: RequestHead) -> String? {
    guard let origin = head.fields[.origin], corsOrigins.contains(origin.lowercased()) else {
      return nil
    }
    return origin
  }

  /// Whether an origin is this server as the request names it, over HTTP or, behind a proxy, HTTPS.
  private func isOwn(_ origin: String, authority: Authority?) -> Bool {
    guard let authority else { return false }
    let host = authority.host.contains(":") ? "[\(authority.host)]" : authority.host
    return [("http", 80), ("https", 443)].contains { scheme, defaultPort in
      // Origins leave out the default port (RFC 6454 section 6.2).
      let port = authority.port.flatMap { $0 == UInt16(defaultPort) ? nil : ":\($0)" } ?? ""
      return origin == "\(scheme)://\(host)\(port)"
    }
  }

  /// Whether a host is the loopback, by name (RFC 6761 section 6.3) or by number.
  static func isLoopback(_ host: String) -> Bool {
    host == "localhost" || host.hasSuffix(".localhost") || IPAddress(host)?.isLoopback == true
  }
}

extension OriginPolicy {
  /// Tells the browser that the page may read the answer (Fetch standard, CORS protocol).
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
