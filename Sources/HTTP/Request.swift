public import HTTPTypes

/// The versions of HTTP/1 that a request is served by; a later minor version counts as 1.1.
public enum Version: Sendable, Equatable {
  case http10, http11
}

/// A request's first line and fields, before its body.
///
/// A value in all but name: nothing in it changes. It is an object because it is handed on several
/// times per request, and a reference is copied more cheaply than a dozen strings.
public final class RequestHead: Sendable {
  public let method: HTTPRequest.Method
  public let target: RequestTarget
  public let version: Version

  /// The fields as they came, `Host` included; trailers are not among them.
  public let fields: HTTPFields

  /// The host that is asked: of an absolute target, else of `Host` (RFC 9112 §3.3); nil only
  /// with HTTP/1.0.
  public let authority: Authority?

  /// The other end of the connection.
  public let client: Address

  /// How the body's end is found.
  let framing: Framing

  /// Whether the client wants `100 Continue` before it sends the body (RFC 9110 §10.1.1).
  let expectsContinue: Bool

  /// Whether the client lets the connection stay open (RFC 9112 §9.3).
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

  /// The body's length as announced: 0 without a body, nil when it is sent in chunks.
  public var contentLength: Int? {
    switch framing {
    case .none: 0
    case .length(let length): length
    case .chunked: nil
    }
  }
}

/// A request, whole: its head and its body.
public struct Request: Sendable {
  public let head: RequestHead

  /// The content, chunks joined; empty without one.
  public let body: [UInt8]

  public var method: HTTPRequest.Method { head.method }
  public var target: RequestTarget { head.target }
  public var fields: HTTPFields { head.fields }
}
