import HTTPTypes

/// Parses the body of one request, either of a known length or chunked (RFC 9112 §6 and §7).
struct BodyParser: Sendable {
  private enum Phase {
    case counted(remaining: Int)
    case chunkSize
    case chunk(remaining: Int)
    case chunkEnd
    case trailers(count: Int)
    case complete
  }

  private var phase: Phase
  private let limits: RequestLimits
  private(set) var bytes: [UInt8] = []

  /// How many bytes of chunk size lines are still allowed. Every chunk adds 16 bytes plus the size
  /// of its data, and subtracts the length of its line.
  ///
  /// So a body may come in chunks of one byte each, but not with a long extension for each.
  private var framingAllowance = largestFramingAllowance
  private static let largestFramingAllowance = 16 * 1024
  private var trailerBytes = 0

  /// - Throws: a refusal with 413 when the declared length exceeds the limit.
  init(framing: RequestHead.Framing, limits: RequestLimits) throws(Refusal) {
    self.limits = limits
    switch framing {
    case .none: phase = .complete
    case .length(let length):
      guard length <= limits.body else { throw Self.tooLarge(limits.body) }
      phase = .counted(remaining: length)
    case .chunked: phase = .chunkSize
    }
  }

  private static func tooLarge(_ limit: Int) -> Refusal {
    Refusal(
      .contentTooLarge,
      limit == 0
        ? "a request with this method must have no content here (RFC 9110 section 15.5.14)"
        : "the request's content is larger than the \(limit) bytes that are allowed here")
  }

  /// Parses the bytes in the buffer; returns whether the body is complete.
  mutating func read(from buffer: inout InputBuffer) throws(Refusal) -> Bool {
    while true {
      switch phase {
      case .counted(let remaining):
        let left = remaining - buffer.move(upTo: remaining, to: &bytes)
        phase = left == 0 ? .complete : .counted(remaining: left)
        if left > 0 { return false }
      case .chunkSize:
        guard let line = try Self.line(from: &buffer, limit: limits.chunkLine) else {
          return false
        }
        try startChunk(line)
      case .chunk(let remaining):
        let left = remaining - buffer.move(upTo: remaining, to: &bytes)
        phase = left == 0 ? .chunkEnd : .chunk(remaining: left)
        if left > 0 { return false }
      case .chunkEnd:
        // A limit of two bytes allows nothing but CRLF.
        guard let line = try Self.line(from: &buffer, limit: 2) else { return false }
        guard line.isEmpty else { throw Self.badChunkEnd }
        phase = .chunkSize
      case .trailers(let count):
        guard let line = try trailerLine(from: &buffer) else { return false }
        if line.isEmpty {
          phase = .complete
        } else {
          try judgeTrailer(line, count: count + 1)
          phase = .trailers(count: count + 1)
        }
      case .complete: return true
      }
    }
  }

  private static let badChunkEnd = Refusal.badRequest(
    "a chunk must have exactly the declared number of bytes and then CRLF (RFC 9112 section 7.1)")

  private static func line(
    from buffer: inout InputBuffer, limit: Int
  ) throws(Refusal) -> ArraySlice<UInt8>? {
    do {
      return try buffer.takeLine(limit: limit)
    } catch {
      if limit == 2 { throw badChunkEnd }
      throw .badRequest(
        error == .tooLong
          ? "a chunk's size line is longer than this server accepts (RFC 9112 section 7.1.1)"
          : "a chunk's size line must contain no control byte and end in CRLF (RFC 9112 section 7.1)"
      )
    }
  }

  // MARK: Chunks

  /// Reads `chunk-size [ chunk-ext ]` (RFC 9112 §7.1).
  private mutating func startChunk(_ line: ArraySlice<UInt8>) throws(Refusal) {
    let digits = line.prefix { $0.hexadecimalValue != nil }
    guard !digits.isEmpty else {
      throw .badRequest("a chunk's size must be hexadecimal digits (RFC 9112 section 7.1)")
    }
    try Self.judgeExtensions(line[digits.endIndex...])
    var size = 0
    for digit in digits {
      guard size <= limits.body else { throw Self.tooLarge(limits.body) }
      size = size << 4 | Int(digit.hexadecimalValue ?? 0)
    }
    guard size <= limits.body - bytes.count else { throw Self.tooLarge(limits.body) }
    framingAllowance += 16 + min(size, Self.largestFramingAllowance) - line.count
    guard framingAllowance >= 0 else {
      throw .badRequest(
        "the chunks' extensions are longer than this server accepts (RFC 9112 section 7.1.1)")
    }
    framingAllowance = min(framingAllowance, Self.largestFramingAllowance)
    phase = size == 0 ? .trailers(count: 0) : .chunk(remaining: size)
  }

  /// Checks `*( BWS ";" BWS name [ BWS "=" BWS value ] )` (RFC 9112 §7.1.1), and ignores its
  /// values.
  private static func judgeExtensions(_ bytes: ArraySlice<UInt8>) throws(Refusal) {
    var scanner = FieldScanner(bytes)
    while !scanner.isAtEnd {
      scanner.skipBlanks()
      let hasSeparator = scanner.scan(";")
      scanner.skipBlanks()
      guard hasSeparator, scanner.scanToken() != nil else { throw badExtension }
      var ahead = scanner
      ahead.skipBlanks()
      if ahead.scan("=") {
        ahead.skipBlanks()
        guard ahead.scanWord() != nil else { throw badExtension }
        scanner = ahead
      }
    }
  }

  private static let badExtension = Refusal.badRequest(
    "a chunk's size may be followed by well-formed extensions only (RFC 9112 section 7.1.1)")

  // MARK: Trailers

  private mutating func trailerLine(
    from buffer: inout InputBuffer
  ) throws(Refusal) -> ArraySlice<UInt8>? {
    do {
      guard let line = try buffer.takeLine(limit: limits.head - trailerBytes) else { return nil }
      trailerBytes += line.count + 2
      return line
    } catch {
      guard error != .tooLong else {
        throw Refusal(
          .requestHeaderFieldsTooLarge, "the trailers are larger than this server accepts")
      }
      throw .badRequest(
        "a trailer line must contain no control byte and end in CRLF (RFC 9112 section 2.2)")
    }
  }

  /// Checks a trailer field, and ignores its value.
  private func judgeTrailer(_ line: ArraySlice<UInt8>, count: Int) throws(Refusal) {
    guard count <= limits.fields else {
      throw Refusal(
        .requestHeaderFieldsTooLarge, "there are more trailers than this server accepts")
    }
    let (name, _) = try FieldLine.split(line)
    guard !Self.forbiddenTrailers.contains(where: { name.equalsIgnoringCase($0) }) else {
      throw .badRequest(
        "fields for framing, routing, authentication or content must not be trailers "
          + "(RFC 9110 section 6.5.1)")
    }
  }

  private static let forbiddenTrailers = [
    "authorization", "cache-control", "connection", "content-encoding", "content-length",
    "content-range", "content-type", "cookie", "expect", "host", "if-match", "if-modified-since",
    "if-none-match", "if-range", "if-unmodified-since", "keep-alive", "max-forwards",
    "proxy-authorization", "proxy-connection", "range", "te", "trailer", "transfer-encoding",
    "upgrade",
  ]
}
