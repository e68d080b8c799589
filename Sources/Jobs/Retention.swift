public import Foundation

/// What one owner keeps in the store.
public struct Holding: Sendable, Equatable {
  public let owner: String
  public var finishedJobs = 0
  /// When the first of the finished jobs ended; nil when there is none.
  public var oldestEnd: Date?
  /// The bytes of payloads and outputs.
  public var bytes = 0

  init(owner: String) { self.owner = owner }
}

/// What of one owner is to be deleted, the oldest first.
struct Excess: Sendable, Equatable {
  let owner: String
  /// Jobs that ended before this go.
  let date: Date
  /// How many jobs, and how many bytes, are to go; none when not above 0.
  var jobs: Int
  var bytes: Int
}

/// How much is kept of finished jobs.
///
/// The number of jobs is limited for each owner, the bytes for all together. When there are too many
/// bytes, those go first who hold most: one who holds less than an equal share loses nothing.
struct Retention {
  /// How many finished jobs each owner keeps.
  let jobsPerOwner: Int
  /// How many bytes all owners keep together.
  let bytes: Int

  /// What has to be deleted so that `holdings` keep within the limits.
  func excesses(of holdings: [Holding], finishedBefore date: Date) -> [Excess] {
    let share = largestShare(holdings.map(\.bytes))
    return holdings.compactMap { holding in
      let excess = Excess(
        owner: holding.owner, date: date, jobs: holding.finishedJobs - jobsPerOwner,
        bytes: holding.bytes - share)
      let isOld = holding.oldestEnd.map { $0 < date } ?? false
      let isDue = isOld || excess.jobs > 0 || excess.bytes > 0
      return isDue && holding.finishedJobs > 0 ? excess : nil
    }
  }

  /// The largest number of bytes that each owner may keep so that all together keep within the
  /// limit: those who hold less leave the rest to the others.
  private func largestShare(_ sizes: [Int]) -> Int {
    var (left, owners) = (bytes, sizes.count)
    for size in sizes.sorted() {
      guard size <= left / owners else { return left / owners }
      left -= size
      owners -= 1
    }
    return .max
  }
}

/// The date by which the age of results is judged: the time of day, which may go forward at most
/// twice as fast as the uptime.
///
/// So a clock that jumps a year ahead deletes nothing at once, and there is time to set it right.
struct RetentionClock {
  private var date: Date
  private var uptime: Duration

  init(date: Date, uptime: Duration) {
    self.date = date
    self.uptime = uptime
  }

  /// The date, when the time of day is `date`.
  mutating func date(at date: Date, uptime: Duration) -> Date {
    self.date = min(date, self.date + 2 * (uptime - self.uptime).seconds)
    self.uptime = uptime
    return self.date
  }
}
