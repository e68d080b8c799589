import Synchronization

/// Limits the bytes of bodies that all connections hold in memory together: request bodies until
/// the response, response bodies until they are sent.
///
/// Without a limit, the client of every connection could send the largest body, or leave the
/// largest response unread. One client may use half of the budget, so that it cannot block all
/// others. Small bodies are not counted, so that usual requests are served even when the budget is
/// used up.
final class BodyBudget: Sendable {
  /// The bytes of one body, charged to a client.
  struct Charge: Sendable {
    let client: String
    fileprivate(set) var bytes = 0

    init(client: String) { self.client = client }
  }

  private struct Used {
    var all = 0
    /// The bytes of each client that holds any.
    var shares: [String: Int] = [:]
  }

  private let capacity: Int
  private let free: Int
  private let used = Mutex(Used())

  /// The largest number of bytes that one client may hold.
  let share: Int

  /// - Parameters:
  ///   - capacity: the bytes that all counted bodies may hold together.
  ///   - largest: the largest allowed body; a client may always hold this many bytes.
  ///   - free: bodies up to this size are not counted.
  init(capacity: Int, largest: Int, free: Int = 16 * 1024) {
    self.capacity = capacity
    self.free = free
    share = min(capacity, max(capacity / 2, largest))
  }

  /// Raises a charge to the new size of its body.
  ///
  /// - Returns: false when the budget has no room for it; the charge is then unchanged.
  func grow(_ charge: inout Charge, to bytes: Int) -> Bool {
    guard bytes > free, bytes > charge.bytes else { return true }
    let growth = bytes - charge.bytes
    let client = charge.client
    let hasRoom = used.withLock { used in
      let held = used.shares[client] ?? 0
      guard growth <= capacity - used.all, growth <= share - held else { return false }
      used.all += growth
      used.shares[client] = held + growth
      return true
    }
    if hasRoom { charge.bytes = bytes }
    return hasRoom
  }

  /// Returns the bytes of a charge to the budget.
  func release(_ charge: inout Charge) {
    guard charge.bytes > 0 else { return }
    let (client, bytes) = (charge.client, charge.bytes)
    used.withLock { used in
      used.all -= bytes
      let held = (used.shares[client] ?? 0) - bytes
      used.shares[client] = held > 0 ? held : nil
    }
    charge.bytes = 0
  }
}
