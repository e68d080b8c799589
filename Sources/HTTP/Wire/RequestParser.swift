import HTTPTypes

/// The size limits of a request.
public struct RequestLimits: Sendable, Equatable {
  /// The bytes of the request line; a longer one gives 414 (RFC 9112 §3 asks for at least 8,000).
  public var requestLine = 8192
  /// The bytes of the whole head, and separately of the trailers; more give 431.
  public var head = 32768
  /// The number of fields, and separately of trailers; more give 431.
  public var fields = 100
  /// The bytes of the body without chunk framing; more give 413.
  public var body = 8 * 1024 * 1024
  /// The bytes of one chunk's size line with its extensions.
  public var chunkLine = 256

  public init() {}
}

/// Parses requests from bytes that arrive in pieces of any size; does no input or output itself.
///
/// Call `feed` with received bytes, then `next()` until it returns `.needsMore`. For every request
/// it returns `.head` once the head is complete, so that the response can be planned before the
/// body is read, and `.request` once the body is complete. After a refusal, further bytes are
/// ignored and every call returns the same refusal. The time is linear in the number of bytes.
public struct RequestParser: Sendable {
  public enum Event: Sendable {
    /// All bytes have been parsed; feed more.
    case needsMore
    /// A head is complete; its body follows, if it has one.
    case head(RequestHead)
    /// A request is complete; the next one may follow.
    case request(Request)
    /// The bytes are not a valid request; answer and close.
    case refused(Refusal)
  }

  /// The part of the current request that is being received; it determines the deadline.
  public enum Progress: Sendable, Equatable {
    /// No byte of it has arrived.
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
  ///   - limits: the size limits of a request.
  ///   - client: the address that the requests come from.
  public init(limits: RequestLimits, client: Address) {
    self.limits = limits
    self.client = client
    lines = HeadParser(client: client)
    bodyLimit = limits.body
  }

  /// Lowers the body limit of the request whose head has just been returned.
  public mutating func limitBody(to bytes: Int) { bodyLimit = min(bytes, limits.body) }

  public mutating func feed(_ bytes: UnsafeRawBufferPointer) {
    if case .refused = phase { return }
    buffer.append(bytes)
  }

  public mutating func feed(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { feed($0) }
  }

  /// The number of bytes that have not been parsed yet.
  public var unused: Int { buffer.count }

  /// The number of body bytes parsed so far.
  public var bodyBytes: Int { body?.bytes.count ?? 0 }

  public var progress: Progress {
    switch phase {
    // A single empty line, which some clients send after a body, does not start a request.
    case .start: buffer.count == 0 ? .idle : .head
    case .fields, .refused: .head
    case .body: .body
    }
  }

  /// Returns the next event from the bytes fed so far.
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
          // One empty line before a request is allowed (RFC 9112 §2.2).
          guard !hasSkippedEmptyLine else {
            throw .badRequest("a request must begin with a request line (RFC 9112 section 2.2)")
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
              .requestHeaderFieldsTooLarge, "the request has more fields than this server accepts")
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
          .notImplemented, "the method is longer than every known method (RFC 9112 section 3)")
      case .tooLong where isRequestLine:
        throw Refusal(.uriTooLong, "the request line is longer than this server accepts")
      case .tooLong:
        throw Refusal(.requestHeaderFieldsTooLarge, "the head is larger than this server accepts")
      case .bareLineFeed, .bareCarriageReturn:
        throw .badRequest(
          "a line must end in CRLF and contain neither CR nor LF alone (RFC 9112 section 2.2)")
      case .controlByte:
        throw .badRequest("a head must contain no control byte (RFC 9110 section 5.5)")
      }
    }
  }
}
