import Glibc
import Synchronization

/// A listening socket. Clients that connect wait in the kernel's queue until a server accepts them.
///
/// Separate from the server, so that a program can fail on a port in use before it does anything
/// else.
public final class ListeningSocket: Sendable {
  /// The bound address; for port 0 with the port that the kernel chose.
  public let address: Address

  /// How many clients may wait in the kernel's queue; net.core.somaxconn may lower it.
  static let backlog = 4096

  /// Negative once it is closed.
  private let openDescriptor: Atomic<Int32>

  var descriptor: Int32 { openDescriptor.load(ordering: .relaxed) }

  /// Binds and listens.
  ///
  /// - Parameters:
  ///   - host: a numeric address or `localhost`, which is 127.0.0.1; `0.0.0.0` and `::` mean all
  ///     addresses.
  ///   - port: 0 takes any free port.
  /// - Throws: `AddressError`, or `SocketError` naming the call that failed.
  public init(host: String, port: UInt16) throws {
    let descriptor = try Socket.listen(host: host, port: port, backlog: Int32(Self.backlog))
    openDescriptor = Atomic(descriptor)
    address = Socket.localAddress(of: descriptor)
  }

  deinit { close() }

  /// Closes the socket: new connections are refused, waiting ones are reset.
  func close() {
    let descriptor = openDescriptor.exchange(-1, ordering: .relaxed)
    if descriptor >= 0 { Glibc.close(descriptor) }
  }
}
