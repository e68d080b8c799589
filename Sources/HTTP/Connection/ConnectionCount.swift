import Synchronization

/// Counts the open connections and all accepted ones. May be read from any thread.
public final class ConnectionCount: Sendable {
  private let openCount = Atomic(0)
  private let acceptedCount = Atomic(0)

  public init() {}

  /// The number of open connections.
  public var open: Int { openCount.load(ordering: .sequentiallyConsistent) }

  /// The number of connections accepted since the start.
  public var accepted: Int { acceptedCount.load(ordering: .relaxed) }

  func add() {
    openCount.add(1, ordering: .relaxed)
    acceptedCount.add(1, ordering: .relaxed)
  }

  func remove() { openCount.subtract(1, ordering: .sequentiallyConsistent) }
}
