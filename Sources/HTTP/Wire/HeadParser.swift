import HTTPTypes

/// Parses the lines of one request head, and then checks them together.
///
/// Where RFC 9110 and RFC 9112 allow either to repair or to refuse a message, it refuses: a message
/// that two servers can interpret differently allows request smuggling.
struct HeadParser: Sendable {
  private let client: Address
  private var method = HTTPRequest.Method.get
  private var target = RequestTarget.server
  private var targetAuthority: Authority?
  private var version = Version.http11
  private(set) var fields = HTTPFields()
  private var host: Authority?
  private var contentLength: Int?
  private var transferEncoding: [UInt8]?
  private var expectation: [UInt8]?
  private var asksToClose = false
  private var asksToKeepAlive = false

  /// The known methods; others are refused with 501 (RFC 9110 §9.1).
  static let knownMethods: [HTTPRequest.Method] = [
    .get, .head, .post, .put, .delete, .options, .patch, .query, .trace,
  ]

  init(client: Address) { self.client = client }

  // MARK: The request line

  /// Reads `method SP request-target SP HTTP-version` (RFC 9112 §3), single spaces only.
  mutating func readRequestLine(_ line: ArraySlice<UInt8>) throws(Refusal) {
    let methodBytes = line.prefix { $0 != .space }
    let afterMethod = line[methodBytes.endIndex...].dropFirst()
    let targetBytes = afterMethod.prefix { $0 != .space }
    let versionBytes = afterMethod[targetBytes.endIndex...].dropFirst()
    guard !methodBytes.isEmpty, !targetBytes.isEmpty, !versionBytes.isEmpty,
      !versionBytes.contains(.space)
    else {
      throw .badRequest(
        "the request line must be a method, a target and a version with single spaces between "
          + "(RFC 9112 section 3)")
    }
    guard methodBytes.allSatisfy(\.isToken) else {
      throw .badRequest("the method must be a token (RFC 9110 section 9.1)")
    }
    version = try Self.version(versionBytes)
    guard
      let known = Self.knownMethods.first(where: { methodBytes.elementsEqual($0.rawValue.utf8) })
    else {
      throw Refusal(.notImplemented, "this server does not know the method (RFC 9110 section 9.1)")
    }
    method = known
    try readTarget(targetBytes)
  }

  private static func version(_ bytes: ArraySlice<UInt8>) throws(Refusal) -> Version {
    if bytes.elementsEqual("HTTP/1.1".utf8) { return .http11 }
    let digits = Array(bytes.dropFirst(5))
    guard bytes.starts(with: "HTTP/".utf8), digits.count == 3, digits[0].isDigit,
      digits[1] == UInt8(ascii: "."), digits[2].isDigit
    else {
      throw .badRequest("the version must read HTTP/1.1 (RFC 9112 section 2.3)")
    }
    guard digits[0] == UInt8(ascii: "1") else {
      throw Refusal(
        .httpVersionNotSupported,
        "only HTTP/1.1 and HTTP/1.0 are supported (RFC 9110 section 2.5)")
    }
    return digits[2] == UInt8(ascii: "0") ? .http10 : .http11
  }

  private mutating func readTarget(_ bytes: ArraySlice<UInt8>) throws(Refusal) {
    if bytes.first == UInt8(ascii: "/") {
      target = try RequestTarget(originForm: bytes)
    } else if bytes.elementsEqual("*".utf8) {
      guard method == .options else {
        throw .badRequest("the target * is allowed only with OPTIONS (RFC 9112 section 3.2.4)")
      }
      target = .server
    } else {
      try readAbsoluteForm(bytes)
    }
  }

  /// Reads `http://authority/path?query` (RFC 9112 §3.2.2); the authority takes precedence over
  /// `Host`.
  private mutating func readAbsoluteForm(_ bytes: ArraySlice<UInt8>) throws(Refusal) {
    guard bytes.prefix(7).equalsIgnoringCase("http://") else {
      throw .badRequest(
        "the request target must be a path or an http URI (RFC 9112 section 3.2)")
    }
    let rest = bytes.dropFirst(7)
    let authority = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
    targetAuthority = Authority(authority)
    guard targetAuthority != nil else {
      throw .badRequest("the target's host must be a host and a port (RFC 9110 section 4.2)")
    }
    let path = rest[authority.endIndex...]
    if path.first == UInt8(ascii: "/") {
      target = try RequestTarget(originForm: path)
    } else if path.isEmpty, method == .options {
      target = .server
    } else {
      target = try RequestTarget(originForm: [UInt8(ascii: "/")] + path)
    }
  }

  // MARK: The fields

