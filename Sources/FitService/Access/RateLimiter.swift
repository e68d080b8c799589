/// A token bucket for each client: a request takes one token, a bucket holds as many as a client
/// may send requests per minute, and is refilled at a constant rate.
///
/// A full bucket is not stored, so only the clients of the last minute take memory. When `capacity`
/// buckets are stored, the fuller half is removed, as if these buckets were full.
struct RateLimiter: Sendable {
  /// The state of a client's bucket after a request.
  struct Quota: Sendable, Equatable {
    let perMinute: Int
    /// How many more requests would be allowed now.
    let remaining: Int
    /// The number of seconds until the bucket is full.
    let reset: Int
    /// The number of seconds until this request would be allowed; nil when it is allowed.
    let retryAfter: Int?
  }

  private struct Bucket {
    /// How many tokens the bucket lacked at `time`.
    var missing: Double
    /// In seconds.
    var time: Double
  }

  private let perMinute: Double
  private let capacity: Int
  private var buckets: [String: Bucket] = [:]

  /// - Parameters:
  ///   - perMinute: how many requests a client may send in a minute; at least 1.
  ///   - capacity: the largest number of stored buckets.
  init(perMinute: Int, capacity: Int = 65_536) {
    self.perMinute = Double(max(1, perMinute))
    self.capacity = max(2, capacity)
  }

  /// The number of stored buckets.
  var count: Int { buckets.count }

  /// Takes a token from a client's bucket if it has one; `now` is in seconds and must not decrease.
  mutating func take(for client: String, at now: Double) -> Quota {
    var missing = buckets[client].map { self.missing(in: $0, at: now) } ?? 0
    // The tolerance of 0.001 tokens covers the rounding of times.
    let isGranted = missing + 1 <= perMinute + 0.001
    if isGranted {
      if buckets[client] == nil, buckets.count >= capacity { forget(at: now) }
      missing += 1
      buckets[client] = Bucket(missing: missing, time: now)
    }
    return Quota(
      perMinute: Int(perMinute), remaining: max(0, Int(perMinute - missing + 0.001)),
      reset: seconds(until: missing),
      retryAfter: isGranted ? nil : max(1, seconds(until: missing + 1 - perMinute)))
  }

  private func missing(in bucket: Bucket, at now: Double) -> Double {
    max(0, bucket.missing - (now - bucket.time) * perMinute / 60)
  }

  /// The seconds in which so many tokens are refilled, rounded up.
  private func seconds(until tokens: Double) -> Int {
    Int((tokens * 60 / perMinute).rounded(.up))
  }

  private mutating func forget(at now: Double) {
    buckets = buckets.filter { missing(in: $0.value, at: now) > 0 }
    guard buckets.count >= capacity else { return }
    let median = buckets.values.map { missing(in: $0, at: now) }.sorted()[buckets.count / 2]
    buckets = buckets.filter { missing(in: $0.value, at: now) > median }
  }
}
