import HTTPTypes

/// How much a request may be.
public struct RequestLimits: Sendable, Equatable {
  /// Bytes of the request line; more is 414 (RFC 9112 §3 asks for 8,000 at least).
  public var requestLine = 8192
  /// Bytes of the whole head, and again of the trailers; more is 431.
  public var head = 32768
  /// Number of fields, and again of trailers; more is 431.
  public var fields = 100
  /// Bytes of the body, chunks joined; more is 413.
  public var body = 8 * 1024 * 1024
  /// Bytes of one chunk's size line with its extensions.
  public var chunkLine = 256

  public init() {}
}

/// Reads requests from bytes, however these are cut: a value without any input or output.
///
/// Feed what was received, then call `next()` until it needs more. For every request it gives
/// `.head` as soon as the head is complete, so that it can be planned for before its body is read, and
/// `.request` once the body is. After a refusal the bytes that follow mean nothing: every further
/// call gives the same refusal. Time is linear in the bytes fed.
public struct RequestParser: Sendable {
  public enum Event: Sendable {
    /// All that was fed is used; feed more.
    case needsMore
    /// A head is complete; its body follows, if it has one.
    case head(RequestHead)
    /// A request is complete; the next one may follow.
    case request(Request)
    /// What was fed is no request of HTTP/1.1; answer and close.
    case refused(Refusal)
  }

  /// How far the request that is being read has come, which says what deadline it is under.
  public enum Progress: Sendable, Equatable {
    /// Not one byte of it is there.
    case idle
    /// Its head is not complete.
    case head
    /// Its body is not complete.
    case body
  }

  private enum Phase: Sendable {
    case start
    case fields
    case body
    case refused(Refusal)
  }

  private let limits: RequestLimits
  private let client: Address
  private var buffer = InputBuffer()
  private var phase = Phase.start
  private var lines: HeadParser
  private var head: RequestHead?
  private var body: BodyParser?
  private var bodyLimit: Int
  private var headBytes = 0
  private var hasSkippedEmptyLine = false

  /// - Parameters:
  ///   - limits: how much a request may be.
  ///   - client: whom the requests come from.
  public init(limits: RequestLimits, client: Address) {
    self.limits = limits
    self.client = client
    lines = HeadParser(client: client)
    bodyLimit = limits.body
  }

  /// Lowers the limit of the body whose head has just been given.
  public mutating func limitBody(to bytes: Int) { bodyLimit = min(bytes, limits.body) }

  public mutating func feed(_ bytes: UnsafeRawBufferPointer) {
    if case .refused = phase { return }
    buffer.append(bytes)
  }

  public mutating func feed(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { feed($0) }
  }

  /// Bytes fed that no event has used yet.
  public var unused: Int { buffer.count }

  /// Bytes of the body read so far.
  public var bodyBytes: Int { body?.bytes.count ?? 0 }

  public var progress: Progress {
    switch phase {
    // An empty line alone, as some clients send after a body, begins no request.
    case .start: buffer.count == 0 ? .idle : .head
    case .fields, .refused: .head
    case .body: .body
    }
  }

  /// Gives the next event of what was fed.
  public mutating func next() -> Event {
    do {
      return try advance()
    } catch {
      phase = .refused(error)
      buffer = InputBuffer()
      body = nil
      return .refused(error)
    }
  }

  private mutating func advance() throws(Refusal) -> Event {
    while true {
      switch phase {
      case .start:
        guard let line = try headLine() else { return .needsMore }
        if line.isEmpty {
          // One empty line before a request is forgiven (RFC 9112 §2.2).
          guard !hasSkippedEmptyLine else {
            throw .badRequest("a request must begin with its request line (RFC 9112 section 2.2)")
          }
          hasSkippedEmptyLine = true
        } else {
          try lines.readRequestLine(line)
          phase = .fields
        }
      case .fields:
        guard let line = try headLine() else { return .needsMore }
        guard line.isEmpty else {
          guard lines.fields.count < limits.fields else {
            throw Refusal(
              .requestHeaderFieldsTooLarge, "there are more fields than this server takes")
          }
          try lines.readFieldLine(line)
          continue
        }
        let head = try lines.finish()
        self.head = head
        phase = .body
        return .head(head)
      case .body:
        guard let head else { return .needsMore }
        var body: BodyParser
        if let begun = self.body.take() {
          body = begun
        } else {
          var limits = limits
          limits.body = bodyLimit
          body = try BodyParser(framing: head.framing, limits: limits)
        }
        let isComplete = try body.read(from: &buffer)
        guard isComplete else {
          self.body = body
          buffer.releaseIfEmpty()
          return .needsMore
        }
        startNextRequest()
        return .request(Request(head: head, body: body.bytes))
      case .refused(let refusal): return .refused(refusal)
      }
    }
  }

  private mutating func startNextRequest() {
    phase = .start
    lines = HeadParser(client: client)
    head = nil
    body = nil
    bodyLimit = limits.body
    headBytes = 0
    hasSkippedEmptyLine = false
    buffer.releaseIfEmpty()
  }

  private mutating func headLine() throws(Refusal) -> ArraySlice<UInt8>? {
    var isRequestLine = false
    if case .start = phase { isRequestLine = true }
    let limit = min(limits.head - headBytes, isRequestLine ? limits.requestLine : .max)
    do {
      guard let line = try buffer.takeLine(limit: limit) else { return nil }
      headBytes += line.count + 2
      return line
    } catch {
      switch error {
      case .tooLong where isRequestLine && !buffer.first(limit).contains(.space):
        throw Refusal(
          .notImplemented, "the method is longer than any that is known (RFC 9112 section 3)")
      case .tooLong where isRequestLine:
        throw Refusal(.uriTooLong, "the request line is longer than this server takes")
      case .tooLong:
        throw Refusal(.requestHeaderFieldsTooLarge, "the head is larger than this server takes")
      case .bareLineFeed, .bareCarriageReturn:
        throw .badRequest("a line must end in CRLF, and hold neither alone (RFC 9112 section 2.2)")
      case .controlByte:
        throw .badRequest("a head must hold no control byte (RFC 9110 section 5.5)")
      }
    }
  }
}
