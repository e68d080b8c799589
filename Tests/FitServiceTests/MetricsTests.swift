import Foundation
import HTTPTypes
import Jobs
import Testing

@testable import FitService
@testable import Fits

@Suite("Metrics")
struct MetricsTests {
  @Test("a family has its help, its kind and its samples, with labels escaped")
  func text() {
    var text = MetricsText()
    text.family("jobs", .gauge, "Jobs.") {
      $0.sample(1, ["state": "a\\b\"c\nd", "kind": "fit"])
      $0.sample(0.5)
    }
    text.family("none", .gauge, "Nothing.") { _ in }
    text.value("absent", .gauge, "Nothing.", nil as Int?)
    #expect(
      text.text == """
        # HELP jobs Jobs.
        # TYPE jobs gauge
        jobs{state="a\\\\b\\"c\\nd",kind="fit"} 1
        jobs 0.5

        """)
  }

  @Test(
    "a duration falls into the first bucket that holds it",
    arguments: [
      (Duration.zero, 0), (.microseconds(500), 0), (.microseconds(501), 1), (.seconds(60), 15),
      (.seconds(61), 16), (.seconds(1e9), 16),
    ])
  func buckets(duration: Duration, bucket: Int) {
    var histogram = Histogram()
    histogram.record(duration)
    #expect(histogram.counts.firstIndex(of: 1) == bucket)
    #expect(histogram.count == 1)
    #expect(histogram.sum == duration / .seconds(1))
  }

  @Test("each bucket of a histogram holds those before it")
  func histogram() {
    var histogram = Histogram()
    for milliseconds in [1, 2, 70_000] { histogram.record(.milliseconds(milliseconds)) }
    var text = MetricsText()
    text.family("t", .histogram, "T.") { $0.sample(histogram, ["breaks": "1"]) }
    let lines = text.text.split(separator: "\n")
    #expect(lines.contains(#"t_bucket{breaks="1",le="0.0005"} 0"#))
    #expect(lines.contains(#"t_bucket{breaks="1",le="0.001"} 1"#))
    #expect(lines.contains(#"t_bucket{breaks="1",le="60.0"} 2"#))
    #expect(lines.contains(#"t_bucket{breaks="1",le="+Inf"} 3"#))
    #expect(lines.suffix(2) == [#"t_sum{breaks="1"} 70.003"#, #"t_count{breaks="1"} 3"#])
  }

  @Test(
    "numbers are written as Prometheus reads them",
    arguments: [(1.5, "1.5"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN")])
  func numbers(number: Double, text: String) {
    #expect(number.metricsText == text)
  }

  @Test("what the kernel tells of this process is there, and sane")
  func process() throws {
    let figures = ProcessFigures()
    #expect(try #require(figures.processorTime) > 0)
    #expect(try #require(figures.residentBytes) > 1 << 20)
    #expect(try #require(figures.virtualBytes) >= #require(figures.residentBytes))
    #expect(try #require(figures.threads) >= 1)
    #expect(try #require(figures.openDescriptors) >= 3)
    #expect(try #require(figures.maxDescriptors) >= #require(figures.openDescriptors))
    let age = Date().timeIntervalSince1970 - (try #require(figures.startTime))
    #expect(age > 0 && age < 86_400 * 365)
  }

  @Test("jobs are counted by where they come from and how they end")
  func jobs() async throws {
    let api = try TestAPI { try FitWork.run($0) }
    _ = try await api.fit()
    _ = try await api.fit()
    _ = try await api.fit(#"{"x":[1,2,4],"y":[3,0,-2],"objective":"log"}"#)
    let figures = try await api.send("GET", "/metrics").body
    let lines = figures.split(separator: "\n")
    #expect(lines.contains(#"bnsl_jobs_submitted_total{kind="fit",origin="hit"} 1"#))
    #expect(lines.contains(#"bnsl_job_run_seconds_count{kind="fit",state="succeeded"} 1"#))
    #expect(lines.contains(#"bnsl_job_run_seconds_count{kind="fit",state="failed"} 1"#))
    #expect(lines.contains(#"bnsl_jobs{state="failed"} 1"#))
    #expect(lines.contains(#"bnsl_job_queue_wait_seconds_count{kind="fit"} 2"#))
    #expect(lines.contains(#"bnsl_jobs{state="running"} 0"#))
    #expect(lines.contains("bnsl_workers 1"))
    #expect(lines.contains("bnsl_queue_length 0"))
  }

  @Test("what a client chooses freely becomes no label")
  func labels() {
    let metrics = Metrics()
    for (method, path) in [("BREW", "/a"), ("BREW", "/b"), ("PROPFIND", "/c")] {
      metrics.count(.test(method: .init(method), path: path))
    }
    #expect(
      Array(metrics.current.exchanges.keys)
        == [Metrics.RequestLabels(route: "", method: "other", status: 404)])
  }
}
