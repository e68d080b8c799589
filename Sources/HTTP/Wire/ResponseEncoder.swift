import Glibc
import HTTPTypes

/// Writes answers as bytes, with the framing fields that keep both ends in step.
struct ResponseEncoder: Sendable {
  /// What of the request, and of the connection's fate, the form of an answer depends on.
  struct Context: Sendable, Equatable {
    /// A HEAD request is answered with the fields alone (RFC 9110 §9.3.2).
    var isHead = false
    var version = Version.http11
    var keepsAlive = true
  }

  /// An answer that cannot be sent as it is.
  enum Fault: Error, Equatable {
    /// The status is informational or none of HTTP's.
    case status(Int)
    /// A name or value would split the message (RFC 9110 §5.5), or the reason phrase would.
    case field(String)
  }

  private let secondsSinceEpoch: @Sendable () -> Int
  private var dateSecond = Int.min
  private var date: [UInt8] = []

  /// - Parameter secondsSinceEpoch: the wall clock, for `Date`.
  init(secondsSinceEpoch: @escaping @Sendable () -> Int = { time(nil) }) {
    self.secondsSinceEpoch = secondsSinceEpoch
  }

  /// Appends a whole answer, or the head of a streamed one, to the output.
  ///
  /// - Throws: before anything has been appended.
  mutating func encode(
    _ response: Response, in context: Context, to output: inout [UInt8]
  ) throws(Fault) {
    try Self.check(response)
    let code = response.status.code
    // Room for a usual head, so that a lone answer is not moved while it is put together.
    if output.isEmpty, case .bytes(let body) = response.body {
      output.reserveCapacity(512 + body.count)
    }
    output.append(contentsOf: "HTTP/1.1 ".utf8)
    Self.append(code, to: &output)
    output.append(.space)
    output.append(contentsOf: response.status.reasonPhrase.utf8)
    output.append(contentsOf: "\r\nDate: ".utf8)
    appendDate(to: &output)
    output.append(contentsOf: "\r\n".utf8)
    for field in response.fields where !Self.isFraming(field.name) {
      output.append(contentsOf: field.name.rawName.utf8)
      output.append(contentsOf: ": ".utf8)
      field.withUnsafeBytesOfValue { output.append(contentsOf: $0) }
      output.append(contentsOf: "\r\n".utf8)
    }
    if !context.keepsAlive {
      output.append(contentsOf: "Connection: close\r\n".utf8)
    } else if context.version == .http10 {
      output.append(contentsOf: "Connection: keep-alive\r\n".utf8)
    }
    switch response.body {
    case .bytes(let body):
      // 204 and 304 end with their head and announce no length (RFC 9110 §8.6); 205 is empty.
      if code != 204 && code != 304 {
        output.append(contentsOf: "Content-Length: ".utf8)
        Self.append(code == 205 ? 0 : body.count, to: &output)
        output.append(contentsOf: "\r\n".utf8)
      }
      output.append(contentsOf: "\r\n".utf8)
      if Self.hasBody(response.status, in: context) { output.append(contentsOf: body) }
    case .stream:
      if code != 204 && code != 304 && context.version == .http11 {
        output.append(contentsOf: "Transfer-Encoding: chunked\r\n".utf8)
      }
      output.append(contentsOf: "\r\n".utf8)
    }
  }

  /// Appends one piece of a streamed body: a chunk, or for HTTP/1.0 the bytes as they are.
  ///
  /// An empty piece appends nothing, since an empty chunk would end the body.
  static func encodePiece(_ bytes: [UInt8], in context: Context, to output: inout [UInt8]) {
    guard !bytes.isEmpty else { return }
    guard context.version == .http11 else {
      output.append(contentsOf: bytes)
      return
    }
    output.append(contentsOf: String(bytes.count, radix: 16).utf8)
    output.append(contentsOf: "\r\n".utf8)
    output.append(contentsOf: bytes)
    output.append(contentsOf: "\r\n".utf8)
  }

  /// Appends the mark that a streamed body is complete.
  static func encodeEnd(in context: Context, to output: inout [UInt8]) {
    if context.version == .http11 { output.append(contentsOf: "0\r\n\r\n".utf8) }
  }

  /// Whether an answer to this request has a body after its head (RFC 9112 §6.3).
  static func hasBody(_ status: HTTPResponse.Status, in context: Context) -> Bool {
    !context.isHead && status != .noContent && status != .resetContent && status != .notModified
  }

  // MARK: Parts

  private static func check(_ response: Response) throws(Fault) {
    guard (200...599).contains(response.status.code) else {
      throw .status(response.status.code)
    }
    guard !response.status.reasonPhrase.utf8.contains(where: \.isForbiddenControl) else {
      throw .field("reason phrase")
    }
    for field in response.fields {
      let name = field.name.rawName
      let isSafe =
        !name.isEmpty && name.utf8.allSatisfy(\.isToken)
        && field.withUnsafeBytesOfValue { value in !value.contains(where: \.isForbiddenControl) }
      guard isSafe else { throw .field(name) }
    }
  }

  private static func isFraming(_ name: HTTPField.Name) -> Bool {
    name == .contentLength || name == .transferEncoding || name == .connection || name == .date
  }

  private static func append(_ number: Int, to output: inout [UInt8]) {
    if number >= 10 { append(number / 10, to: &output) }
    output.append(UInt8(ascii: "0") + UInt8(number % 10))
  }

  /// Appends the time as an IMF-fixdate (RFC 9110 §5.6.7), made anew once per second.
  private mutating func appendDate(to output: inout [UInt8]) {
    let now = secondsSinceEpoch()
    if now != dateSecond {
      dateSecond = now
      var seconds = time_t(now)
      var parts = tm()
      gmtime_r(&seconds, &parts)
      date.removeAll(keepingCapacity: true)
      date.append(contentsOf: Self.days[Int(parts.tm_wday)].utf8)
      date.append(contentsOf: ", ".utf8)
      Self.appendPair(parts.tm_mday, to: &date)
      date.append(.space)
      date.append(contentsOf: Self.months[Int(parts.tm_mon)].utf8)
      date.append(.space)
      Self.append(Int(parts.tm_year) + 1900, to: &date)
      date.append(.space)
      Self.appendPair(parts.tm_hour, to: &date)
      date.append(UInt8(ascii: ":"))
      Self.appendPair(parts.tm_min, to: &date)
      date.append(UInt8(ascii: ":"))
      Self.appendPair(parts.tm_sec, to: &date)
      date.append(contentsOf: " GMT".utf8)
    }
    output.append(contentsOf: date)
  }

  private static func appendPair(_ number: Int32, to output: inout [UInt8]) {
    if number < 10 { output.append(UInt8(ascii: "0")) }
    append(Int(number), to: &output)
  }

  private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
}
