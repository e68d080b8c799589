import Foundation

/// The host and port that a request is meant for, checked by RFC 3986 §3.2.
public struct Authority: Sendable, Equatable {
  /// The host in lower case, an IPv6 address without its brackets.
  public let host: String

  /// The port; nil when none is given.
  public let port: UInt16?

  /// Reads `uri-host [ ":" port ]` (RFC 9110 §7.2); nil when it is malformed or empty.
  ///
  /// User information is not allowed: `user@host` gives nil (RFC 9110 §4.2.4).
  init?(_ bytes: ArraySlice<UInt8>) {
    let host: ArraySlice<UInt8>
    let rest: ArraySlice<UInt8>
    if bytes.first == UInt8(ascii: "[") {
      guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
      host = bytes[bytes.startIndex + 1..<end]
      rest = bytes[(end + 1)...]
      var address = in6_addr()
      guard inet_pton(AF_INET6, String(decoding: host, as: UTF8.self), &address) == 1 else {
        return nil
      }
    } else {
      host = bytes.prefix { $0 != UInt8(ascii: ":") }
      rest = bytes[host.endIndex...]
      guard !host.isEmpty, Self.isRegisteredName(host) else { return nil }
    }
    guard let port = Self.port(rest) else { return nil }
    self.host = String(decoding: host.map(\.lowercased), as: UTF8.self)
    self.port = port
  }

  private static func isRegisteredName(_ bytes: ArraySlice<UInt8>) -> Bool {
    var rest = bytes
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%") {
        guard rest.popFirst()?.hexadecimalValue != nil, rest.popFirst()?.hexadecimalValue != nil
        else { return false }
      } else if !byte.isUnreservedOrSubDelimiter {
        return false
      }
    }
    return true
  }

  /// Reads `[ ":" *DIGIT ]`: the outer optional is nil when it is malformed, the inner one when no
  /// port is given.
  private static func port(_ bytes: ArraySlice<UInt8>) -> UInt16?? {
    if bytes.isEmpty { return .some(nil) }
    guard bytes.first == UInt8(ascii: ":") else { return nil }
    let digits = bytes.dropFirst()
    if digits.isEmpty { return .some(nil) }
    var port: UInt16 = 0
    for digit in digits {
      guard digit.isDigit else { return nil }
      let (tens, overflow) = port.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(UInt16(digit - UInt8(ascii: "0")))
      guard !overflow, !carry else { return nil }
      port = sum
    }
    return port
  }
}
