/// The received bytes that have not been used yet, read as lines or as a number of bytes.
///
/// Every byte is scanned once and copied a bounded number of times, in whatever pieces it arrives.
struct InputBuffer: Sendable {
  private var bytes: [UInt8] = []
  /// The first byte that is not used yet.
  private var start = 0
  /// Where the search for the end of the line continues.
  private var scanned = 0

  /// Why the bytes so far cannot be a valid line.
  enum LineFault: Error {
    case bareLineFeed, bareCarriageReturn, controlByte, tooLong
  }

  var count: Int { bytes.count - start }

  mutating func append(_ received: UnsafeRawBufferPointer) {
    if start > 0, start >= bytes.count / 2 {
      bytes.removeFirst(start)
      scanned -= start
      start = 0
    }
    bytes.append(contentsOf: received)
  }

  /// Consumes the next line.
  ///
  /// An error is thrown at the byte that causes it, before the end of the line has arrived.
  ///
  /// - Parameter limit: the largest number of bytes of the line, including CRLF.
  /// - Returns: the line without its CRLF; nil when it is not complete.
  /// - Throws: the first error; a CR or LF alone does not end a line (RFC 9112 §2.2).
  mutating func takeLine(limit: Int) throws(LineFault) -> ArraySlice<UInt8>? {
    while scanned < bytes.count {
      let byte = bytes[scanned]
      if scanned - start >= limit { throw .tooLong }
      let followsReturn = scanned > start && bytes[scanned - 1] == .carriageReturn
      if byte == .lineFeed {
        guard followsReturn else { throw .bareLineFeed }
        let line = bytes[start..<scanned - 1]
        start = scanned + 1
        scanned = start
        return line
      }
      if followsReturn { throw .bareCarriageReturn }
      if byte.isForbiddenControl && byte != .carriageReturn { throw .controlByte }
      scanned += 1
    }
    return nil
  }

  /// Up to `limit` unused bytes, without consuming them.
  func first(_ limit: Int) -> ArraySlice<UInt8> { bytes[start...].prefix(limit) }

  /// Moves up to `limit` bytes to the end of `destination`; returns how many.
  mutating func move(upTo limit: Int, to destination: inout [UInt8]) -> Int {
    let count = min(limit, self.count)
    destination.append(contentsOf: bytes[start..<start + count])
    start += count
    scanned = start
    return count
  }

  /// Frees the storage when all bytes are used, so that an idle connection holds none.
  mutating func releaseIfEmpty() {
    if start == bytes.count { self = InputBuffer() }
  }
}

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
