/// How many requests each client may send: a bucket of tokens, one for each request, which holds a
/// minute's worth and fills up steadily.
///
/// A full bucket is as good as none, so only clients that have asked within the last minute take
/// memory, and of these at most `capacity`: beyond that the half that has asked least is forgotten.
struct RateLimiter: Sendable {
  /// What is left to a client.
  struct Quota: Sendable, Equatable {
    let perMinute: Int
    /// Requests that would be granted now.
    let remaining: Int
    /// Seconds until all are.
    let reset: Int
    /// Seconds until this request would be granted; nil when it is.
    let retryAfter: Int?
  }

  private struct Bucket {
    /// Tokens that were missing at the time, in seconds of the clock.
    var missing: Double
    var time: Double
  }

  private let perMinute: Double
  private let capacity: Int
  private var buckets: [String: Bucket] = [:]

  /// - Parameters:
  ///   - perMinute: how many requests a client may send in a minute; at least 1.
  ///   - capacity: how many clients are remembered at most.
  init(perMinute: Int, capacity: Int = 65_536) {
    self.perMinute = Double(max(1, perMinute))
    self.capacity = max(2, capacity)
  }

  /// How many clients are remembered.
  var count: Int { buckets.count }

  /// Takes a token from a client's bucket if there is one; `now` is in seconds and never falls.
  mutating func take(for client: String, at now: Double) -> Quota {
    var missing = buckets[client].map { self.missing(in: $0, at: now) } ?? 0
    // A thousandth of a request forgives the rounding of times.
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

  /// How long so many tokens take to come.
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
