/// How a fit runs: everything it needs of the world, since the core has no thread of its own.
public struct Execution: Sendable {
  /// Polled now and then; a fit stops soon after it turns true.
  public var isCancelled: @Sendable () -> Bool
  /// Told the share of the work that is done, from 0 to 1.
  public var report: @Sendable (Double) -> Void
  /// Runs the body for 0..<count in any order, on any threads, and returns when all are done.
  ///
  /// Every item writes to its own place, so the numbers do not depend on how it is run.
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
