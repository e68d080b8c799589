/// How many durations there were of each size, and their sum.
struct Histogram: Sendable {
  /// The upper ends of the buckets, in seconds: from a health check to the longest job.
  static let bounds = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
  ]

  /// One count for each bound, and one for everything longer.
  private(set) var counts = [Int](repeating: 0, count: bounds.count + 1)
  /// In seconds.
  private(set) var sum = 0.0

  var count: Int { counts.reduce(0, +) }

  mutating func record(_ duration: Duration) {
    let seconds = duration / .seconds(1)
    counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
    sum += seconds
  }
}
