import Foundation
import FoundationNetworking
import HTTP
import HTTPTypes
import Jobs
import Logging
import Testing

@testable import FitService
@testable import Fits

@Suite("The whole service")
struct ServiceTests {
  private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  @Test("a service on a free port fits a curve, and stops")
  func roundTrip() async throws {
    var settings = Settings()
    settings.port = 0
    settings.store = .memory
    let service = try Service(settings, logger: Self.logger)
    let address = try service.start()
    var request = URLRequest(url: try #require(URL(string: "http://\(address)/fit")))
    request.httpMethod = "POST"
    request.httpBody = Data(FitRequestTests.body("").utf8)
    let (body, response) = try await URLSession.shared.data(for: request)
    #expect((response as? HTTPURLResponse)?.statusCode == 200)
    #expect(String(decoding: body, as: UTF8.self).contains(#""state":"succeeded""#))
    await service.stop()
    await #expect(throws: URLError.self) { try await URLSession.shared.data(for: request) }
  }

  @Test(
    "a taken port is told at once, and no job of an earlier process runs", .timeLimit(.minutes(1)))
  func takenPort() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "service-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    // A job that waits since an earlier process.
    let earlier = try JobQueue(store: try SQLiteStore(directory: folder.path)) { _ in
      .succeeded([])
    }
    let id = try await earlier.submit(JobRequest(kind: "fit", payload: [])).job.id
    await earlier.halt(within: .zero)

    var settings = Settings()
    settings.port = 0
    settings.store = .memory
    let other = try Service(settings, logger: Self.logger)
    settings.port = Int(try other.start().port)
    settings.store = .sqlite
    settings.dataDirectory = folder.path
    // Longer than the test may take.
    settings.drainDelay = 3_600
    settings.drainDeadline = 3_600
    await #expect(throws: (any Error).self) {
      try await Service.run(settings) { _ in Issue.record("it listens") }
    }
    await other.stop()
    let later = try JobQueue(store: try SQLiteStore(directory: folder.path)) { _ in
      .succeeded([])
    }
    let job = try #require(try await later.job(id))
    #expect(job.state == .queued && job.attempts == 0)
    await later.halt(within: .zero)
  }

  @Test("without the keys that were asked for, nothing starts")
  func missingKeys() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "none-\(UUID())").path
    let settings = try LoadedSettings(flags: [
      "api_keys_file": path, "store": "memory", "port": "0",
    ]).settings
    #expect(throws: APIKeyFileError.self) { try Service(settings, logger: Self.logger) }
  }

  @Test("the settings reach every part")
  func settings() throws {
    let settings = try LoadedSettings(flags: [
      "workers": "3", "queue_capacity": "7", "max_waiters": "9", "retention_days": "2",
      "linger_s": "3", "minimum_rate_bytes_s": "9", "max_body_bytes": "2000",
      "abandon_grace_s": "1.5", "max_points": "50",
      "retention_bytes": "2000000", "max_output_bytes": "70000",
      "job_timeout_s": "8", "host": "0.0.0.0", "cors_origins": "https://Lab.example",
    ]).settings
    #expect(settings.queue.workers == 3)
    #expect(settings.queue.capacity == 7)
    #expect(settings.queue.maxWaiters == 9)
    #expect(settings.queue.retentionBytes == 2_000_000)
    #expect(settings.queue.maxOutputBytes == 70_000)
    #expect(settings.queue.retentionAge == .seconds(172_800))
    #expect(settings.server.timeouts.linger == .seconds(3))
    #expect(settings.server.timeouts.minimumRate == 9)
    #expect(settings.server.limits.body == 2_000)
    #expect(settings.server.timeouts.abandonGrace == .milliseconds(1_500))
    #expect(settings.requestLimits.points == 50)
    #expect(settings.requestLimits.timeout == 8)
    #expect(!settings.originPolicy.isLoopback)
    #expect(settings.originPolicy.corsOrigins == ["https://lab.example"])
  }
}

@Suite("openapi.yaml")
struct OpenAPIExampleTests {
  /// The JSON after `value: # example:NAME`, up to the line that is indented less.
  private func example(_ name: String) throws -> String {
    let lines = String(decoding: PackageResources.openapi_yaml, as: UTF8.self)
      .split(separator: "\n")
    let start = try #require(lines.firstIndex { $0.hasSuffix("# example:\(name)") })
    let indent = lines[start].prefix { $0 == " " }.count
    return lines[(start + 1)...].prefix { $0.prefix { $0 == " " }.count > indent }
      .joined(separator: "\n")
  }

  @Test("the example is what the engine answers to the example")
  func realAnswer() async throws {
    let api = try TestAPI { try FitWork.run($0) }
    let answer = try await api.fit(try example("request"))
    #expect(answer.status == 200)
    let shown = TestAPI.Answer(.init(status: .ok, json: Array(try example("result").utf8)))
    #expect(shown["summary"] == answer["summary"])
    for constant in ["a", "b", "c0", "c1", "d1", "f1"] {
      let path = "model/constants/\(constant)/value"
      let expected = try #require(shown[path].flatMap(Double.init))
      let got = try #require(answer[path].flatMap(Double.init))
      // The polish ends where the cost is flat to rounding: constants agree to about 1e-8.
      #expect(abs(got - expected) <= 1e-6 * abs(expected), "\(constant)")
    }
  }
}
