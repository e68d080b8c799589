import Locks
import Synchronization

/// The work items of one `forEach`: each is claimed by exactly one thread.
final class WorkSet: Sendable {
  let count: Int
  /// Opened when the last item has been computed.
  let done = Gate()
  private let body: @Sendable (Int) -> Void
  private let claimed = Atomic(0)
  private let computed = Atomic(0)

  init(count: Int, body: @escaping @Sendable (Int) -> Void) {
    self.count = count
    self.body = body
  }

  var isDone: Bool { computed.load(ordering: .acquiring) >= count }

  /// Whether there are items that nobody has claimed.
  var hasUnclaimed: Bool { claimed.load(ordering: .relaxed) < count }

  /// Computes the next item that nobody has claimed; false when there is none.
  func runNext() -> Bool {
    // Looking first keeps late comers from counting up without end.
    guard hasUnclaimed else { return false }
    let index = claimed.add(1, ordering: .relaxed).oldValue
    guard index < count else { return false }
    body(index)
    if computed.add(1, ordering: .acquiringAndReleasing).newValue == count { done.open() }
    return true
  }
}
