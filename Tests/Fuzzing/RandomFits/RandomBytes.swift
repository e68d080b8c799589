import TestSupport

/// Random numbers that follow bytes, so that a fuzzer that changes the bytes changes what is drawn;
/// always the same further numbers when the bytes are spent.
public struct RandomBytes: RandomNumberGenerator {
  private var bytes: Slice<UnsafeBufferPointer<UInt8>>
  private var rest = SeededGenerator(seed: 0)

  public init(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes[...]
  }

  /// Two bytes a number, spread over all its bits: an input of a few hundred bytes makes a curve.
  public mutating func next() -> UInt64 {
    guard bytes.count > 1 else { return rest.next() }
    let word = bytes.prefix(2).reduce(0) { $0 << 8 | UInt64($1) }
    bytes = bytes.dropFirst(2)
    return word &* 0x0001_0001_0001_0001
  }
}
