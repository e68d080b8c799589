import Glibc
import Logging

/// The process's limit of open descriptors; its default is often 1,024.
enum DescriptorLimit {
  /// The descriptors kept for everything but connections: about 40 for the store and its readers,
  /// the queues, the log and libraries, and some for files that are open for a short time.
  private static let reserve = 256

  /// Raises the soft limit to what the connections need, and logs a warning if that is not possible.
  ///
  /// - Returns: how many of the connections the limit allows.
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
      logger.warning(
        "max_connections is lowered: the limit of open descriptors is too small", metadata: metadata
      )
    } else {
      logger.debug(
        "the limit of open descriptors suffices for max_connections", metadata: metadata)
    }
    return served
  }

  /// How many connections fit into a limit of descriptors; of a small limit half is kept for
  /// everything else.
  static func connections(of wanted: Int, within limit: Int) -> Int {
    max(1, min(wanted, limit - min(reserve, limit / 2)))
  }
}
