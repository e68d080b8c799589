import Foundation

/// What the kernel says of this process; nil where it says nothing (proc(5)).
struct ProcessFigures {
  /// Processor time of all threads, in seconds.
  let processorTime: Double?
  let residentBytes: Int?
  let virtualBytes: Int?
  let threads: Int?
  let openDescriptors: Int?
  let maxDescriptors: Int?
  /// Seconds since 1970.
  let startTime: Double?

  init() {
    processorTime = Self.time(CLOCK_PROCESS_CPUTIME_ID)
    // The second field is the command in parentheses and may hold anything: count from its end.
    let stat = (try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8)) ?? ""
    let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
    func field(_ number: Int) -> Int? {
      fields.indices.contains(number - 3) ? Int(fields[number - 3]) : nil
    }
    threads = field(20)
    virtualBytes = field(23)
    residentBytes = field(24).map { $0 * Int(sysconf(Int32(_SC_PAGESIZE))) }
    startTime = field(22).flatMap { ticks in
      // Counted from when the machine started.
      guard let now = Self.time(CLOCK_REALTIME), let uptime = Self.time(CLOCK_BOOTTIME) else {
        return nil
      }
      return now - uptime + Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
    // One of them is the directory itself, while it is read.
    openDescriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))
      .map { $0.count - 1 }
    var limit = rlimit()
    let hasLimit = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
    maxDescriptors = hasLimit ? Int(clamping: limit.rlim_cur) : nil
  }

  private static func time(_ clock: clockid_t) -> Double? {
    var time = timespec()
    guard clock_gettime(clock, &time) == 0 else { return nil }
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
