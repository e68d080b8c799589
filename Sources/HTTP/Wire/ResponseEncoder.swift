import Glibc
import HTTPTypes

/// Encodes responses as bytes, including the fields for framing.
struct ResponseEncoder: Sendable {
  /// The properties of the request and the connection that determine the form of a response.
  struct Context: Sendable, Equatable {
    /// Whether only the head is sent, as for HEAD (RFC 9110 §9.3.2).
    var isHead = false
    var version = Version.http11
    var keepsAlive = true
  }

  /// Why a response cannot be sent.
  enum Fault: Error, Equatable {
    /// The status is informational or not a status of HTTP.
    case status(Int)
    /// A name, a value or the reason phrase contains a byte that could split the message (RFC 9110
    /// §5.5).
    case field(String)
  }

  private let secondsSinceEpoch: @Sendable () -> Int
  private var dateSecond = Int.min
  private var date: [UInt8] = []

  /// - Parameter secondsSinceEpoch: the wall clock, for the field `Date`.
  init(secondsSinceEpoch: @escaping @Sendable () -> Int = { time(nil) }) {
    self.secondsSinceEpoch = secondsSinceEpoch
  }

  /// Appends a whole response, or the head of a streamed one, to the output.
  ///
  /// - Throws: `Fault`; nothing has been appended then.
  mutating func encode(
    _ response: Response, in context: Context, to output: inout [UInt8]
  ) throws(Fault) {
    try Self.check(response)
    let code = response.status.code
    // Space for a usual head, so that the buffer does not grow several times.
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
      // 204 and 304 have no body and no Content-Length (RFC 9110 §8.6); 205 has an empty body.
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

  /// Appends one piece of a streamed body: a chunk, or for HTTP/1.0 the plain bytes.
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

  /// Appends the final chunk of a streamed body; nothing for HTTP/1.0.
  static func encodeEnd(in context: Context, to output: inout [UInt8]) {
    if context.version == .http11 { output.append(contentsOf: "0\r\n\r\n".utf8) }
  }

  /// Whether the response has a body (RFC 9112 §6.3).
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

  /// Appends the time as an IMF-fixdate (RFC 9110 §5.6.7); the text is cached for one second.
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
