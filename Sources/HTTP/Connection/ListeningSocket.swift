import Glibc
import Synchronization

/// An address that is listened at. Whoever connects waits in the kernel's queue until a server
/// accepts.
///
/// Bound apart from the server, so that a port that is taken is told before anything else is done.
public final class ListeningSocket: Sendable {
  /// The address bound, with the port that was free if 0 was asked for.
  public let address: Address

  /// How many clients the kernel lets wait; it may have a lower limit itself (net.core.somaxconn).
  static let backlog = 4096

  /// Negative once it is closed.
  private let openDescriptor: Atomic<Int32>

  var descriptor: Int32 { openDescriptor.load(ordering: .relaxed) }

  /// Binds and listens.
  ///
  /// - Parameters:
  ///   - host: a numeric address or `localhost`, which is 127.0.0.1; `0.0.0.0` and `::` are all
  ///     addresses.
  ///   - port: 0 takes any free port.
  /// - Throws: `AddressError`, or `SocketError` naming the call that failed.
  public init(host: String, port: UInt16) throws {
    let descriptor = try Socket.listen(host: host, port: port, backlog: Int32(Self.backlog))
    openDescriptor = Atomic(descriptor)
    address = Socket.localAddress(of: descriptor)
  }

  deinit { close() }

  /// Refuses whoever connects from now on, and resets who still waits.
  func close() {
    let descriptor = openDescriptor.exchange(-1, ordering: .relaxed)
    if descriptor >= 0 { Glibc.close(descriptor) }
  }
}
