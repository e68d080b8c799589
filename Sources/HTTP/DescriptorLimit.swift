import Glibc
import Logging

/// The process's limit of open descriptors, which is often 1,024 at first.
enum DescriptorLimit {
  /// Descriptors for what is no connection: files, the store, libraries.
  private static let reserve = 256

  /// Raises the soft limit towards what the connections need, and says when it falls short.
  static func raise(toServe connections: Int, logger: Logger) {
    let needed = rlim_t(max(0, connections) + reserve)
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    if limit.rlim_cur < needed {
      limit.rlim_cur = min(needed, limit.rlim_max)
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
    let metadata: Logger.Metadata = ["limit": "\(limit.rlim_cur)", "needed": "\(needed)"]
    if limit.rlim_cur < needed {
      logger.warning("too few descriptors for max_connections", metadata: metadata)
    } else {
      logger.debug("descriptors suffice for max_connections", metadata: metadata)
    }
  }
}
