import Foundation
import Testing

extension EndToEnd {
  @Suite("Stopping and starting again")
  struct Stopping {
    @Test("SIGTERM lets a running job finish, answers who waits for it, and ends with status 0")
    func drain() async throws {
      try await withServer { server in
        async let answer = server.post("/fit", Curves.slow(seed: 1), fields: ["Prefer": "wait=60"])
        try await server.waitUntilSomethingRuns()
        server.signal(SIGTERM)
        #expect(try await answer.status == 200)
        #expect(await server.exit.value == 0)
      }
    }

    @Test("while the server stops it is not ready, and a second signal ends it at once")
    func secondSignal() async throws {
      try await withTemporaryDirectory { directory in
        let server = try RunningServer(["--drain-delay-s", "600"], in: directory)
        server.signal(SIGTERM)
        while try await server.get("/readyz").status == 200 {
          try await Task.sleep(for: .milliseconds(10))
        }
        #expect(try await server.get("/healthz").status == 200)
        server.signal(SIGTERM)
        #expect(await server.exit.value != 0)
      }
    }

    @Test("a stop at the deadline answers everybody who waits, and cancels nothing")
    func everybodyIsAnswered() async throws {
      try await withTemporaryDirectory { directory in
        var places: [String] = []
        try await withServer(
          "--workers", "1", "--drain-deadline-s", "1.5", in: directory
        ) { server in
          // One worker has four in progress; the fifth waits in the queue.
          let answers = (0..<5).map { index in
            Task {
              try await server.post(
                "/fit", Curves.endless(seed: index), fields: ["Prefer": "wait=60"])
            }
          }
          while try await server.get("/jobs").json.jobs.array.count < 5 {
            try await Task.sleep(for: .milliseconds(10))
          }
          let ids = try await server.get("/jobs").json.jobs.array.compactMap(\.id.string)
          places = ids.map { "/jobs/\($0)" }
          let path = "/jobs/\(ids[0])/events"
          let events = Task { try await server.get(path) }
          try await server.waitUntilSomethingRuns()
          server.signal(SIGTERM)
          for answer in answers {
            let answer = try await answer.value
            #expect(answer.status == 202)
            #expect(["queued", "running"].contains(try answer.json.state.string))
          }
          // The stream ends; or the stop came before the reader, who is answered too.
          #expect([200, 503].contains((try? await events.value.status) ?? 503))
          #expect(await server.exit.value == 0)
        }
        try await withServer("--drain-deadline-s", "0", in: directory) { server in
          for place in places {
            let state = try await server.get(place).json.state.string
            #expect(["queued", "running"].contains(state))
          }
        }
      }
    }

    @Test("jobs that do not finish by the deadline run again after the next start")
    func requeue() async throws {
      try await withTemporaryDirectory { directory in
        var place = ""
        try await withServer("--drain-deadline-s", "0", in: directory) { server in
          place = try await server.submit(Curves.slow(seed: 1))
          try await server.waitUntilRunning(place)
        }
        try await withServer(in: directory) { server in
          let job = try await server.get(place, fields: ["Prefer": "wait=60"]).json
          #expect(job.state.string == "succeeded")
        }
      }
    }

    @Test("after kill -9 every job is there: results are kept, unfinished jobs run again")
    func kill() async throws {
      try await withTemporaryDirectory { directory in
        let killed = try RunningServer(["--workers", "1"], in: directory)
        let finished = try await killed.post("/fit", Curves.oneBreak).json
        let places = [
          try await killed.submit(Curves.slow(seed: 1)),
          try await killed.submit("{\(Curves.fourDigitAddition)}"),
        ]
        try await killed.waitUntilRunning(places[0])
        killed.signal(SIGKILL)
        #expect(await killed.exit.value == SIGKILL)

        try await withServer(in: directory) { server in
          let kept = try await server.get(try #require(finished.links.result.string))
          #expect(try kept.json == finished)
          for place in places {
            let job = try await server.get(place, fields: ["Prefer": "wait=60"]).json
            #expect(job.state.string == "succeeded")
          }
        }
      }
    }

    @Test("a second server on the same data is refused, and the first goes on")
    func sameDirectory() async throws {
      try await withTemporaryDirectory { directory in
        try await withServer(in: directory) { server in
          let outcome = try await Executable.run([
            "serve", "--port", "0", "--data-dir", directory.appending(path: "data").path,
          ])
          #expect(outcome.status == 1)
          #expect(outcome.errors.contains("another"))
          #expect(try await server.get("/readyz").status == 200)
        }
      }
    }
  }
}

extension RunningServer {
  /// Asks until a job runs.
  fileprivate func waitUntilSomethingRuns() async throws {
    while try await get("/jobs?state=running").json.jobs.array.isEmpty {
      try await Task.sleep(for: .milliseconds(10))
    }
  }
}
