import Foundation

/// A failed system call on a socket.
public struct SocketError: Error, Sendable, Equatable, CustomStringConvertible {
  public let call: String
  public let code: Int32

  init(_ call: String, code: Int32 = errno) {
    self.call = call
    self.code = code
  }

  public var description: String { "\(call): \(String(cString: strerror(code)))" }
}

/// The system calls that the server makes on its sockets, all of them non-blocking.
enum Socket {
  /// Opens a listening socket at a numeric address, or at `localhost`.
  ///
  /// No resolver is used: it could block, or return an address that was not intended. `::` accepts
  /// IPv4 and IPv6.
  ///
  /// - Throws: `AddressError`, or `SocketError` naming the call that failed.
  static func listen(host: String, port: UInt16, backlog: Int32) throws -> Int32 {
    var hints = addrinfo()
    hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(Address.numeric(host), String(port), &hints, &found) == 0, let found else {
      throw AddressError(host: host)
    }
    defer { freeaddrinfo(found) }

    let descriptor = socket(found.pointee.ai_family, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw SocketError("socket") }
    do {
      try setOption(SOL_SOCKET, SO_REUSEADDR, 1, on: descriptor)
      if found.pointee.ai_family == AF_INET6 {
        try setOption(Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0, on: descriptor)
      }
      guard bind(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0 else {
        throw SocketError("bind to \(Address(host: host, port: port))")
      }
      guard Glibc.listen(descriptor, backlog) == 0 else { throw SocketError("listen") }
      try makeNonBlocking(descriptor)
      return descriptor
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// Accepts the next waiting connection and makes its descriptor non-blocking.
  ///
  /// - Throws: `SocketError`, with `EAGAIN` when no connection waits.
  static func accept(on listener: Int32) throws(SocketError) -> (Int32, Address) {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let descriptor = withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.accept(listener, $0, &length)
      }
    }
    guard descriptor >= 0 else { throw SocketError("accept") }
    do {
      try makeNonBlocking(descriptor)
      // Without TCP_NODELAY, Nagle's algorithm and delayed acknowledgements can delay a response by
      // 40 ms.
      try setOption(Int32(IPPROTO_TCP), TCP_NODELAY, 1, on: descriptor)
    } catch {
      close(descriptor)
      throw error
    }
    return (descriptor, address(storage))
  }

  /// The address that a socket is bound to.
  static func localAddress(of descriptor: Int32) -> Address {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    _ = withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getsockname(descriptor, $0, &length)
      }
    }
    return address(storage)
  }

  private static func makeNonBlocking(_ descriptor: Int32) throws(SocketError) {
    guard fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) == 0,
      fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
    else { throw SocketError("fcntl") }
  }

  private static func setOption(
    _ level: Int32, _ name: Int32, _ value: Int32, on descriptor: Int32
  ) throws(SocketError) {
    var value = value
    guard setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size)) == 0
    else { throw SocketError("setsockopt") }
  }

  /// The numeric form of an address; the IPv4 address for an IPv4 client of an IPv6 socket.
  private static func address(_ storage: sockaddr_storage) -> Address {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    var port: UInt16 = 0
    withUnsafeBytes(of: storage) { bytes in
      if Int32(storage.ss_family) == AF_INET6 {
        var socketAddress = bytes.load(as: sockaddr_in6.self)
        port = UInt16(bigEndian: socketAddress.sin6_port)
        inet_ntop(AF_INET6, &socketAddress.sin6_addr, &text, socklen_t(text.count))
      } else {
        var socketAddress = bytes.load(as: sockaddr_in.self)
        port = UInt16(bigEndian: socketAddress.sin_port)
        inet_ntop(AF_INET, &socketAddress.sin_addr, &text, socklen_t(text.count))
      }
    }
    let host = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return Address(host: host.hasPrefix("::ffff:") ? String(host.dropFirst(7)) : host, port: port)
  }
}

/// The error for a host to listen on that is neither a numeric address nor `localhost`.
public struct AddressError: Error, Sendable, Equatable, CustomStringConvertible {
  public let host: String

  public var description: String {
    "cannot listen on \"\(host)\": give a numeric IPv4 or IPv6 address, or localhost"
  }
}

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
