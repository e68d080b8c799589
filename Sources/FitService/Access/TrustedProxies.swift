import Foundation
import HTTP
import HTTPTypes

/// The proxies whose fields `X-Forwarded-For` and `Forwarded` are trusted.
struct TrustedProxies: Sendable {
  let ranges: [AddressRange]

  /// The address of the client that a request comes from.
  ///
  /// Every proxy appends the address that it received the request from. So the fields are read from
  /// the end, and only as far as trusted proxies wrote them; the client may have forged the rest. A
  /// proxy that writes one of the fields may pass on the other unchanged: when both are present and
  /// differ, both are ignored, and the proxy itself counts as the client.
  func client(of head: RequestHead) -> String {
    let peer = head.client.host
    guard !ranges.isEmpty, let address = IPAddress(peer), isTrusted(address) else { return peer }
    var clients: Set<IPAddress> = []
    if let field = head.fields[.xForwardedFor] {
      let nodes = field.split(separator: ",", omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: [" ", "\t"]) }
      clients.insert(client(behind: address, nodes))
    }
    if let field = head.fields[.forwarded] {
      clients.insert(client(behind: address, Forwarded(field)?.nodes ?? []))
    }
    return clients.count == 1 ? clients.first?.description ?? peer : peer
  }

  /// The last node that is not a trusted proxy; without one, the first proxy of the chain.
  private func client(behind proxy: IPAddress, _ nodes: [(some StringProtocol)?]) -> IPAddress {
    var client = proxy
    for node in nodes.reversed() {
      guard let address = node.flatMap({ IPAddress(node: $0) }) else { break }
      client = address
      if !isTrusted(client) { break }
    }
    return client
  }

  private func isTrusted(_ address: IPAddress) -> Bool { ranges.contains { $0.contains(address) } }
}
