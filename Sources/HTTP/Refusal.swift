public import HTTPTypes

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
