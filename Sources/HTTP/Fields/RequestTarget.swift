/// The target of a request: the decoded segments of its path, and the items of its query in order.
///
/// Dot segments are not resolved and paths are not normalized, so the server looks up exactly the
/// path that a proxy in front of it has checked.
public struct RequestTarget: Sendable, Equatable {
  /// One `name=value` of the query, decoded; an item without `=` has an empty value.
  public struct QueryItem: Sendable, Equatable {
    public let name: String
    public let value: String
  }

  /// The path as received, with its escapes; `*` for the asterisk-form.
  public let rawPath: String

  /// The decoded segments between the slashes: `/a%2Fb/` gives `a/b` and an empty segment.
  public let segments: [String]

  /// The query as received; nil without a `?`.
  public let rawQuery: String?

  /// The items of the query in order, decoded like form fields: `+` is a space.
  public let queryItems: [QueryItem]

  /// Whether the target is the server as a whole: `OPTIONS *` (RFC 9112 §3.2.4).
  public var isServer: Bool { rawPath == "*" }

  /// The asterisk-form.
  static let server = RequestTarget()

  private init() {
    rawPath = "*"
    segments = []
    rawQuery = nil
    queryItems = []
  }

  /// Reads `absolute-path [ "?" query ]` of RFC 9112 §3.2.1, strictly by RFC 3986 §3.3 and §3.4.
  ///
  /// - Throws: a refusal with 400 for any other byte, a malformed escape, an escaped NUL, or
  ///   escapes that are not UTF-8.
  init(originForm: ArraySlice<UInt8>) throws(Refusal) {
    let path = originForm.prefix { $0 != UInt8(ascii: "?") }
    guard path.first == UInt8(ascii: "/") else {
      throw .badRequest("the request target must begin with a slash (RFC 9112 section 3.2.1)")
    }
    var segments: [String] = []
    for segment in path.dropFirst().split(
      separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    {
      segments.append(try Self.decode(segment, plusIsSpace: false, allowing: \.isPathByte))
    }
    var items: [QueryItem] = []
    if path.endIndex < originForm.endIndex {
      let query = originForm[(path.endIndex + 1)...]
      for item in query.split(separator: UInt8(ascii: "&")) {
        let name = item.prefix { $0 != UInt8(ascii: "=") }
        items.append(
          QueryItem(
            name: try Self.decode(name, plusIsSpace: true, allowing: \.isQueryByte),
            value: try Self.decode(
              item[name.endIndex...].dropFirst(), plusIsSpace: true, allowing: \.isQueryByte)))
      }
      rawQuery = String(decoding: query, as: UTF8.self)
    } else {
      rawQuery = nil
    }
    rawPath = String(decoding: path, as: UTF8.self)
    self.segments = segments
    queryItems = items
  }

  private static func decode(
    _ bytes: ArraySlice<UInt8>, plusIsSpace: Bool, allowing isAllowed: (UInt8) -> Bool
  ) throws(Refusal) -> String {
    var isLiteral = true
    for byte in bytes where !isAllowed(byte) || (plusIsSpace && byte == UInt8(ascii: "+")) {
      isLiteral = false
      break
    }
    if isLiteral { return String(decoding: bytes, as: UTF8.self) }

    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var rest = bytes
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%") {
        guard let high = rest.popFirst()?.hexadecimalValue,
          let low = rest.popFirst()?.hexadecimalValue
        else {
          throw .badRequest(
            "a percent sign must be followed by two hexadecimal digits (RFC 3986 section 2.1)")
        }
        decoded.append(high << 4 | low)
      } else if plusIsSpace && byte == UInt8(ascii: "+") {
        decoded.append(.space)
      } else {
        guard isAllowed(byte) else {
          throw .badRequest(
            "the request target holds a byte that must be percent-encoded (RFC 3986 section 2)")
        }
        decoded.append(byte)
      }
    }
    guard !decoded.contains(0) else {
      throw .badRequest("the request target must not stand for a NUL byte")
    }
    guard let text = String(validating: decoded, as: UTF8.self) else {
      throw .badRequest("the request target's escapes must stand for UTF-8")
    }
    return text
  }
}

extension UInt8 {
  /// A byte of a query without its escapes (RFC 3986 §3.4).
  fileprivate var isQueryByte: Bool {
    isPathByte || self == UInt8(ascii: "/") || self == UInt8(ascii: "?")
  }
}
