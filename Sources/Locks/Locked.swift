import Foundation

/// A value that is only touched while its lock is held.
///
/// `@unchecked Sendable`: `value` is private and every access is between `lock` and `unlock`.
package final class Locked<Value>: @unchecked Sendable {
  private let lock = NSLock()
  private var value: Value

  package init(_ value: sending Value) { self.value = value }

  package func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    lock.lock()
    defer { lock.unlock() }
    return try body(&value)
  }
}

/// Waits, without holding a thread, for the value that `start` has somebody give, once.
///
/// A continuation could carry the value itself. But when it is resumed before it is awaited, the
/// runtime passes the value on in a way that the thread sanitizer does not see, and is accused of a
/// race; a lock it sees.
package func awaitValue<Value: Sendable>(
  _ start: (_ give: @escaping @Sendable (Value) -> Void) -> Void
) async -> Value {
  let given = Locked<Value?>(nil)
  await withCheckedContinuation { continuation in
    start { value in
      given.withLock { $0 = value }
      continuation.resume()
    }
  }
  guard let value = given.withLock({ $0 }) else { preconditionFailure("resumed without a value") }
  return value
}

/// Holds one thread until another opens it; opening first is remembered.
///
/// `@unchecked Sendable`: `isOpen` is only touched while `condition` is locked.
package final class Gate: @unchecked Sendable {
  private let condition = NSCondition()
  private var isOpen = false

  package init() {}

  /// Waits until the gate is open, and closes it behind.
  package func pass() {
    condition.lock()
    while !isOpen { condition.wait() }
    isOpen = false
    condition.unlock()
  }

  package func open() {
    condition.lock()
    isOpen = true
    condition.signal()
    condition.unlock()
  }
}