  /// Parses one field line, and stores the values that framing and routing need.
  mutating func readFieldLine(_ line: ArraySlice<UInt8>) throws(Refusal) {
    let (nameBytes, value) = try FieldLine.split(line)
    guard let name = HTTPField.Name(String(decoding: nameBytes, as: UTF8.self)) else {
      throw .badRequest("a field's name must be a token (RFC 9110 section 5.1)")
    }
    switch name.canonicalName {
    case "content-length":
      guard contentLength == nil else {
        throw .badRequest("Content-Length must not be repeated (RFC 9112 section 6.3)")
      }
      contentLength = try Self.length(value)
    case "transfer-encoding":
      guard transferEncoding == nil else {
        throw .badRequest("Transfer-Encoding must not be repeated (RFC 9112 section 6.1)")
      }
      transferEncoding = Array(value)
    case "host":
      guard host == nil else {
        throw .badRequest("Host must not be repeated (RFC 9112 section 3.2)")
      }
      host = Authority(value)
      guard host != nil else {
        throw .badRequest("Host must be a host, optionally with a port (RFC 9110 section 7.2)")
      }
    case "connection":
      for option in value.split(separator: UInt8(ascii: ",")) {
        if option.trimmingBlanks.equalsIgnoringCase("close") { asksToClose = true }
        if option.trimmingBlanks.equalsIgnoringCase("keep-alive") { asksToKeepAlive = true }
      }
    case "expect":
      expectation = (expectation.map { $0 + [UInt8(ascii: ",")] } ?? []) + value
    default: break
    }
    fields.append(HTTPField(name: name, value: value))
  }

  /// Reads `1*DIGIT` (RFC 9110 §8.6); a number larger than `Int.max` gives `Int.max`.
  private static func length(_ value: ArraySlice<UInt8>) throws(Refusal) -> Int {
    guard !value.isEmpty, value.allSatisfy(\.isDigit) else {
      throw .badRequest("Content-Length must be one number in digits (RFC 9110 section 8.6)")
    }
    var length = 0
    for digit in value {
      let (tens, overflow) = length.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(Int(digit - UInt8(ascii: "0")))
      if overflow || carry { return .max }
      length = sum
    }
    return length
  }

  // MARK: The head as a whole

  /// Checks the head as a whole, after its empty line, and returns it.
  func finish() throws(Refusal) -> RequestHead {
    if version == .http11, host == nil {
      throw .badRequest("an HTTP/1.1 request must have a Host field (RFC 9112 section 3.2)")
    }
    let framing = try framing()
    return RequestHead(
      method: method, target: target, version: version, fields: fields,
      authority: targetAuthority ?? host, client: client, framing: framing,
      expectsContinue: try expectsContinue() && framing != .none,
      keepsAlive: version == .http11 ? !asksToClose : asksToKeepAlive && !asksToClose)
  }

  /// Determines how the body ends (RFC 9112 §6.3); refuses every ambiguous combination of fields.
  private func framing() throws(Refusal) -> RequestHead.Framing {
    guard let transferEncoding else {
      return contentLength.map { $0 == 0 ? .none : .length($0) } ?? .none
    }
    guard contentLength == nil else {
      throw .badRequest(
        "Content-Length and Transfer-Encoding must not be sent together (RFC 9112 section 6.2)")
    }
    guard version == .http11 else {
      throw .badRequest("HTTP/1.0 has no Transfer-Encoding (RFC 9112 section 6.1)")
    }
    if transferEncoding.equalsIgnoringCase("chunked") { return .chunked }
    let codings = transferEncoding.split(
      separator: UInt8(ascii: ","), omittingEmptySubsequences: false
    ).map(\.trimmingBlanks)
    guard codings.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isToken) }),
      codings.last?.equalsIgnoringCase("chunked") == true,
      !codings.dropLast().contains(where: { $0.equalsIgnoringCase("chunked") })
    else {
      throw .badRequest(
        "Transfer-Encoding must end in chunked, once and without parameters (RFC 9112 section 6.3)"
      )
    }
    throw Refusal(
      .notImplemented, "only the transfer coding chunked is supported (RFC 9112 section 6.1)")
  }

  private func expectsContinue() throws(Refusal) -> Bool {
    guard let expectation, version == .http11 else { return false }
    guard expectation.equalsIgnoringCase("100-continue") else {
      throw Refusal(
        .expectationFailed, "Expect allows only 100-continue (RFC 9110 section 10.1.1)")
    }
    return true
  }
}

/// The grammar of a field line, the same in heads and trailers.
enum FieldLine {
  /// Splits `field-name ":" OWS field-value OWS` (RFC 9112 §5); the line has no control bytes.
  static func split(_ line: ArraySlice<UInt8>) throws(Refusal) -> (
    name: ArraySlice<UInt8>, value: ArraySlice<UInt8>
  ) {
    guard line.first?.isBlank == false else {
      throw .badRequest("a field line must not begin with white space (RFC 9112 section 5.2)")
    }
    let name = line.prefix(while: \.isToken)
    guard name.endIndex < line.endIndex, line[name.endIndex] == UInt8(ascii: ":"), !name.isEmpty
    else {
      throw .badRequest(
        "a field line must be a token, a colon right after it and a value (RFC 9112 section 5.1)")
    }
    return (name, line[(name.endIndex + 1)...].trimmingBlanks)
  }
}
