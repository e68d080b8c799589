/// Bytes to be sent, in their order.
struct OutputBuffer: Sendable {
  private var bytes: [UInt8] = []
  private var sent = 0

  var count: Int { bytes.count - sent }
  var isEmpty: Bool { count == 0 }

  mutating func append<Failure>(
    _ encode: (inout [UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    // Moved, not copied, once the greater part of it is gone.
    if sent > 0, sent >= bytes.count / 2 {
      bytes.removeFirst(sent)
      sent = 0
    }
    try encode(&bytes)
  }

  /// Forgets bytes that the socket has taken; storage is given back with the last.
  mutating func remove(_ count: Int) {
    sent += count
    if sent == bytes.count { self = OutputBuffer() }
  }

  func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[sent...])) }
  }
}
