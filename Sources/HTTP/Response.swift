public import HTTPTypes

/// A response: its status, its fields and its body.
///
/// The server itself writes `Content-Length`, `Transfer-Encoding`, `Connection` and `Date`; it
/// ignores these names among `fields`.
public struct Response: Sendable {
  public enum Body: Sendable {
    case bytes([UInt8])

    /// Written piece by piece while the closure runs, for example server-sent events.
    ///
    /// The closure's task is cancelled when the client disconnects. When the closure throws, the
    /// connection is closed without the final chunk, so the client sees that the body is
    /// incomplete.
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

/// Writes the pieces of a streamed body.
public struct BodyWriter: Sendable {
  private let send: @Sendable ([UInt8]) async throws -> Void

  /// - Parameter send: sends one piece, and returns when the next one may be sent.
  public init(_ send: @escaping @Sendable ([UInt8]) async throws -> Void) { self.send = send }

  /// Sends one piece of the body. Waits while the client has too many unread bytes.
  ///
  /// - Throws: `CancellationError` once the client has disconnected.
  public func write(_ bytes: [UInt8]) async throws { try await send(bytes) }
}

/// Why a message is refused: the status of the response, and the rule that the message breaks.
///
/// The reason is written for the client. It never contains internal details of the server.
public struct Refusal: Error, Sendable, Equatable {
  /// The status of the response.
  public let status: HTTPResponse.Status

  /// One sentence that says what was wrong, with the section of the RFC if there is one.
  public let reason: String

  public init(_ status: HTTPResponse.Status, _ reason: String) {
    self.status = status
    self.reason = reason
  }

  static func badRequest(_ reason: String) -> Refusal { Refusal(.badRequest, reason) }
}
