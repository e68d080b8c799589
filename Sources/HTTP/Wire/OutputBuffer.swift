/// The bytes to send, in order.
struct OutputBuffer: Sendable {
  private var bytes: [UInt8] = []
  private var sent = 0

  var count: Int { bytes.count - sent }
  var isEmpty: Bool { count == 0 }

  mutating func append<Failure>(
    _ encode: (inout [UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    // Remove sent bytes only when they are at least half, so that the cost per byte is constant.
    if sent > 0, sent >= bytes.count / 2 {
      bytes.removeFirst(sent)
      sent = 0
    }
    try encode(&bytes)
  }

  /// Removes bytes that have been sent; frees the storage when none are left.
  mutating func remove(_ count: Int) {
    sent += count
    if sent == bytes.count { self = OutputBuffer() }
  }

  func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[sent...])) }
  }
}
