/// The values that were used last, up to so many bytes of them.
///
/// There are two generations. What is used is in the younger; when that is full, it becomes the
/// older, and what of the older nobody has used meanwhile is forgotten. Everything takes constant
/// time.
package struct Recent<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  /// Of each generation.
  private let capacity: Int
  private var young: [Key: (value: Value, size: Int)] = [:]
  private var old: [Key: (value: Value, size: Int)] = [:]
  private var youngSize = 0

  /// Remembers nothing yet, and later values of about `capacity` bytes.
  package init(capacity: Int) { self.capacity = capacity / 2 }

  /// The value of a key, which is used by that; nil when it is not known any more.
  package mutating func use(_ key: Key) -> Value? {
    if let known = young[key] { return known.value }
    guard let known = old.removeValue(forKey: key) else { return nil }
    insert(known.value, for: key, size: known.size)
    return known.value
  }

  /// Forgets the value of a key.
  package mutating func forget(_ key: Key) {
    if let last = young.removeValue(forKey: key) { youngSize -= last.size }
    old[key] = nil
  }

  /// Forgets everything.
  package mutating func forget() {
    self = Recent(capacity: 2 * capacity)
  }

  /// Remembers a value of so many bytes, unless it alone would take the place of most others; the
  /// key's last value is forgotten in any case.
  package mutating func insert(_ value: Value, for key: Key, size: Int) {
    forget(key)
    guard size <= capacity / 4 else { return }
    if youngSize + size > capacity {
      old = young
      young = [:]
      youngSize = 0
    }
    young[key] = (value, size)
    youngSize += size
  }
}
