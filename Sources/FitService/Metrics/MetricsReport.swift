import Fits
import Foundation
import Jobs

/// The answer of `GET /metrics`: all figures at one moment.
struct MetricsReport {
  let counts: Metrics.Counts
  /// The connections that are open, and those accepted since the start.
  let connections: (open: Int, accepted: Int)
  /// Nil when the store does not answer.
  let jobs: JobGauges?
  let process = ProcessFigures()
  let droppedLogLines = LogSink.standardError.dropped

  var text: String {
    var text = MetricsText()
    text.family("bnsl_build_info", .gauge, "The release and the engine that run.") {
      $0.sample(1, ["version": Release.version, "engine_version": Engine.version])
    }
    writeRequests(to: &text)
    writeJobs(to: &text)
    writeProcess(to: &text)
    return text.text
  }

  private func writeRequests(to text: inout MetricsText) {
    let exchanges = counts.exchanges.sorted { $0.key < $1.key }
    text.family(
      "bnsl_http_requests_total", .counter,
      "Requests. Status 0: the client disconnected first. Empty route: no route has the path."
    ) {
      for (key, times) in exchanges {
        $0.sample(
          times.count, ["route": key.route, "method": key.method, "status": String(key.status)])
      }
    }
    text.family(
      "bnsl_http_request_duration_seconds", .histogram,
      "Time from the complete head to the complete response, including the wait for a job."
    ) {
      for (key, times) in exchanges {
        $0.sample(
          times, ["route": key.route, "method": key.method, "status": String(key.status)])
      }
    }
    text.value(
      "bnsl_http_request_body_bytes_total", .counter, "Bytes of bodies received.", counts.bytesIn)
    text.value(
      "bnsl_http_response_bytes_total", .counter, "Bytes of responses, including their heads.",
      counts.bytesOut)
    text.value("bnsl_http_connections", .gauge, "Connections open now.", connections.open)
    text.value(
      "bnsl_http_connections_accepted_total", .counter, "Connections accepted.",
      connections.accepted)
  }

  private func writeJobs(to text: inout MetricsText) {
    text.family("bnsl_jobs", .gauge, "Jobs in the store.") {
      guard let jobs else { return }
      for state in JobState.allCases {
        $0.sample(jobs.jobs[state] ?? 0, ["state": state.name])
      }
    }
    text.family(
      "bnsl_jobs_submitted_total", .counter,
      "Submitted jobs. hit: answered by a stored result; shared: joined an unfinished computation; "
        + "replay: repeated an earlier request with the same Idempotency-Key."
    ) {
      for (labels, count) in counts.submissions.sorted(by: { $0.key < $1.key }) {
        $0.sample(count, ["kind": labels.kind, "origin": labels.name])
      }
    }
    text.family(
      "bnsl_job_queue_wait_seconds", .histogram,
      "Time from the submission of a job to its start, or to its end if it never started."
    ) {
      for (kind, times) in counts.queueWaits.sorted(by: { $0.key < $1.key }) {
        $0.sample(times, ["kind": kind])
      }
    }
    text.family("bnsl_job_run_seconds", .histogram, "Time from the start of a job to its end.") {
      for (labels, times) in counts.runTimes.sorted(by: { $0.key < $1.key }) {
        $0.sample(times, ["kind": labels.kind, "state": labels.name])
      }
    }
    text.family(
      "bnsl_fit_duration_seconds", .histogram,
      "Time to fit one curve, by the number of breaks of the reported law."
    ) {
      for (breaks, times) in counts.fits.sorted(by: { $0.key < $1.key }) {
        $0.sample(times, ["breaks": String(breaks)])
      }
    }
    text.value(
      "bnsl_queue_length", .gauge, "Computations that wait for a worker.", jobs?.queueLength)
    text.value(
      "bnsl_queue_oldest_age_seconds", .gauge, "How long the oldest of them has waited.",
      jobs.map { $0.oldestQueuedAge / .seconds(1) })
    text.value("bnsl_workers", .gauge, "Workers.", jobs?.workers)
    text.value("bnsl_workers_busy", .gauge, "Workers that run a job.", jobs?.busyWorkers)
    text.value(
      "bnsl_store_healthy", .gauge,
      "1 when the store is undamaged and the latest change was written, else 0.",
      jobs.map { $0.storeTrouble == nil ? 1 : 0 })
    text.value(
      "bnsl_store_failures_total", .counter, "Failed attempts to change the store.",
      counts.storeFailures)
  }

  private func writeProcess(to text: inout MetricsText) {
    text.value(
      "bnsl_log_lines_dropped_total", .counter,
      "Lines of the log that were dropped, because their reader was too slow.",
      droppedLogLines)
    text.value(
      "process_cpu_seconds_total", .counter, "Processor time of all threads.",
      process.processorTime)
    text.value(
      "process_resident_memory_bytes", .gauge, "Memory in use.", process.residentBytes)
    text.value(
      "process_virtual_memory_bytes", .gauge, "Memory reserved.", process.virtualBytes)
    text.value("process_threads", .gauge, "Threads.", process.threads)
    text.value("process_open_fds", .gauge, "Descriptors open now.", process.openDescriptors)
    text.value("process_max_fds", .gauge, "Descriptors that may be open.", process.maxDescriptors)
    text.value(
      "process_start_time_seconds", .gauge, "When the process started, since 1970.",
      process.startTime)
  }
}

/// The kernel's figures of this process (proc(5)); nil where one cannot be read.
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
    // The second field, the command in parentheses, may contain spaces: count from its end.
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
