import Foundation
import HTTP

/// An IP address. IPv4 is stored as IPv4-mapped IPv6 (`::ffff:192.0.2.1`), so that one comparison
/// serves both.
struct IPAddress: Hashable, Sendable, CustomStringConvertible {
  let high: UInt64
  let low: UInt64

  var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

  /// Whether it is a loopback address (RFC 6890 section 2.2.2, RFC 4291 section 2.5.3).
  var isLoopback: Bool { isIPv4 ? (low >> 24) & 0xFF == 127 : high == 0 && low == 1 }

  /// Reads dotted decimals or an IPv6 address without brackets and zone; nil for anything else.
  init?(_ text: some StringProtocol) {
    let text = String(text)
    var four = in_addr()
    var six = in6_addr()
    if inet_pton(AF_INET, text, &four) == 1 {
      high = 0
      low = 0xFFFF << 32 | UInt64(UInt32(bigEndian: four.s_addr))
    } else if inet_pton(AF_INET6, text, &six) == 1 {
      (high, low) = withUnsafeBytes(of: six) {
        (
          UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
          UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        )
      }
    } else {
      return nil
    }
  }

  /// Reads an address as proxies write it: optionally with a port, an IPv6 address then in
  /// brackets.
  init?(node: some StringProtocol) {
    guard node.utf8.count <= 64 else { return nil }
    if node.hasPrefix("[") {
      guard let end = node.firstIndex(of: "]"), Self.isPort(node[node.index(after: end)...])
      else { return nil }
      self.init(node[node.index(after: node.startIndex)..<end])
    } else if node.count(where: { $0 == ":" }) == 1, let colon = node.firstIndex(of: ":") {
      guard Self.isPort(node[colon...]) else { return nil }
      self.init(node[..<colon])
    } else {
      self.init(node)
    }
  }

  /// Whether a text is empty, or a colon and a number.
  private static func isPort(_ text: some StringProtocol) -> Bool {
    text.isEmpty
      || (text.hasPrefix(":") && (2...6).contains(text.utf8.count)
        && text.utf8.dropFirst().allSatisfy(\.isDigit))
  }

  private init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// The first bits of the address, the others zero.
  func prefix(_ bits: Int) -> IPAddress {
    func kept(_ word: UInt64, _ bits: Int) -> UInt64 {
      bits <= 0 ? 0 : bits >= 64 ? word : word & ~(.max >> UInt64(bits))
    }
    return IPAddress(high: kept(high, bits), low: kept(low, bits - 64))
  }

  var description: String {
    if isIPv4 {
      return (0..<4).map { String(UInt8(truncatingIfNeeded: low >> (24 - 8 * UInt64($0)))) }
        .joined(separator: ".")
    }
    var address = in6_addr()
    withUnsafeMutableBytes(of: &address) {
      $0.storeBytes(of: high.bigEndian, as: UInt64.self)
      $0.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
    }
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    inet_ntop(AF_INET6, &address, &text, socklen_t(text.count))
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

/// All addresses with a common prefix, such as `10.0.0.0/8`.
struct AddressRange: Sendable, Hashable {
  private let first: IPAddress
  private let bits: Int

  /// Reads an address, optionally with a prefix length (RFC 4632, RFC 4291).
  init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard let address = parts.first.flatMap({ IPAddress($0) }), parts.count <= 2 else { return nil }
    let isFour = !parts[0].contains(":")
    var bits = isFour ? 32 : 128
    if parts.count == 2 {
      guard parts[1].utf8.allSatisfy(\.isDigit), let given = Int(parts[1]), given <= bits else {
        return nil
      }
      bits = given
    }
    self.bits = isFour ? bits + 96 : bits
    first = address.prefix(self.bits)
  }

  func contains(_ address: IPAddress) -> Bool { address.prefix(bits) == first }
}
