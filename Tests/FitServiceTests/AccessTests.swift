import Foundation
import Jobs
import Locks
import Logging
import Testing

@testable import FitService
@testable import Fits

@Suite("Keys and rates")
struct AccessTests {

  private static let origins = OriginPolicy(isLoopback: true, allowedHosts: [], corsOrigins: [])

  private static func withKeys(
    _ body: (TestAPI, KeyRing, APIKeyFile, _ ada: String, _ ben: String) async throws -> Void
  ) async throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let file = APIKeyFile(path: path)
    let ada = try file.add(name: "Ada").token
    let ben = try file.add(name: "Ben").token
    let ring = try KeyRing(file, logger: TestAPI.silence)
    let api = try TestAPI(access: Access(origins: origins, keys: ring))
    try await body(api, ring, file, ada, ben)
  }

  private static func bearer(_ token: String) -> [String: String] {
    ["Authorization": "Bearer \(token)"]
  }

  @Test("without a key nothing but the open routes is served")
  func unauthorized() async throws {
    try await Self.withKeys { api, _, _, ada, _ in
      for path in [
        "/jobs", "/jobs/x", "/jobs/x/result", "/metrics", "/nowhere", "/Healthz",
        "/jobs/../healthz", "/%2e%2e/jobs", "//jobs", "/problems/x/jobs", "/healthz/jobs",
        "/problems/", "/problems",
      ] {
        let answer = try await api.send("GET", path)
        #expect(answer.status == 401, "\(path)")
        #expect(answer["code"] == "unauthorized")
        #expect(answer[field: "WWW-Authenticate"] == #"Bearer realm="bnsl""#)
        #expect(try await api.send("GET", path, Self.bearer(ada)).status != 401, "\(path)")
      }
      #expect(try await api.fit().status == 401)
      for path in [
        "/", "/healthz", "/readyz", "/version", "/openapi.yaml", "/problems/unauthorized",
      ] {
        #expect(try await api.send("GET", path).status == 200, "\(path)")
        #expect(try await api.send("GET", path, Self.bearer("wrong")).status == 200, "\(path)")
      }
      #expect(try await api.send("OPTIONS", "/fit").status == 204)
    }
  }

  @Test("a key works in one spelling, and the name of its scheme in any")
  func spellings() async throws {
    try await Self.withKeys { api, _, _, ada, _ in
      for (field, status) in [
        ("Bearer \(ada)", 200), ("bearer \(ada)", 200), ("BEARER   \(ada)", 200),
        ("Bearer \(ada.uppercased())", 401), ("Bearer \(ada.dropLast())", 401),
        ("Bearer \(ada)A", 401), ("Bearer \(ada) x", 401), ("Bearer", 401), ("Bearer ", 401),
        (ada, 401), ("Basic \(ada)", 401), ("Bearer \(ada), Bearer \(ada)", 401),
        ("Bearer " + String(repeating: "a", count: 5_000), 401),
      ] {
        let answer = try await api.send("GET", "/jobs", ["Authorization": field])
        #expect(answer.status == status, "\(field)")
        if status == 401 {
          #expect(answer[field: "WWW-Authenticate"]?.hasSuffix(#"error="invalid_token""#) == true)
        }
      }
    }
  }

  @Test("a key neither sees nor shares nor touches the jobs of another")
  func owners() async throws {
    try await Self.withKeys { api, _, _, ada, ben in
      let name = Self.bearer(ada).merging(["Idempotency-Key": "one"]) { $1 }
      let mine = try await api.fit(FitRequestTests.body(""), name)
      let id = try #require(mine["id"])
      for (method, path) in [
        ("GET", "/jobs/\(id)"), ("GET", "/jobs/\(id)/result"), ("POST", "/jobs/\(id)/cancel"),
        ("DELETE", "/jobs/\(id)"),
      ] {
        #expect(try await api.send(method, path, Self.bearer(ben)).status == 404, "\(path)")
      }
      #expect(try await api.send("GET", "/jobs", Self.bearer(ben))["jobs"] == "[]")
      // Neither by equal content nor by an equal idempotency key.
      let theirs = try await api.fit(
        FitRequestTests.body(""), Self.bearer(ben).merging(["Idempotency-Key": "one"]) { $1 })
      #expect(theirs.status == 200 && theirs["id"] != id)
      #expect(theirs[field: "Cache-Status"] == nil)
      let other = try await api.fit(
        FitRequestTests.body(#""breaks":0"#),
        Self.bearer(ben).merging(["Idempotency-Key": "one"]) { $1 })
      #expect(other.status == 422 && other["job_id"] == theirs["id"])
      #expect(try await api.fit(FitRequestTests.body(""), name)["id"] == id)
      #expect(try await api.send("GET", "/jobs", Self.bearer(ada))["jobs/0/id"] == id)
    }
  }

  @Test("a large body's job belongs to its key too")
  func largeBody() async throws {
    try await Self.withKeys { api, _, _, ada, ben in
      let padding = String(repeating: " ", count: 20_000)
      let answer = try await api.fit(padding + FitRequestTests.body(""), Self.bearer(ada))
      let id = try #require(answer["id"])
      #expect(try await api.send("GET", "/jobs/\(id)", Self.bearer(ada)).status == 200)
      #expect(try await api.send("GET", "/jobs/\(id)", Self.bearer(ben)).status == 404)
    }
  }

  @Test("a key that is revoked or added is noticed; a file that is broken or gone changes nothing")
  func refreshing() async throws {
    try await Self.withKeys { _, ring, file, ada, ben in
      let id = try #require(ring.key(authorization: "Bearer \(ada)")?.id)
      #expect(try file.revoke(id))
      #expect(try !file.revoke(id))
      let cyd = try file.add(name: "Cyd").token
      ring.refresh()
      func isValid(_ token: String) -> Bool { ring.key(authorization: "Bearer \(token)") != nil }
      #expect(!isValid(ada) && isValid(ben) && isValid(cyd))
      try Data("nonsense\n".utf8).write(to: URL(filePath: file.path))
      ring.refresh()
      #expect(!isValid(ada) && isValid(ben) && isValid(cyd))
      try FileManager.default.removeItem(atPath: file.path)
      ring.refresh()
      #expect(isValid(ben))
    }
  }

  @Test("who asks too often is told when to come back, each client by itself")
  func rate() async throws {
    let time = Locked(0.0)
    let api = try TestAPI(
      access: Access(
        origins: Self.origins, limiter: Locked(RateLimiter(perMinute: 2)),
        uptime: { time.withLock { $0 } }))
    func ask(_ path: String, from peer: String = "192.0.2.1") async throws -> TestAPI.Answer {
      try await api.send("GET", path, from: peer)
    }
    let first = try await ask("/version")
    #expect(first.status == 200)
    #expect(first[field: "RateLimit-Policy"] == #""default";q=2;w=60"#)
    #expect(first[field: "RateLimit"] == #""default";r=1;t=30"#)
    #expect(try await ask("/nowhere").status == 404)
    let refused = try await ask("/version")
    #expect(refused.status == 429)
    #expect(refused["code"] == "rate_limited")
    #expect(refused[field: "Retry-After"] == "30")
    #expect(refused[field: "RateLimit"] == #""default";r=0;t=60"#)
    #expect(try await ask("/healthz").status == 200)
    #expect(try await ask("/readyz")[field: "RateLimit"] == nil)
    #expect(try await ask("/version", from: "192.0.2.2").status == 200)
    time.withLock { $0 = 30 }
    #expect(try await ask("/version").status == 200)
    #expect(try await ask("/version").status == 429)
  }

  @Test("an IPv6 network of 64 bits is one client")
  func network() async throws {
    let api = try TestAPI(
      access: Access(
        origins: Self.origins, limiter: Locked(RateLimiter(perMinute: 1)), uptime: { 0 }))
    #expect(try await api.send("GET", "/version", from: "2001:db8::1").status == 200)
    #expect(try await api.send("GET", "/version", from: "2001:db8::ffff:2").status == 429)
    #expect(try await api.send("GET", "/version", from: "2001:db8:0:1::1").status == 200)
  }

  @Test("a key has its own rate wherever it asks from, and none spends another's")
  func ratePerKey() async throws {
    try await Self.withKeys { _, ring, _, ada, ben in
      let api = try TestAPI(
        access: Access(
          origins: Self.origins, keys: ring, limiter: Locked(RateLimiter(perMinute: 1)),
          uptime: { 0 }))
      func ask(_ token: String, from peer: String) async throws -> Int {
        try await api.send("GET", "/jobs", Self.bearer(token), from: peer).status
      }
      #expect(try await ask(ada, from: "192.0.2.1") == 200)
      #expect(try await ask(ada, from: "192.0.2.2") == 429)
      #expect(try await ask(ben, from: "192.0.2.1") == 200)
      // Guessing keys is limited by the address.
      #expect(try await ask("guess", from: "192.0.2.1") == 401)
      #expect(try await ask("guess", from: "192.0.2.1") == 429)
    }
  }
}

