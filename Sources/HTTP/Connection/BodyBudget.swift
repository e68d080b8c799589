import Synchronization

/// How many bytes of bodies all connections together may hold: of requests from their arrival to
/// the answer, of answers until they are sent.
///
/// Without it, as many clients as there may be connections could each send the largest body, or
/// leave the largest answer unread. One client may hold half of it, so that no client takes it from
/// all others. Small bodies are free, so that usual requests are served while somebody fills it.
final class BodyBudget: Sendable {
  /// What one client holds by one body.
  struct Charge: Sendable {
    let client: String
    fileprivate(set) var bytes = 0

    init(client: String) { self.client = client }
  }

  private struct Used {
    var all = 0
    /// Of each client that holds something.
    var shares: [String: Int] = [:]
  }

  private let capacity: Int
  private let free: Int
  private let used = Mutex(Used())

  /// The most that one client may hold.
  let share: Int

  /// - Parameters:
  ///   - capacity: bytes of all bodies that are not free.
  ///   - largest: bytes that a client may hold in any case, so that the largest body is taken.
  ///   - free: bytes of a body that is not counted.
  init(capacity: Int, largest: Int, free: Int = 16 * 1024) {
    self.capacity = capacity
    self.free = free
    share = min(capacity, max(capacity / 2, largest))
  }

  /// Counts a body that has grown to so many bytes.
  ///
  /// - Returns: whether there was room for it; if not, nothing is counted.
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

  /// Gives a charge back.
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
