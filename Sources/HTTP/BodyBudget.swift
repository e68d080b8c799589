import Synchronization

/// How many bytes of bodies all connections together may hold: of requests from their arrival to
/// the answer, of answers until they are sent.
///
/// Without it, as many clients as there may be connections could each send the largest body, or
/// leave the largest answer unread. Small bodies are free, so that usual requests are served while
/// somebody fills the budget.
final class BodyBudget: Sendable {
  let capacity: Int
  private let free: Int
  private let used = Atomic(0)

  /// - Parameters:
  ///   - capacity: bytes of all bodies that are not free.
  ///   - free: bytes of a body that is not counted.
  init(capacity: Int, free: Int = 16 * 1024) {
    self.capacity = capacity
    self.free = free
  }

  /// Takes what a body has grown by since `charge` of it was taken.
  ///
  /// - Returns: the new charge; nil, when there is no room and nothing was taken.
  func charge(_ bytes: Int, after charge: Int) -> Int? {
    guard bytes > free, bytes > charge else { return charge }
    let growth = bytes - charge
    if used.add(growth, ordering: .relaxed).newValue <= capacity { return bytes }
    give(growth)
    return nil
  }

  /// Gives a charge back.
  func give(_ charge: Int) { used.subtract(charge, ordering: .relaxed) }
}
