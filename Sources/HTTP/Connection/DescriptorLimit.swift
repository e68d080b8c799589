import Glibc
import Logging

/// The process's limit of open descriptors, which is often 1,024 at first.
enum DescriptorLimit {
  /// Descriptors for what is no connection: some 40 for the store and its readers, the queues, the
  /// log and libraries, and room for files that are opened for a moment.
  private static let reserve = 256

  /// Raises the soft limit towards what the connections need, and says when it falls short.
  ///
  /// - Returns: how many of the connections there can be beside everything else.
  static func raise(toServe connections: Int, logger: Logger) -> Int {
    let needed = rlim_t(max(0, connections) + reserve)
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
      return connections
    }
    if limit.rlim_cur < needed {
      limit.rlim_cur = min(needed, limit.rlim_max)
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
    let served = Self.connections(of: connections, within: Int(clamping: limit.rlim_cur))
    let metadata: Logger.Metadata = [
      "limit": "\(limit.rlim_cur)", "needed": "\(needed)", "max_connections": "\(served)",
    ]
    if served < connections {
      logger.warning("max_connections is lowered to the limit of descriptors", metadata: metadata)
    } else {
      logger.debug("descriptors suffice for max_connections", metadata: metadata)
    }
    return served
  }

  /// How many connections a limit leaves room for; where it is small, half is for everything else.
  static func connections(of wanted: Int, within limit: Int) -> Int {
    max(1, min(wanted, limit - min(reserve, limit / 2)))
  }
}
