public import HTTPTypes

/// The supported versions of HTTP/1; a later minor version is treated as 1.1.
public enum Version: Sendable, Equatable {
  case http10, http11
}

/// A request's first line and fields, before its body.
///
/// An immutable class rather than a struct: it is passed on several times per request, and copying
/// a reference costs less than copying a dozen strings.
public final class RequestHead: Sendable {
  public let method: HTTPRequest.Method
  public let target: RequestTarget
  public let version: Version

  /// The fields as received, including `Host`, without trailers.
  public let fields: HTTPFields

  /// The requested host: from an absolute target, else from `Host` (RFC 9112 §3.3); nil only with
  /// HTTP/1.0.
  public let authority: Authority?

  /// The other end of the connection.
  public let client: Address

  /// How the end of the body is determined.
  let framing: Framing

  /// Whether the client waits for `100 Continue` before it sends the body (RFC 9110 §10.1.1).
  let expectsContinue: Bool

  /// Whether the connection may stay open after the response (RFC 9112 §9.3).
  let keepsAlive: Bool

  enum Framing: Sendable, Equatable {
    case none
    case length(Int)
    case chunked
  }

  init(
    method: HTTPRequest.Method, target: RequestTarget, version: Version, fields: HTTPFields,
    authority: Authority?, client: Address, framing: Framing, expectsContinue: Bool,
    keepsAlive: Bool
  ) {
    self.method = method
    self.target = target
    self.version = version
    self.fields = fields
    self.authority = authority
    self.client = client
    self.framing = framing
    self.expectsContinue = expectsContinue
    self.keepsAlive = keepsAlive
  }

  /// The declared length of the body: 0 without a body, nil for a chunked one.
  public var contentLength: Int? {
    switch framing {
    case .none: 0
    case .length(let length): length
    case .chunked: nil
    }
  }
}

/// A complete request: its head and its body.
public struct Request: Sendable {
  public let head: RequestHead

  /// The content without chunk framing; empty when there is none.
  public let body: [UInt8]

  public var method: HTTPRequest.Method { head.method }
  public var target: RequestTarget { head.target }
  public var fields: HTTPFields { head.fields }
}
