import Foundation
import Testing

extension EndToEnd {
  @Suite("What an operator sees and sets")
  struct Operator {
    @Test("the metrics count what happened")
    func metrics() async throws {
      try await withServer { server in
        for _ in 0..<2 { _ = try await server.post("/fit", Curves.oneBreak) }
        _ = try await server.get("/nowhere")
        let answer = try await server.get("/metrics")
        #expect(answer.status == 200)
        #expect(answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
        let lines = answer.text.split(separator: "\n")
        for line in [
          #"bnsl_http_requests_total{route="/fit",method="POST",status="200"} 2"#,
          #"bnsl_http_requests_total{route="",method="GET",status="404"} 1"#,
          #"bnsl_jobs_submitted_total{kind="fit",origin="hit"} 1"#,
          #"bnsl_jobs{state="succeeded"} 1"#,
          #"bnsl_fit_duration_seconds_count{breaks="1"} 1"#,
          #"bnsl_job_queue_wait_seconds_count{kind="fit"} 1"#,
          "bnsl_queue_length 0", "bnsl_http_connections_accepted_total 4",
        ] { #expect(lines.contains { $0 == line }, "\(line)") }
        // Those of the requests before may not have been seen to close.
        let open = lines.first { $0.hasPrefix("bnsl_http_connections ") }?.split(separator: " ")
        #expect((1...4).contains(open?.last.flatMap { Int($0) } ?? 0))
        // Whoever waits for a result may have it before its worker has sat down again.
        while try await !server.get("/metrics").text.contains("\nbnsl_workers_busy 0\n") {
          try await Task.sleep(for: .milliseconds(10))
        }
      }
    }

    /// Of Debian's package prometheus; not everybody has it.
    private static let promtool = URL(filePath: "/usr/bin/promtool")

    @Test(
      "promtool finds nothing to mend in the metrics",
      .enabled(
        if: FileManager.default.isExecutableFile(atPath: promtool.path), "there is no promtool"))
    func metricsForm() async throws {
      try await withServer { server in
        _ = try await server.post("/fit", Curves.oneBreak)
        let metrics = try await server.get("/metrics").text
        let judged = try await Executable.run(
          ["check", "metrics"], input: metrics, of: Self.promtool)
        #expect(judged.status == 0)
        #expect(judged.output + judged.errors == "")
      }
    }

    @Test("keys are made, listed and revoked by the command, and asked for by a running server")
    func keys() async throws {
      try await withTemporaryDirectory { directory in
        let file = directory.appending(path: "keys").path
        func key(_ arguments: String...) async throws -> Executable.Outcome {
          try await Executable.run(["key"] + arguments + ["--api-keys-file", file])
        }
        let ada = try await key("add", "Ada Lovelace")
        #expect(ada.status == 0)
        let token = ada.output.filter { !$0.isNewline }
        #expect(token.hasPrefix("bnsl_"))
        let list = try await key("list").output
        #expect(list.hasSuffix("  Ada Lovelace\n") && !list.contains(token.dropFirst(5)))
        let id = String(list.prefix { $0 != " " })

        try await withServer("--api-keys-file", file, in: directory) { server in
          #expect(try await server.get("/readyz").status == 200)
          let refused = try await server.post("/fit", Curves.oneBreak)
          #expect(refused.status == 401)
          #expect(refused["WWW-Authenticate"] == #"Bearer realm="bnsl""#)
          let answer = try await server.post(
            "/fit", Curves.oneBreak, fields: ["Authorization": "Bearer \(token)"])
          #expect(answer.status == 200)

          #expect(try await key("revoke", id).status == 0)
          #expect(try await key("revoke", id).status == 2)
          // Noticed within a second; a server that never does runs into the suite's limit.
          while try await server.get("/jobs", fields: ["Authorization": "Bearer \(token)"]).status
            != 401
          {}
        }
      }
    }

    @Test(
      "what is wrong with the keys is told, with status 2",
      arguments: [
        (["key", "list"], "api_keys_file"), (["key", "list", "--api-keys-file", "none"], "none"),
        (["key", "add", "a\u{7}", "--api-keys-file", "k"], "name"),
        (["serve", "--port", "0", "--api-keys-file", "none"], "bnsl key add"),
      ])
    func badKeys(arguments: [String], hint: String) async throws {
      let outcome = try await Executable.run(arguments)
      #expect(outcome.status == 2)
      #expect(outcome.errors.contains(hint))
    }

    @Test("a client that asks too often is told so, by the address that a trusted proxy names")
    func rate() async throws {
      try await withServer(
        "--rate-limit-per-minute", "2", "--trusted-proxies", "127.0.0.0/8,::1"
      ) { server in
        func ask(_ client: String) async throws -> Curl.Answer {
          try await server.get("/jobs", fields: ["X-Forwarded-For": "1.1.1.1, \(client)"])
        }
        #expect(try await ask("203.0.113.1").status == 200)
        #expect(try await ask("203.0.113.1")["RateLimit"]?.hasPrefix(#""default";r=0;t="#) == true)
        let refused = try await ask("203.0.113.1")
        #expect(refused.status == 429)
        #expect(refused["RateLimit-Policy"] == #""default";q=2;w=60"#)
        #expect(refused["Retry-After"].flatMap(Int.init).map { (1...30).contains($0) } == true)
        #expect(try refused.json.code.string == "rate_limited")
        #expect(try await ask("203.0.113.2").status == 200)
        #expect(try await server.get("/healthz").status == 200)
      }
    }

    @Test("each request and each job has a line in the log, under the names that the client gave")
    func log() async throws {
      try await withTemporaryDirectory { directory in
        try await withServer(
          "--log-format", "json", "--trusted-proxies", "127.0.0.1", in: directory
        ) { server in
          let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
          let answer = try await server.post(
            "/fit", Curves.oneBreak,
            fields: [
              "X-Request-Id": "of-the-client", "traceparent": "00-\(trace)-00f067aa0ba902b7-01",
              "X-Forwarded-For": "203.0.113.9",
            ])
          #expect(answer["X-Request-Id"] == "of-the-client")
          #expect(await server.stop() == 0)
          let log = try String(contentsOf: server.log, encoding: .utf8).split(separator: "\n")
          let lines = try log.map { try JSON(Array($0.utf8)) }
          let named = lines.filter { $0.request_id.string == "of-the-client" }
          #expect(named.map { $0.trace_id.string } == [trace, trace])
          #expect(Set(named.compactMap { $0.message.string }) == ["job succeeded", "POST /fit"])
          #expect(named.compactMap { $0.client.string } == ["203.0.113.9"])
        }
      }
    }
  }
}