@Suite("The rate limiter")
struct RateLimiterTests {
  @Test(
    "a minute's worth may come at once, and as much in every further minute",
    arguments: [1, 7, 60, 1_000, 100_000])
  func burst(perMinute: Int) {
    var limiter = RateLimiter(perMinute: perMinute)
    // A clock that has run for a year has lost digits.
    let start = 31_557_600.0
    let granted = (0..<perMinute + 1).count {
      _ in limiter.take(for: "a", at: start).retryAfter == nil
    }
    #expect(granted == perMinute)
    #expect(limiter.take(for: "a", at: start + 60.0 / Double(perMinute)).retryAfter == nil)
    #expect(limiter.take(for: "b", at: start).remaining == perMinute - 1)
  }

  @Test("what is said is kept: after Retry-After seconds a request is granted")
  func retryAfter() throws {
    var limiter = RateLimiter(perMinute: 7)
    var now = 0.0
    for _ in 0..<100 {
      let quota = limiter.take(for: "a", at: now)
      if let seconds = quota.retryAfter {
        #expect(quota.remaining == 0)
        now += Double(seconds)
        #expect(limiter.take(for: "a", at: now).retryAfter == nil)
      }
    }
  }

  @Test("memory is bounded, whoever asks")
  func bounded() {
    var limiter = RateLimiter(perMinute: 10, capacity: 100)
    for _ in 0..<10 { _ = limiter.take(for: "busy", at: 0) }
    for client in 0..<10_000 {
      _ = limiter.take(for: "\(client)", at: 0)
      #expect(limiter.count <= 100)
    }
    // Who has asked most is not forgotten, and so cannot ask again.
    #expect(limiter.take(for: "busy", at: 0).retryAfter != nil)
    // A minute later all buckets are full again, and none is worth remembering.
    for client in 0..<100 { _ = limiter.take(for: "new \(client)", at: 61) }
    #expect(limiter.count <= 100)
  }
}
