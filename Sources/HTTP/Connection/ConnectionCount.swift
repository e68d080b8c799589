import Synchronization

/// How many connections there are and were; read from any thread.
public final class ConnectionCount: Sendable {
  private let openCount = Atomic(0)
  private let acceptedCount = Atomic(0)

  public init() {}

  /// Connections open now.
  public var open: Int { openCount.load(ordering: .sequentiallyConsistent) }

  /// Connections accepted since the start.
  public var accepted: Int { acceptedCount.load(ordering: .relaxed) }

  func add() {
    openCount.add(1, ordering: .relaxed)
    acceptedCount.add(1, ordering: .relaxed)
  }

  func remove() { openCount.subtract(1, ordering: .sequentiallyConsistent) }
}
