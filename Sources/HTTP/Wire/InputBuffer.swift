/// Bytes received and not yet used, read as lines and as counted bytes.
///
/// Every byte is looked at once and moved a bounded number of times, however it arrives.
struct InputBuffer: Sendable {
  private var bytes: [UInt8] = []
  /// The first byte that is not used yet.
  private var start = 0
  /// Where the search for the line's end goes on.
  private var scanned = 0

  /// Why a line is none.
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

  /// Takes the next line, without its CRLF, or nothing when it is not complete.
  ///
  /// A fault is reported at the byte that makes it, without waiting for the line's end.
  ///
  /// - Parameter limit: the most bytes that the line may have, CRLF included.
  /// - Returns: the line, or nil.
  /// - Throws: the first fault; a bare CR or LF ends no line (RFC 9112 §2.2).
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

  /// Up to so many unused bytes, left in place.
  func first(_ limit: Int) -> ArraySlice<UInt8> { bytes[start...].prefix(limit) }

  /// Moves up to `limit` bytes to the end of `destination`; returns how many.
  mutating func move(upTo limit: Int, to destination: inout [UInt8]) -> Int {
    let count = min(limit, self.count)
    destination.append(contentsOf: bytes[start..<start + count])
    start += count
    scanned = start
    return count
  }

  /// Gives the storage back once all is used, so that an idle connection holds none.
  mutating func releaseIfEmpty() {
    if start == bytes.count { self = InputBuffer() }
  }
}
