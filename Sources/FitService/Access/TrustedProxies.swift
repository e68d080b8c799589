import HTTP
import HTTPTypes

/// The proxies whose account of whom they had a request from is believed.
struct TrustedProxies: Sendable {
  let ranges: [AddressRange]

  /// The address of the client that a request comes from.
  ///
  /// Every proxy appends whom it had the request from, so the fields are read from their end, and
  /// only as far as trusted proxies wrote them: what stands before is the client's own invention.
  /// A proxy that writes one of the fields may pass the other on as the client sent it; when both
  /// are there and differ, neither is believed and the proxy itself counts as the client.
  func client(of head: RequestHead) -> String {
    let peer = head.client.host
    guard !ranges.isEmpty, let address = IPAddress(peer), isTrusted(address) else { return peer }
    var accounts: Set<IPAddress> = []
    if let field = head.fields[.xForwardedFor] {
      let nodes = field.split(separator: ",", omittingEmptySubsequences: false)
        .map { $0.trimming { $0 == " " || $0 == "\t" } }
      accounts.insert(client(behind: address, nodes))
    }
    if let field = head.fields[.forwarded] {
      accounts.insert(client(behind: address, Forwarded(field)?.nodes ?? []))
    }
    return accounts.count == 1 ? accounts.first?.description ?? peer : peer
  }

  /// The last node that is no trusted proxy, or the last proxy that names nobody before it.
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

extension Substring {
  /// Without the characters at both ends that satisfy the predicate.
  fileprivate func trimming(while isDropped: (Character) -> Bool) -> Substring {
    var rest = drop(while: isDropped)
    while let last = rest.last, isDropped(last) { rest.removeLast() }
    return rest
  }
}
