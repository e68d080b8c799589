public import HTTPTypes

/// An answer: its status, its fields and its body.
///
/// Framing is the server's business: `Content-Length`, `Transfer-Encoding`, `Connection` and `Date`
/// are written by it, and dropped when they are among the fields here.
public struct Response: Sendable {
  public enum Body: Sendable {
    case bytes([UInt8])

    /// Written piece by piece while the closure runs, as server-sent events are.
    ///
    /// The closure's task is cancelled when the client goes. When it throws, the connection is
    /// closed without the mark of a complete body, so that the client sees that it is cut.
    case stream(@Sendable (BodyWriter) async throws -> Void)
  }

  public var status: HTTPResponse.Status
  public var fields: HTTPFields
  public var body: Body

  public init(
    status: HTTPResponse.Status, fields: HTTPFields = [:], body: Body = .bytes([])
  ) {
    self.status = status
    self.fields = fields
    self.body = body
  }
}

/// Where a streamed body is written to.
public struct BodyWriter: Sendable {
  private let send: @Sendable ([UInt8]) async throws -> Void

  /// - Parameter send: takes one piece, and returns when the next one may come.
  public init(_ send: @escaping @Sendable ([UInt8]) async throws -> Void) { self.send = send }

  /// Sends one piece of the body; waits while the client is slow to read what was sent before.
  ///
  /// - Throws: `CancellationError` once the client is gone.
  public func write(_ bytes: [UInt8]) async throws { try await send(bytes) }
}
