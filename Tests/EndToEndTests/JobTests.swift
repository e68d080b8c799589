import Foundation
import Testing

extension EndToEnd {
  @Suite("Jobs over HTTP")
  struct Jobs {
    @Test("who does not wait gets 202 and finds the result at its Location")
    func respondAsync() async throws {
      try await withServer { server in
        let accepted = try await server.post(
          "/fit", Curves.oneBreak, fields: ["Prefer": "respond-async"])
        #expect(accepted.status == 202)
        #expect(accepted["Preference-Applied"] == "respond-async")
        #expect(accepted["Retry-After"] != nil)
        let place = try #require(accepted["Location"])
        let job = try await server.get(place, fields: ["Prefer": "wait=30"]).json
        #expect(job.state.string == "succeeded")
        let result = try await server.get(place + "/result")
        #expect(result.status == 200)
        #expect(try result.json == job.result)
        let copy = try await server.get(
          place + "/result", fields: ["If-None-Match": try #require(result["ETag"])])
        #expect(copy.status == 304)
        #expect(copy.body.isEmpty)
      }
    }

    @Test("a request whose wait is over gets 202, and its job goes on")
    func shortWait() async throws {
      try await withServer { server in
        let answer = try await server.post(
          "/fit", Curves.slow(seed: 1), fields: ["Prefer": "wait=0"])
        #expect(answer.status == 202)
        let place = try #require(answer["Location"])
        #expect(try await server.get(place + "/result").status == 409)
        let result = try await server.get(place + "/result", fields: ["Prefer": "wait=60"])
        #expect(result.status == 200)
      }
    }

    @Test("a queued job and a running one can be cancelled, and stay cancelled")
    func cancel() async throws {
      try await withServer("--workers", "1", "--store", "memory") { server in
        let running = try await server.submit(Curves.endless(seed: 1))
        try await server.waitUntilRunning(running)
        let queued = try await server.submit(Curves.endless(seed: 2))
        for place in [queued, running] {
          let cancelled = try await server.post(place + "/cancel")
          #expect(cancelled.status == 200)
          #expect(try cancelled.json.state.string == "cancelled")
          #expect(try await server.post(place + "/cancel").status == 200)
          let result = try await server.get(place + "/result")
          #expect(result.status == 410)
          #expect(try result.json.code.string == "job_cancelled")
        }
        // The worker is free again.
        #expect(try await server.post("/fit", Curves.oneBreak).status == 200)
      }
    }

    @Test("a finished job stays as it is when it is cancelled")
    func cancelFinished() async throws {
      try await withServer { server in
        let place = try await server.submit(Curves.oneBreak)
        _ = try await server.get(place, fields: ["Prefer": "wait=30"])
        let cancelled = try await server.post(place + "/cancel")
        #expect(try cancelled.json.state.string == "succeeded")
      }
    }

    @Test("a deleted job is gone, whether it was done or running")
    func delete() async throws {
      try await withServer("--workers", "1") { server in
        let done = try await server.submit(Curves.oneBreak)
        _ = try await server.get(done, fields: ["Prefer": "wait=30"])
        let running = try await server.submit(Curves.endless(seed: 1))
        try await server.waitUntilRunning(running)
        for place in [done, running] {
          #expect(try await server.send("DELETE", place).status == 204)
          #expect(try await server.get(place).status == 404)
          #expect(try await server.send("DELETE", place).status == 404)
        }
      }
    }

    @Test("the list names jobs newest first, page by page")
    func list() async throws {
      try await withServer { server in
        var places: [String] = []
        for seed in 1...3 {
          places.append(
            try await server.submit("{\(Curves.fourDigitAddition),\"seed\":\(seed)}"))
        }
        var listed: [String] = []
        var next: String? = "/jobs?limit=2"
        while let page = next {
          let answer = try await server.get(page)
          listed += try answer.json.jobs.array.compactMap { $0.links["self"].string }
          next = answer["Link"].map { String($0.dropFirst().prefix { $0 != ">" }) }
        }
        #expect(listed == places.reversed())
      }
    }

    @Test("a repeated Idempotency-Key gives the same job, but not for another body")
    func idempotency() async throws {
      try await withServer { server in
        let first = try await server.post(
          "/fit", Curves.oneBreak, fields: ["Idempotency-Key": "k1"])
        let again = try await server.post(
          "/fit", Curves.oneBreak, fields: ["Idempotency-Key": "k1"])
        #expect(try again.json.id == first.json.id)
        let other = try await server.post(
          "/fit", "{\(Curves.fourDigitAddition)}", fields: ["Idempotency-Key": "k1"])
        #expect(other.status == 422)
        #expect(try other.json.code.string == "idempotency_conflict")
      }
    }

    @Test("a full queue refuses with 503 and says when to come again")
    func queueFull() async throws {
      try await withServer(
        "--workers", "1", "--queue-capacity", "1", "--store", "memory", "--drain-deadline-s", "0"
      ) { server in
        // A worker may begin a few jobs, which count as running, before any other has to queue.
        var refused: Curl.Answer?
        for seed in 1...10 where refused == nil {
          let answer = try await server.post(
            "/fit", Curves.endless(seed: seed), fields: ["Prefer": "respond-async"])
          if answer.status != 202 { refused = answer }
        }
        let answer = try #require(refused)
        #expect(answer.status == 503)
        #expect(try answer.json.code.string == "queue_full")
        #expect(answer["Retry-After"] != nil)
      }
    }

    @Test("a job that exceeds its own time limit is answered with 504")
    func timeLimit() async throws {
      try await withServer { server in
        let body = Curves.endless(seed: 1).dropLast() + #","timeout_s":0.05}"#
        let answer = try await server.post("/fit", String(body))
        #expect(answer.status == 504)
        #expect(try answer.json.code.string == "job_timeout")
      }
    }
  }
}

extension RunningServer {
  /// Submits a fit without waiting for it, and returns the place of its job.
  func submit(_ body: String) async throws -> String {
    let answer = try await post("/fit", body, fields: ["Prefer": "respond-async"])
    // A job may be done so fast that its result is there at once.
    return try #require(answer["Location"] ?? (try answer.json.links["self"].string))
  }

  /// Asks until a job runs; an end of the job ends the asking too.
  func waitUntilRunning(_ place: String) async throws {
    while true {
      let state = try await get(place).json.state.string
      if state != "queued" {
        #expect(state == "running")
        return
      }
    }
  }
}
