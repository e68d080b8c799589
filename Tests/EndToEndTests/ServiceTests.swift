import Foundation
import Testing

extension EndToEnd {
  @Suite("The service around the fits")
  struct ServiceRoutes {
    @Test(
      "HEAD is answered like GET, without the body",
      arguments: [
        "/", "/healthz", "/readyz", "/version", "/openapi.yaml", "/jobs", "/problems/queue_full",
      ])
    func head(path: String) async throws {
      try await withServer { server in
        let get = try await server.get(path)
        let head = try await server.send("HEAD", path)
        #expect(get.status == 200)
        #expect(head.status == 200)
        #expect(head.body.isEmpty)
        #expect(head["Content-Type"] == get["Content-Type"])
        #expect(head["Content-Length"] == "\(get.body.count)")
      }
    }

    @Test(
      "OPTIONS names the methods of a path, and 405 does too",
      arguments: [
        ("/fit", ["OPTIONS", "POST"]), ("/healthz", ["GET", "HEAD", "OPTIONS"]),
        ("/jobs/x", ["DELETE", "GET", "HEAD", "OPTIONS"]), ("/jobs/x/cancel", ["OPTIONS", "POST"]),
      ])
    func options(path: String, methods: [String]) async throws {
      try await withServer { server in
        for method in ["OPTIONS", "PATCH"] {
          let answer = try await server.send(method, path)
          #expect(answer.status == (method == "OPTIONS" ? 204 : 405))
          let allowed = answer["Allow"]?.split(separator: ",").map {
            $0.filter { $0 != " " }
          }
          #expect(allowed?.sorted() == methods)
        }
      }
    }

    @Test("the contract that is served is the file at the top of the repository")
    func openAPI() async throws {
      let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
      let file = try Data(contentsOf: top.appending(path: "openapi.yaml"))
      try await withServer { server in
        let answer = try await server.get("/openapi.yaml")
        #expect(answer.status == 200)
        #expect(answer.body == Array(file))
      }
    }

    @Test("a page that is allowed by configuration may read and post; another may not")
    func cors() async throws {
      try await withServer("--cors-origins", "https://lab.example") { server in
        let allowed = try await server.post(
          "/fit", Curves.oneBreak, fields: ["Origin": "https://lab.example"])
        #expect(allowed.status == 200)
        #expect(allowed["Access-Control-Allow-Origin"] == "https://lab.example")
        let other = try await server.get("/version", fields: ["Origin": "https://other.example"])
        #expect(other["Access-Control-Allow-Origin"] == nil)
      }
    }
  }
}
