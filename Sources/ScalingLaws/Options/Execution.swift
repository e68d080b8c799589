/// How a fit is run: its threads, its progress and its cancellation. This module starts no threads
/// itself.
public struct Execution: Sendable {
  /// Polled during a fit, which stops soon after it returns true.
  public var isCancelled: @Sendable () -> Bool
  /// Called with the share of the work that is done, from 0 to 1.
  public var report: @Sendable (Double) -> Void
  /// Runs the body for 0..<count in any order, on any threads, and returns when all are done.
  ///
  /// The results do not depend on the order, because each item writes to its own place.
  public var forEach: @Sendable (_ count: Int, _ body: @escaping @Sendable (Int) -> Void) -> Void

  public init(
    isCancelled: @escaping @Sendable () -> Bool = { false },
    report: @escaping @Sendable (Double) -> Void = { _ in },
    forEach: @escaping @Sendable (_ count: Int, _ body: @escaping @Sendable (Int) -> Void) -> Void =
      {
        count, body in for i in 0..<count { body(i) }
      }
  ) {
    self.isCancelled = isCancelled
    self.report = report
    self.forEach = forEach
  }
}

extension Execution {
  /// The results of a body for 0..<count, in order, however they are run; nil where it has none.
  public func map<Result: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Int) -> Result?
  ) -> [Result?] {
    let places = UnsafeMutablePointer<Result?>.allocate(capacity: max(count, 1))
    places.initialize(repeating: nil, count: count)
    defer {
      places.deinitialize(count: count)
      places.deallocate()
    }
    // Safe to share: each item writes to its own place, and `forEach` returns after the last.
    nonisolated(unsafe) let shared = places
    forEach(count) { shared[$0] = body($0) }
    return (0..<count).map { places[$0] }
  }
}
