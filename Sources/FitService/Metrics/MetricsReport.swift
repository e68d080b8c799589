import Fits
import Jobs

/// Everything that `GET /metrics` tells, as it was at one moment.
struct MetricsReport {
  let counts: Metrics.Counts
  /// Open now, and accepted since the start.
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
      "Requests; status 0: the client went first; no route: nothing has that path."
    ) {
      for (key, times) in exchanges {
        $0.sample(
          times.count, ["route": key.route, "method": key.method, "status": String(key.status)])
      }
    }
    text.family(
      "bnsl_http_request_duration_seconds", .histogram,
      "From the complete head to the complete answer, waiting for jobs included."
    ) {
      for (key, times) in exchanges {
        $0.sample(
          times, ["route": key.route, "method": key.method, "status": String(key.status)])
      }
    }
    text.value(
      "bnsl_http_request_body_bytes_total", .counter, "Bytes of bodies received.", counts.bytesIn)
    text.value(
      "bnsl_http_response_bytes_total", .counter, "Bytes of answers, heads included.",
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
      "Requests for jobs; hit: answered by a stored result, shared: joined to a computation under way, "
        + "replay: the job of an earlier request with the same Idempotency-Key."
    ) {
      for (sort, count) in counts.submissions.sorted(by: { $0.key < $1.key }) {
        $0.sample(count, ["kind": sort.kind, "origin": sort.name])
      }
    }
    text.family(
      "bnsl_job_queue_wait_seconds", .histogram, "From being queued to the start, or to the end."
    ) {
      for (kind, times) in counts.queueWaits.sorted(by: { $0.key < $1.key }) {
        $0.sample(times, ["kind": kind])
      }
    }
    text.family("bnsl_job_run_seconds", .histogram, "From the start of a job to its end.") {
      for (sort, times) in counts.runTimes.sorted(by: { $0.key < $1.key }) {
        $0.sample(times, ["kind": sort.kind, "state": sort.name])
      }
    }
    text.family(
      "bnsl_fit_duration_seconds", .histogram,
      "Fits of single curves, by the number of breaks of the reported law."
    ) {
      for (breaks, times) in counts.fits.sorted(by: { $0.key < $1.key }) {
        $0.sample(times, ["breaks": String(breaks)])
      }
    }
    text.value(
      "bnsl_queue_length", .gauge, "Computations that wait for a worker.", jobs?.queueLength)
    text.value(
      "bnsl_queue_oldest_age_seconds", .gauge, "How long the first of them has waited.",
      jobs.map { $0.oldestQueuedAge / .seconds(1) })
    text.value("bnsl_workers", .gauge, "Workers.", jobs?.workers)
    text.value("bnsl_workers_busy", .gauge, "Workers that compute.", jobs?.busyWorkers)
    text.value(
      "bnsl_store_healthy", .gauge,
      "1 when the store is whole and its last change could be written, else 0.",
      jobs.map { $0.storeTrouble == nil ? 1 : 0 })
    text.value(
      "bnsl_store_failures_total", .counter, "Changes that the store refused at first.",
      counts.storeFailures)
  }

  private func writeProcess(to text: inout MetricsText) {
    text.value(
      "bnsl_log_lines_dropped_total", .counter, "Lines of the log that nobody read in time.",
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
