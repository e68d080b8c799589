import Foundation

/// A value that can be accessed only while its lock is held.
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

/// Suspends the task until `give` is called with a value, exactly once. `start` gets `give`.
///
/// The value is passed through a lock, not by the continuation: when a continuation is resumed
/// before it is awaited, the thread sanitizer wrongly reports a race on its value.
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

/// Blocks one thread until another calls `open`, unless that has happened already.
///
/// `@unchecked Sendable`: `isOpen` is accessed only while `condition` is locked.
package final class Gate: @unchecked Sendable {
  private let condition = NSCondition()
  private var isOpen = false

  package init() {}

  /// Waits until the gate is open, and closes it again.
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
