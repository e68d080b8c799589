import Foundation

/// How many processors this process may keep busy.
///
/// A container often sees all cores of its machine but may use only a share of their time; more
/// threads than that share only makes each of them wait.
public enum ProcessorQuota {
  /// The number of cores, or the container's quota rounded up when that is less; at least 1.
  public static let processors: Int = {
    let cores = ProcessInfo.processInfo.activeProcessorCount
    guard let quota = quota(), quota < Double(cores) else { return cores }
    return max(1, Int(quota.rounded(.up)))
  }()

  /// The smallest quota on the way from this process's control group up to the root, in processors.
  private static func quota() -> Double? {
    guard let groups = read("/proc/self/cgroup") else { return nil }
    return candidates(membership: groups).compactMap { candidate in
      switch candidate {
      case .version2(let directory): read("\(directory)/cpu.max").flatMap(parse(cpuMax:))
      case .version1(let directory):
        read("\(directory)/cpu.cfs_quota_us").flatMap { quota in
          read("\(directory)/cpu.cfs_period_us").flatMap { parse(quota: quota, period: $0) }
        }
      }
    }.min()
  }

  /// A directory that may hold a quota.
  enum Candidate: Equatable {
    case version1(String)
    case version2(String)
  }

  /// The directories to look into, given `/proc/self/cgroup` (cgroups(7)): every ancestor of the
  /// process's group, because a quota on any of them binds.
  static func candidates(membership: String) -> [Candidate] {
    membership.split(separator: "\n").flatMap { line -> [Candidate] in
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return [] }
      let ancestors = Self.ancestors(of: fields[2])
      if fields[0] == "0", fields[1].isEmpty {
        return ancestors.map { .version2("/sys/fs/cgroup" + $0) }
      }
      guard fields[1].split(separator: ",").contains("cpu") else { return [] }
      return ancestors.map { .version1("/sys/fs/cgroup/cpu" + $0) }
    }
  }

  /// "/a/b" gives "", "/a", "/a/b": at most the first 64, so that the loop is bounded.
  private static func ancestors(of path: Substring) -> [String] {
    path.split(separator: "/").prefix(64).reduce(into: [""]) { found, part in
      found.append((found.last ?? "") + "/" + part)
    }
  }

  /// The processors granted by `cpu.max` of cgroup v2: "quota period" or "max period".
  static func parse(cpuMax text: String) -> Double? {
    let fields = text.split(whereSeparator: \.isWhitespace)
    guard fields.count == 2 else { return nil }
    return parse(quota: String(fields[0]), period: String(fields[1]))
  }

  /// The processors granted by a quota and its period in microseconds; v1 writes -1 for none.
  static func parse(quota: String, period: String) -> Double? {
    guard let quota = Int64(quota.trimmingCharacters(in: .whitespacesAndNewlines)),
      let period = Int64(period.trimmingCharacters(in: .whitespacesAndNewlines)),
      quota > 0, period > 0
    else { return nil }
    return Double(quota) / Double(period)
  }

  private static func read(_ path: String) -> String? {
    try? String(contentsOfFile: path, encoding: .utf8)
  }
}
