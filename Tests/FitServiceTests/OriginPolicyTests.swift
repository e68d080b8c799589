import Testing

@testable import FitService
@testable import Fits

@Suite("Origins")
struct OriginPolicyTests {
  private static let policy = OriginPolicy(
    isLoopback: true, allowedHosts: ["bnsl.lan"], corsOrigins: ["https://lab.example"])

  @Test(
    "pages of other sites cannot change anything",
    arguments: [
      (["Origin": "http://localhost:8080"], 204),
      (["Origin": "https://lab.example"], 204),
      (["Origin": "https://lab.example", "Sec-Fetch-Site": "cross-site"], 204),
      (["Sec-Fetch-Site": "same-origin"], 204),
      (["Sec-Fetch-Site": "none"], 204),
      ([:], 204),
      (["Origin": "http://localhost:8081"], 403),
      (["Origin": "http://localhost"], 403),
      (["Origin": "https://evil.example"], 403),
      (["Origin": "null"], 403),
      (["Sec-Fetch-Site": "cross-site"], 403),
    ] as [([String: String], Int)])
  func crossSite(fields: [String: String], status: Int) async throws {
    let api = try TestAPI(origins: Self.policy)
    let id = try #require(try await api.fit()["id"])
    let answer = try await api.send("DELETE", "/jobs/\(id)", fields)
    #expect(answer.status == status)
    #expect(try await api.send("GET", "/healthz", fields).status == 200)
  }

  @Test(
    "on loopback the server goes by the loopback's names and those allowed",
    arguments: [
      ("localhost", 200), ("LOCALHOST:9", 200), ("127.0.0.1:8080", 200), ("127.1.2.3", 200),
      ("[::1]:8080", 200), ("a.localhost", 200), ("bnsl.lan", 200), ("evil.example", 421),
      ("127.0.0.1.evil.example", 421), ("128.0.0.1", 421), ("localhost.evil.example", 421),
    ])
  func hosts(host: String, status: Int) async throws {
    let loopback = try TestAPI(origins: Self.policy)
    #expect(try await loopback.send("GET", "/healthz", ["Host": host]).status == status)
    let open = OriginPolicy(isLoopback: false, allowedHosts: [], corsOrigins: [])
    #expect(
      try await TestAPI(origins: open).send("GET", "/healthz", ["Host": host]).status == 200)
  }

  @Test(
    "names that are allowed are enforced wherever the server listens",
    arguments: [("bnsl.lan", 200), ("localhost", 200), ("evil.example", 421), ("10.0.0.1", 421)])
  func hostsElsewhere(host: String, status: Int) async throws {
    let policy = OriginPolicy(isLoopback: false, allowedHosts: ["bnsl.lan"], corsOrigins: [])
    let api = try TestAPI(origins: policy)
    #expect(try await api.send("GET", "/healthz", ["Host": host]).status == status)
  }

  @Test("a proxy may speak HTTPS for the server")
  func proxy() async throws {
    let policy = OriginPolicy(isLoopback: false, allowedHosts: [], corsOrigins: [])
    let fields = ["Host": "bnsl.example", "Origin": "https://bnsl.example"]
    #expect(
      try await TestAPI(origins: policy).fit(FitRequestTests.body(""), fields).status == 200)
  }

  @Test("only configured origins are told that they may read the answer")
  func cors() async throws {
    let api = try TestAPI(origins: Self.policy)
    let allowed = try await api.send("OPTIONS", "/fit", ["Origin": "https://lab.example"])
    #expect(allowed[field: "Access-Control-Allow-Origin"] == "https://lab.example")
    #expect(allowed[field: "Access-Control-Allow-Methods"] == "OPTIONS, POST")
    #expect(allowed[field: "Vary"] == "Origin")
    let other = try await api.send("OPTIONS", "/fit", ["Origin": "https://evil.example"])
    #expect(other[field: "Access-Control-Allow-Origin"] == nil)
    #expect(other[field: "Vary"] == "Origin")
    let off = try await TestAPI().send("OPTIONS", "/fit", ["Origin": "https://lab.example"])
    #expect(off[field: "Access-Control-Allow-Origin"] == nil)
  }
}
