extension SettingKey {
  /// Every setting, in the order in which `bnsl config` and the example file show them.
  public static let all: [SettingKey] = [
    .text(
      "host", \.host,
      "The address to listen on. Any address but loopback makes the service reachable from outside: "
        + "then put a proxy with TLS in front of it, and use API keys."),
    .integer(
      "port", \.port, 0...65_535, "The port to listen on; 0 takes any free one and prints it."),
    .integerOrAuto(
      "workers", \.workers, 1...1_024,
      "How many threads fit; auto is the number of cores, or the container's CPU quota."),
    .integer(
      "queue_capacity", \.queueCapacity, 1...1_000_000,
      "How many jobs may wait; the next one is refused with 503."),
    .integerOrAuto(
      "queue_limit_per_client", \.queueLimitPerClient, 1...1_000_000,
      "How many unfinished jobs a client (an API key, or else an address) may have; the next one is "
        + "refused with 429. auto is half of queue_capacity with API keys, and no limit without."),
    .integer(
      "max_connections", \.maxConnections, 1...1_000_000,
      "How many connections may be open. For another one the longest idle connection is closed; while "
        + "none is idle, new clients wait. Lowered when the limit of open descriptors is too small."
    ),
    .integer(
      "max_waiters", \.maxWaiters, 0...1_000_000,
      "How many requests may wait for a result; more are answered with 202 at once. With API keys, "
        + "each key has at most half of them."),

    .duration(
      "head_timeout_s", \.headTimeout, 0.1...3_600,
      "How long the head of a request may take to arrive, from its first byte to its last."),
    .duration(
      "body_timeout_s", \.bodyTimeout, 0.1...3_600, "How long the body of a request may take."),
    .duration(
      "write_timeout_s", \.writeTimeout, 0.1...3_600,
      "How long a client may read nothing of its response."),
    .integer(
      "minimum_rate_bytes_s", \.minimumRate, 1...1_073_741_824,
      "How many bytes per second a body or a response must average after body_timeout_s or "
        + "write_timeout_s."),
    .duration(
      "idle_timeout_s", \.idleTimeout, 0.1...86_400,
      "How long a connection may stay open between two requests."),
    .duration(
      "linger_s", \.linger, 0...3_600,
      "How long a client may take to close its side after the last response."),
    .integer(
      "max_head_bytes", \.maxHeadBytes, 1_024...1_048_576,
      "The largest size of a request line and its fields together."),
    .integer(
      "max_body_bytes", \.maxBodyBytes, 1_024...1_073_741_824,
      "The largest size of a request's body. Reading one takes up to thirty times its size in memory."
    ),
    .integer(
      "max_body_bytes_total", \.maxBodyBytesTotal, 1_024...1_099_511_627_776,
      "The largest size of all bodies together: of requests until they are answered, and of responses "
        + "until they are sent. A client (an API key, or else an address) may hold half of it. A body "
        + "beyond it is answered with 503. Bodies of up to 16 KiB do not count."),
    .duration(
      "drain_delay_s", \.drainDelay, 0...3_600,
      "How long after SIGTERM requests are still accepted, so that load balancers notice /readyz."),
    .duration(
      "drain_deadline_s", \.drainDeadline, 0...86_400,
      "How long running jobs may take to finish during a stop; then they are queued again for the "
        + "next start. Requests that wait for them are answered with 202 a second earlier."),

    .choice("log_format", \.logFormat, "auto is text on a terminal and JSON elsewhere."),
    .choice("log_level", \.logLevel, "The lowest level of messages that are logged."),

    .duration(
      "wait_default_s", \.waitDefault, 0...3_600,
      "How long a request waits for its result before it is answered with 202."),
    .duration(
      "wait_max_s", \.waitMax, 0...3_600,
      "The longest wait that a request may ask for (Prefer: wait)."),
    .duration(
      "abandon_grace_s", \.abandonGrace, 0...3_600,
      "How long a job goes on after the only client that waits for it has closed its side. A job with "
        + "an Idempotency-Key always goes on."),
    .duration(
      "job_timeout_s", \.jobTimeout, 0.1...86_400,
      "How long a job may run; with several curves each one adds 5 seconds."),
    .integer("max_points", \.maxPoints, 3...10_000_000, "How many points a curve may have."),
    .integer(
      "max_points_total", \.maxPointsTotal, 3...100_000_000,
      "How many points all curves of a request may have together."),
    .integer("max_curves", \.maxCurves, 1...100_000, "How many curves a request may have."),
    .integer("max_breaks", \.maxBreaks, 0...5, "How many breaks a request may ask for."),
    .integer(
      "max_samples", \.maxSamples, 20...1_000_000,
      "How many resamples the bootstrap may fit for all curves of a request together."),
    .integer(
      "max_predictions", \.maxPredictions, 1...1_000_000,
      "How many values a request may ask for by predict and solve_for, over all of its curves."),
    .integer(
      "max_output_bytes", \.maxOutputBytes, 65_536...1_000_000_000,
      "The largest size of a job's result; a job with a larger one fails."),

    .text(
      "data_dir", \.dataDirectory, "The directory of the database; created if it does not exist."),
    .choice(
      "store", \.store,
      "Where jobs are kept: sqlite survives restarts and kill -9, memory does not."),
    .choice(
      "store_sync", \.storeSync,
      "normal survives a crash of the process; full also survives a loss of power, and is slower."),
    .duration(
      "retention_days", \.retentionDays, 0...36_500,
      "After how many days a finished job is deleted."),
    .integer(
      "retention_jobs", \.retentionJobs, 1...100_000_000,
      "How many finished jobs of each API key are kept, or of all clients without API keys; the oldest "
        + "are deleted first."),
    .integerOrAuto(
      "retention_bytes", \.retentionBytes, 1_048_576...1_099_511_627_776,
      "How many bytes of requests and results are kept for all API keys together; beyond it the oldest "
        + "of the key that holds most are deleted first. auto is 1 GiB, and 128 MiB with the memory "
        + "store."),

    .textOrNone(
      "api_keys_file", \.apiKeysFile,
      "The file of hashed API keys (bnsl key add). When it is given, a request needs a key, and a "
        + "client sees only the jobs of its own key; /, /healthz, /readyz, /version, /openapi.yaml and "
        + "/problems stay open. The file is read again when it changes."),
    .list(
      "cors_origins", \.corsOrigins,
      "The origins whose pages may use the service, such as https://lab.example."),
    .list(
      "allowed_hosts", \.allowedHosts,
      "Names that the field Host may have, besides localhost and 127.0.0.1. When empty, a server that "
        + "does not listen on loopback accepts every name. Probes must use an allowed name too."),
    .list(
      "trusted_proxies", \.trustedProxies, of: "addresses or ranges such as 10.0.0.0/8",
      "Proxies whose fields X-Forwarded-For and Forwarded are trusted, for the client's address in the "
        + "log and in the rate limit.", isAllowed: { AddressRange($0) != nil }),
    .integer(
      "rate_limit_per_minute", \.rateLimitPerMinute, 0...1_000_000,
      "How many requests a client (an API key, or else an address) may send in a minute; 0 means no "
        + "limit."),
  ]
}
