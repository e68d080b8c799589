/// How long a connection waits for what; every wait has a limit.
public struct Timeouts: Sendable, Equatable {
  /// For the next request on an open connection, which is then closed without a word.
  public var idle = Duration.seconds(60)

  /// For a whole head, from its first byte; then 408.
  ///
  /// One limit in all: one that started anew at every byte would let slow heads last for ever.
  public var head = Duration.seconds(10)

  /// For a whole body, from its head, and as much longer as `minimumRate` allows for; then 408.
  public var body = Duration.seconds(30)

  /// For the client to read what is sent, and as much longer as `minimumRate` allows for.
  public var write = Duration.seconds(30)

  /// Bytes per second that lengthen the waits for a body and for an answer to be read.
  public var minimumRate = 16 * 1024

  /// For the client's end of stream after the last answer has been sent.
  public var linger = Duration.seconds(5)

  /// For an answer once the client's end of stream has come; then its task is cancelled.
  public var abandonGrace = Duration.seconds(2)

  public init() {}

  /// What so many bytes add to a wait.
  func allowance(for bytes: Int) -> Duration {
    .milliseconds(Double(bytes) * 1000 / Double(max(1, minimumRate)))
  }
}
