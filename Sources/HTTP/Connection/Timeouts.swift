/// How long a connection waits for what; every wait has a limit.
public struct Timeouts: Sendable, Equatable {
  /// For the next request on an open connection, which is then closed without a word.
  public var idle = Duration.seconds(60)

  /// For a whole head, from its first byte; then 408.
  ///
  /// One limit in all: one that started anew at every byte would let slow heads last for ever.
  public var head = Duration.seconds(10)

  /// For a whole body, from its head, and as much longer as `minimumRate` adds; then 408.
  ///
  /// Also the longest pause within it.
  public var body = Duration.seconds(30)

  /// For the client to read what is sent, and as much longer as `minimumRate` adds.
  ///
  /// Also the longest pause within it.
  public var write = Duration.seconds(30)

  /// Bytes per second: what has been transferred, at this rate, is added to `body` and `write`.
  public var minimumRate = 16 * 1024

  /// For the client's end of stream after the last answer has been sent.
  public var linger = Duration.seconds(5)

  /// For an answer once the client's end of stream has come; then its task is cancelled.
  public var abandonGrace = Duration.seconds(2)

  public init() {}
}
