import HTTP
import HTTPTypes
import Synchronization

/// Who sends a request, and how the request is identified; known once its head has been read.
struct Caller: Sendable {
  /// Identifies the request in its response, in problems and in the log.
  var requestID = RequestID.made()
  var trace: TraceContext?
  /// The client's numeric address; nil when the head could not be read.
  var client: String?
  /// The owner of the jobs that the request submits and may see: the id of its API key, or "".
  var owner = ""
  /// The state of the caller's rate limit; nil when the request does not count.
  var quota: RateLimiter.Quota?

  /// What the caller's limits are counted by: its API key, or else its address. Of an IPv6 address
  /// the first 64 bits, because one client usually has all addresses of such a network.
  var account: String {
    if !owner.isEmpty { return owner }
    // An IPv4 address has one spelling only.
    guard let client, client.utf8.contains(UInt8(ascii: ":")), let address = IPAddress(client)
    else { return client ?? "" }
    return address.prefix(64).description
  }

  /// Identifies the request in log lines about its jobs: the request id, and the trace id if any.
  var reference: String {
    trace.map { "\(requestID) \($0.traceID)" } ?? requestID
  }
}

/// Identifies a request in its response, in problems and in the log.
enum RequestID {
  /// The id that the client gave to a request if it is valid, else a new one.
  ///
  /// Valid are 1 to 128 letters, digits and `-_.`, so that an id cannot forge a line of the log.
  static func name(for head: RequestHead) -> String {
    guard let given = head.fields[.requestID], (1...128).contains(given.utf8.count),
      given.utf8.allSatisfy({ $0.isLetter || $0.isDigit || "-_.".utf8.contains($0) })
    else { return made() }
    return given
  }

  /// A new id: 16 hexadecimal digits, counted up from a random start in each process.
  static func made() -> String {
    let number = last.wrappingAdd(1, ordering: .relaxed).newValue
    return withUnsafeBytes(of: number.bigEndian) { Array($0) }.hexadecimal
  }

  private static let last = Atomic(UInt64.random(in: .min ... .max))
}

/// The place of a request in a distributed trace: the field `traceparent` (W3C Trace Context,
/// section 3.2). Read strictly, so that the log needs no escaping.
struct TraceContext: Sendable, Equatable {
  /// 32 lower-case hexadecimal digits, not all zero.
  let traceID: String
  /// The caller's span: 16 lower-case hexadecimal digits, not all zero.
  let parentID: String

  /// Reads the field; nil when it is missing, given more than once or malformed.
  ///
  /// Of later versions than 00 only the parts that version 00 defines are read (section 4.3).
  init?(_ field: String?) {
    guard let field, field.utf8.count <= 512 else { return nil }
    let parts = field.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.count >= 4, zip(parts, [2, 32, 16, 2]).allSatisfy({ $0.count == $1 }),
      parts.prefix(4).allSatisfy({ $0.allSatisfy(\.isLowerHexadecimal) }),
      !parts[0].elementsEqual("ff".utf8), parts.count == 4 || !parts[0].elementsEqual("00".utf8),
      let traceID = String(parts[1]), let parentID = String(parts[2]),
      !traceID.utf8.allSatisfy({ $0 == UInt8(ascii: "0") }),
      !parentID.utf8.allSatisfy({ $0 == UInt8(ascii: "0") })
    else { return nil }
    self.traceID = traceID
    self.parentID = parentID
  }
}

extension UInt8 {
  fileprivate var isLowerHexadecimal: Bool {
    isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self)
  }
}
