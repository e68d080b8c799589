import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// nginx is of Debian's package nginx; not everybody has it.
  @Suite(
    "Behind nginx, with the example in Config",
    .enabled(if: FileManager.default.isExecutableFile(atPath: Nginx.path), "there is no nginx"))
  struct Proxy {
    @Test("fits, addresses, sizes and kept connections pass the proxy as they should")
    func example() async throws {
      try await withTemporaryDirectory { directory in
        let keys = directory.appending(path: "keys").path
        let token = try await Executable.run(["key", "add", "Ada", "--api-keys-file", keys])
          .output.filter { !$0.isNewline }
        try await withServer(
          "--api-keys-file", keys, "--trusted-proxies", "127.0.0.1", "--allowed-hosts",
          "bnsl.example", "--log-format", "json", in: directory
        ) { server in
          let key: KeyValuePairs = ["Authorization": "Bearer \(token)"]
          let nginx = try await Nginx(before: server, in: directory)
          defer { nginx.stop() }
          let fit = try await nginx.post("/fit", Curves.oneBreak, fields: key)
          #expect(fit.status == 200)
          let name = try #require(fit["X-Request-Id"])
          #expect(try await nginx.post("/fit", Curves.oneBreak).status == 401)
          let large = String(repeating: " ", count: 9 << 20)
          #expect(try await nginx.post("/fit", large, fields: key).status == 413)
          #expect(try await nginx.get("/metrics", fields: key).status == 404)
          try await EndToEnd.expectEvents(from: nginx, token: token)
          for _ in 0..<10 { #expect(try await nginx.get("/readyz").status == 200) }
          let figures = try await server.get("/metrics", fields: key)
          // One that was kept for all requests of the proxy, one for the events beside another
          // request, and the one of this request.
          #expect(figures.text.contains("\nbnsl_http_connections_accepted_total 3\n"))

          #expect(await server.stop() == 0)
          let log = try String(contentsOf: server.log, encoding: .utf8).split(separator: "\n")
          let lines = try log.map { try JSON(Array($0.utf8)) }
          #expect(lines.contains { $0.message == .string("POST /fit") })
          #expect(lines.filter { $0.request_id.string == name }.count == 2)
          #expect(!lines.contains { $0.client.string == "1.2.3.4" })
        }
      }
    }
  }

  /// Expects that the events of a job pass the proxy while the job runs.
  private static func expectEvents(from nginx: Nginx, token: String) async throws {
    let key: KeyValuePairs = ["Authorization": "Bearer \(token)"]
    let job = try await nginx.post(
      "/fit", Curves.slow(seed: 1),
      fields: ["Authorization": "Bearer \(token)", "Prefer": "respond-async"])
    let place = try #require(job["Location"])
    let events = try RawSocket(port: nginx.port)
    try await events.send(
      "GET \(place)/events HTTP/1.1\r\nHost: bnsl.example\r\nAuthorization: Bearer \(token)\r\n\r\n"
    )
    _ = try await events.read(through: "event: ")
    // The job could still be cancelled, so the event had not waited for its end.
    let cancelled = try await nginx.post("\(place)/cancel", fields: key)
    #expect(try cancelled.json.state.string == "cancelled")
    _ = try await events.read(through: #""state":"cancelled""#)
  }

  /// A running nginx with the example of Config, but without TLS, on a free port.
  private struct Nginx: Addressed {
    static let path = "/usr/sbin/nginx"
    let port: UInt16
    let address: String
    /// The name that the example serves, and an address that the client only claims to have.
    let fields: [(name: String, value: String)] = [
      ("Host", "bnsl.example"), ("X-Forwarded-For", "1.2.3.4"), ("Forwarded", "for=1.2.3.4"),
    ]
    private let process = Process()

    init(before server: RunningServer, in directory: URL) async throws {
      port = try Self.freePort()
      address = "http://127.0.0.1:\(port)"
      let example = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Config/nginx.conf")
      let site = try String(contentsOf: example, encoding: .utf8)
        .replacing("server 127.0.0.1:8080", with: "server \(server.address.dropFirst(7))")
        .replacing("listen 80;", with: "listen 127.0.0.1:\(try Self.freePort());")
        .replacing("listen 443 ssl http2;", with: "listen 127.0.0.1:\(port);")
        .split(separator: "\n").filter { !$0.contains("ssl_") }.joined(separator: "\n")
      let file = directory.appending(path: "nginx.conf")
      try Data(
        """
        daemon off; worker_processes 1; pid \(directory.path)/nginx.pid; error_log stderr;
        events {}
        http {
        access_log off; client_body_temp_path \(directory.path)/body;
        proxy_temp_path \(directory.path)/proxy;
        \(site)
        }
        """.utf8
      ).write(to: file)
      process.executableURL = URL(filePath: Self.path)
      process.arguments = ["-p", directory.path, "-c", file.path]
      process.standardError = try FileHandle(forCreating: directory.appending(path: "nginx.log"))
      try process.run()
      // Until it listens, or has ended because something is wrong.
      while process.isRunning {
        if (try? await Curl(url: address + "/").send()) != nil { return }
      }
      struct Ended: Error { let log: String }
      throw Ended(
        log: try String(contentsOf: directory.appending(path: "nginx.log"), encoding: .utf8))
    }

    func stop() {
      process.terminate()
      process.waitUntilExit()
    }

    /// A port that was free a moment ago.
    private static func freePort() throws -> UInt16 {
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(descriptor) }
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      let isBound = withUnsafeMutableBytes(of: &address) { bytes in
        guard let start = bytes.baseAddress else { return false }
        let pointer = start.assumingMemoryBound(to: sockaddr.self)
        return bind(descriptor, pointer, size) == 0 && getsockname(descriptor, pointer, &size) == 0
      }
      guard isBound else { throw POSIXError(.EADDRINUSE) }
      return UInt16(bigEndian: address.sin_port)
    }
  }
}
