public import HTTPTypes

/// Why a message is not served: the status to answer with, and the rule it breaks, in words.
///
/// The reason is meant for the client: it names the clause, never anything of the server's own.
public struct Refusal: Error, Sendable, Equatable {
  /// The status of the answer.
  public let status: HTTPResponse.Status

  /// One sentence that says what was wrong, with the clause it goes against where there is one.
  public let reason: String

  public init(_ status: HTTPResponse.Status, _ reason: String) {
    self.status = status
    self.reason = reason
  }

  static func badRequest(_ reason: String) -> Refusal { Refusal(.badRequest, reason) }
}
