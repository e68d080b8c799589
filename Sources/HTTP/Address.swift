/// The numeric address of one end of a connection.
public struct Address: Sendable, Hashable, CustomStringConvertible {
  /// IPv4 in dots or IPv6 in colons, without brackets.
  public let host: String
  public let port: UInt16

  public init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// `host:port`, with an IPv6 host in brackets.
  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// The numeric form of a host to listen on: 127.0.0.1 for `localhost`, any other text unchanged.
  ///
  /// No resolver is used, because it could return an address other than the one that is bound.
  public static func numeric(_ host: String) -> String {
    host == "localhost" ? "127.0.0.1" : host
  }
}
