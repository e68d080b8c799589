import Foundation

/// The name of a job: 128 bits, printed as 26 lower-case letters and digits (Crockford's base 32).
///
/// The first 48 bits are the milliseconds since 1970 and the next 16 a sequence number, so ids sort
/// by creation and a listing by id is a listing by age. The last 64 bits are random: knowing one id
/// does not help to guess another.
public struct JobID: Hashable, Sendable, Comparable, LosslessStringConvertible {
  let high: UInt64
  let low: UInt64

  init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// The id printed as `text`, or nil for anything that `description` would not have printed.
  ///
  /// Strict: 26 characters, lower case, none of `i`, `l`, `o`, `u`, and no more than 128 bits.
  public init?(_ text: String) {
    guard text.utf8.count == Self.length else { return nil }
    var value: (high: UInt64, low: UInt64) = (0, 0)
    for (index, character) in text.utf8.enumerated() {
      guard let digit = Self.alphabet.firstIndex(of: character) else { return nil }
      // 26 digits hold 130 bits: the first digit has only three to give.
      if index == 0, digit > 7 { return nil }
      value.high = value.high << 5 | value.low >> 59
      value.low = value.low << 5 | UInt64(digit)
    }
    self.init(high: value.high, low: value.low)
  }

  public var description: String {
    String(unsafeUninitializedCapacity: Self.length) { text in
      var (high, low) = (high, low)
      for place in (0..<Self.length).reversed() {
        text[place] = Self.alphabet[Int(low & 31)]
        low = low >> 5 | high << 59
        high >>= 5
      }
      return Self.length
    }
  }

  public static func < (left: Self, right: Self) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }

  private static let length = 26
  private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
}

extension JobID {
  /// The sixteen bytes of the id, most significant first, so that bytes sort as ids do.
  var bytes: [UInt8] {
    withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Array($0) }
  }

  /// The id with these sixteen bytes, or nil when there are not sixteen.
  init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 16 else { return nil }
    let high = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let low = bytes.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    self.init(high: high, low: low)
  }

  /// Makes ids that increase, even within a millisecond or when the clock is set back.
  struct Sequence {
    private var last: UInt64

    /// Makes ids that follow on an earlier process's last, though the clock was set back since.
    init(after last: JobID? = nil) {
      // What no clock gives, an id far beyond the year 6000, would leave no room to count on.
      self.last = min(last?.high ?? 0, 1 << 63)
    }

    mutating func next(at date: Date) -> JobID {
      // 16 bits of sequence number below the time: running over borrows the next millisecond.
      last = max(last + 1, UInt64(max(0, date.milliseconds)) << 16)
      return JobID(high: last, low: .random(in: .min ... .max))
    }
  }
}
