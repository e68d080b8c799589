import Foundation

/// What happened, in order, and a way to wait for it without asking again and again.
///
/// `@unchecked Sendable`: `all` and `waiting` are only touched while `lock` is held.
public final class Journal<Entry: Sendable>: @unchecked Sendable {
  private let lock = NSLock()
  private var all: [Entry] = []
  private var waiting:
    [(isMet: @Sendable ([Entry]) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []

  public init() {}

  public var entries: [Entry] { lock.withLock { all } }

  public func append(_ entry: Entry) {
    let met = lock.withLock {
      all.append(entry)
      let met = waiting.filter { $0.isMet(all) }
      waiting.removeAll { $0.isMet(all) }
      return met
    }
    for waiter in met { waiter.continuation.resume() }
  }

  /// Returns once the entries meet a condition, however long that takes.
  public func until(_ isMet: @escaping @Sendable ([Entry]) -> Bool) async {
    await withCheckedContinuation { continuation in
      let isMetNow = lock.withLock {
        if isMet(all) { return true }
        waiting.append((isMet, continuation))
        return false
      }
      if isMetNow { continuation.resume() }
    }
  }
}
