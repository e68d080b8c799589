import Foundation
import TestSupport
import Testing

extension EndToEnd {
  @Suite("Readers of events, slow and gone")
  struct EventReaders {
    /// A request whose result is some ten megabytes, more than the sockets between two hold.
    private static let large: String = {
      let curve = "{\(Curves.fourDigitAddition)}"
      let curves = Array(repeating: curve, count: 5).joined(separator: ",")
      return #"{"curves":[\#(curves)],"breaks":0,"intervals":{"method":"none"},"#
        + #""predict":{"from":1000,"to":1e6,"count":10000}}"#
    }()

    /// Asks for a job's events and reads no further than the head of the answer.
    private func reader(of job: String, _ server: RunningServer) async throws -> RawSocket {
      let port = try #require(server.address.split(separator: ":").last.flatMap { UInt16($0) })
      let socket = try RawSocket(port: port, receiveBuffer: 4096, limit: .seconds(60))
      try await socket.send(
        "GET /jobs/\(job)/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
      #expect(try await socket.read(through: "\r\n\r\n").hasPrefix("HTTP/1.1 200 "))
      return socket
    }

    /// The id of the job of a large result, whose megabytes of JSON need not be decoded for it.
    private func job(of result: Curl.Answer) throws -> String {
      let place = try #require(result["Content-Location"]).split(separator: "/")
      try #require(place.count == 3 && place[0] == "jobs" && place[2] == "result")
      return String(place[1])
    }

    /// Returns when nobody but who asks is connected; the suite's time limit bounds the wait.
    private func untilAlone(_ server: RunningServer) async throws {
      while try await !server.get("/metrics").text.contains("bnsl_http_connections 1\n") {}
    }

    @Test("who reads nothing is let go by the writing time limit, and the job does not mind")
    func silent() async throws {
      try await withServer("--write-timeout-s", "0.5", "--max-predictions", "50000") { server in
        let result = try await server.post("/fit", Self.large, fields: ["Prefer": "wait=60"])
        #expect(result.status == 200)
        let job = try job(of: result)
        var readers: [RawSocket] = []
        for _ in 0..<5 { readers.append(try await reader(of: job, server)) }
        try await untilAlone(server)
        for reader in readers {
          // What the sockets held comes still, but not the end of the body.
          do {
            let rest = try await reader.readUntilClosed()
            #expect(!rest.hasSuffix("\r\n0\r\n\r\n"))
          } catch RawSocket.Failure.reset {}
        }
        let again = try await server.get("/jobs/\(job)/result")
        #expect(again.status == 200)
        #expect(again.body == result.body)
      }
    }

    @Test("who reads slowly gets all of it")
    func slow() async throws {
      try await withServer("--write-timeout-s", "30", "--max-predictions", "50000") { server in
        let result = try await server.post("/fit", Self.large, fields: ["Prefer": "wait=60"])
        let job = try job(of: result)
        let events = try await reader(of: job, server).readUntilClosed()
        #expect(events.hasSuffix("\r\n0\r\n\r\n"))
        #expect(events.contains("event: result\nid: 104\ndata: {"))
        #expect(events.utf8.count > result.body.count)
      }
    }

    @Test("who goes away leaves the job as it is")
    func gone() async throws {
      try await withServer("--drain-deadline-s", "0") { server in
        let answer = try await server.post(
          "/fit", Curves.endless(seed: 1), fields: ["Prefer": "respond-async"])
        let job = try #require(try answer.json.id.string)
        let readers = [try await reader(of: job, server), try await reader(of: job, server)]
        readers[0].reset()
        readers[1].close()
        try await untilAlone(server)
        let state = try await server.get("/jobs/\(job)").json.state.string
        #expect(state == "running" || state == "queued")
      }
    }
  }
}
