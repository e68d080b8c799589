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

/// Holds one thread until another opens it; opening first is remembered.
///
/// `@unchecked Sendable`: `isOpen` is only touched while `condition` is locked.
final class Gate: @unchecked Sendable {
  private let condition = NSCondition()
  private var isOpen = false

  /// Waits until the gate is open, and closes it behind.
  func pass() {
    condition.lock()
    while !isOpen { condition.wait() }
    isOpen = false
    condition.unlock()
  }

  func open() {
    condition.lock()
    isOpen = true
    condition.signal()
    condition.unlock()
  }
}
