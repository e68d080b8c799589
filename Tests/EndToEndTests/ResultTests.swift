import Foundation
import Testing

extension EndToEnd {
  @Suite("The forms of a result over HTTP")
  struct Results {
    @Test("one result comes as JSON, table, plot and text, each with a tag of its own")
    func forms() async throws {
      try await withServer { server in
        let id = try #require(try await server.post("/fit", Curves.oneBreak).json.id.string)
        var tags: Set<String> = []
        for (accept, type, part) in [
          ("application/json", "application/json", #""summary":"#),
          (
            "text/csv", "text/csv; charset=utf-8",
            "curve,x,y,lower,upper,y_law,extrapolated,error\r\n"
          ),
          ("image/svg+xml", "image/svg+xml", "<svg"),
          ("text/plain", "text/plain; charset=utf-8", "One break at about 613"),
        ] {
          let answer = try await server.get("/jobs/\(id)/result", fields: ["Accept": accept])
          #expect(answer.status == 200)
          #expect(answer["Content-Type"] == type)
          #expect(answer["Vary"]?.contains("Accept") == true)
          #expect(answer.text.contains(part))
          let tag = try #require(answer["ETag"])
          tags.insert(tag)
          let copy = try await server.get(
            "/jobs/\(id)/result", fields: ["Accept": accept, "If-None-Match": tag])
          #expect(copy.status == 304)
          #expect(copy.body.isEmpty)
        }
        #expect(tags.count == 4)
      }
    }

    @Test("a fit is answered as a plot at once, also from the store")
    func plot() async throws {
      try await withServer { server in
        for _ in 0..<2 {
          let answer = try await server.post(
            "/fit", Curves.oneBreak, fields: ["Accept": "image/svg+xml"])
          #expect(answer.status == 200)
          #expect(answer.text.contains("14 fitted points; breaks at 613"))
        }
      }
    }

    @Test("the forms of the command are those of the service")
    func command() async throws {
      try await withServer { server in
        for format in ["text", "csv", "svg"] {
          let served = try await server.post("/fit?format=\(format)", Curves.oneBreak).text
          let written = try await Executable.run(
            ["fit", "-", "--format", format], input: Curves.oneBreak)
          #expect(written.status == 0)
          #expect(written.output == served)
        }
      }
    }

    @Test("several curves are fitted apart, and a bad one has its error in its place")
    func curves() async throws {
      try await withServer { server in
        let body = """
          {"breaks":1,"objective":"log1p","predict":[800,864,928],"curves":[
           {"name":"addition",\(Curves.fourDigitAddition)},
           {"name":"short","x":[1,2],"y":[2,1]},
           {"name":"free",\(Curves.fourDigitAddition),"breaks":0}]}
          """
        let answer = try await server.post("/fit", body)
        #expect(answer.status == 200)
        let result = try answer.json
        #expect(result.curves.array.map(\.name.string) == ["addition", "short", "free"])
        let alone = try await server.post("/fit", Curves.oneBreak).json
        #expect(result.curves[0].model == alone.model)
        #expect(result.curves[0].predictions == alone.predictions)
        #expect(result.curves[1].error.code.string == "too_few_points")
        #expect(result.curves[2].model.breaks.number == 0)
        #expect(result.compared.x.array.map(\.number) == [800, 864, 928])
        #expect(result.compared.curves.array.map(\.name.string) == ["addition", "short", "free"])
        #expect(result.compared.curves[2].difference.array.count == 3)
      }
    }

    @Test("a table with a column `curve` is a list of curves")
    func table() async throws {
      try await withServer { server in
        let rows = (1...8).map { "\($0),\(2.0 + 1 / Double($0)),a\n\($0),\(3.0 / Double($0)),b\n" }
        let answer = try await server.post(
          "/fit?predict=16&format=csv", "x,y,curve\n" + rows.joined(),
          fields: ["Content-Type": "text/csv"])
        #expect(answer.status == 200)
        let lines = answer.text.split(separator: "\r\n")
        #expect(lines.count == 3)
        #expect(lines[1].hasPrefix("a,16,") && lines[2].hasPrefix("b,16,"))
      }
    }

    @Test("more curves than are allowed are refused")
    func limit() async throws {
      try await withServer("--max-curves", "2") { server in
        let answer = try await server.post("/fit", #"{"curves":[{},{},{}]}"#)
        #expect(answer.status == 422)
        #expect(try answer.json.errors[0].pointer.string == "/curves")
      }
    }
  }

  @Suite("Laws over HTTP")
  struct Laws {
    private static let addition =
      "{" + Fitting.optimum.map { #""\#($0)":\#($1)"# }.joined(separator: ",") + "}"

    @Test("a law is evaluated without a job")
    func evaluate() async throws {
      try await withServer { server in
        let answer = try await server.post(
          "/evaluate", #"{"constants":\#(Self.addition),"x":[800,928]}"#)
        #expect(answer.status == 200)
        let y = try #require(try answer.json["values"][1].y.number)
        #expect(abs(y - 0.562598) < 1e-6)
        #expect(try await server.get("/jobs").json.jobs.array.isEmpty)
      }
    }

    @Test("a simulation is a job that tells from where on a law is foreseen, as JSON alone")
    func simulate() async throws {
      try await withServer { server in
        let answer = try await server.post(
          "/simulate",
          #"{"constants":{"a":0.5,"b":3,"c0":0.5},"x":{"from":1,"to":40},"evaluate_to":80}"#,
          fields: ["Prefer": "wait=60"])
        #expect(answer.status == 200)
        let result = try answer.json
        #expect(try #require(result.sufficient_x.number) <= 6)
        let id = try #require(result.id.string)
        #expect(try await server.get("/jobs/\(id)").json.kind.string == "simulate")
        let plot = try await server.get(
          "/jobs/\(id)/result", fields: ["Accept": "image/svg+xml"])
        #expect(plot.status == 406)
      }
    }
  }

  @Suite("Server-sent events")
  struct Events {
    /// The names of the events in a stream.
    private func names(_ stream: String) -> [String] {
      stream.split(separator: "\n").filter { $0.hasPrefix("event: ") }.map {
        String($0.dropFirst(7))
      }
    }

    @Test("a job is followed from its submission to its result, and the stream ends")
    func follow() async throws {
      try await withServer { server in
        let place = try await server.submit(Curves.slow(seed: 3))
        let answer = try await server.get(place + "/events")
        #expect(answer.status == 200)
        #expect(answer["Content-Type"] == "text/event-stream")
        let names = names(answer.text)
        #expect(names.count >= 3)
        #expect(names.suffix(2) == ["state", "result"])
        let data = try #require(answer.text.split(separator: "\n").last { $0.hasPrefix("data: ") })
        let result = try await server.get(place + "/result").json
        #expect(try JSON(Array(data.dropFirst(6).utf8)) == result)
        let missed = try await server.get(place + "/events", fields: ["Last-Event-ID": "103"])
        #expect(self.names(missed.text) == ["result"])
        let again = try await server.get(place + "/events", fields: ["Last-Event-ID": "104"])
        #expect(again.status == 204)
      }
    }

    @Test("a cancelled job ends the stream of who follows it")
    func cancelled() async throws {
      try await withServer("--store", "memory") { server in
        let place = try await server.submit(Curves.endless(seed: 4))
        async let stream = server.get(place + "/events")
        try await server.waitUntilRunning(place)
        #expect(try await server.post(place + "/cancel").status == 200)
        let text = try await stream.text
        #expect(names(text).last == "state")
        #expect(text.contains(#""state":"cancelled""#))
      }
    }
  }
}
