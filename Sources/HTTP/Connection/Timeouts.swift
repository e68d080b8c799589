/// The time limits of a connection; every wait has one.
public struct Timeouts: Sendable, Equatable {
  /// For the first byte of the next request; then the connection is closed without a response.
  public var idle = Duration.seconds(60)

  /// For a whole head, from its first byte; then the response is 408.
  ///
  /// The limit does not restart with every byte, so a slow head cannot keep a connection open.
  public var head = Duration.seconds(10)

  /// For a whole body, from the end of the head, plus the time that `minimumRate` allows for its
  /// bytes; then the response is 408. Also the longest pause within a body.
  public var body = Duration.seconds(30)

  /// For the client to read the response, plus the time that `minimumRate` allows for its bytes. Also
  /// the longest pause within a response.
  public var write = Duration.seconds(30)

  /// In bytes per second: `body` and `write` are extended by the transferred bytes divided by this.
  public var minimumRate = 16 * 1024

  /// For the client to close its side after the last response has been sent.
  public var linger = Duration.seconds(5)

  /// For a response after the client has closed its sending side; then the reply's task is cancelled.
  public var abandonGrace = Duration.seconds(2)

  public init() {}
}
