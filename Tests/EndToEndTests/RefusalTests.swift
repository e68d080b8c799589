import Foundation
import Testing

extension EndToEnd {
  @Suite("Refusals over HTTP")
  struct Refusals {
    /// A body that cannot be fitted, and what is said of it.
    struct BadBody: CustomTestStringConvertible {
      let body: String
      var query = ""
      var type = "application/json"
      let status: Int
      let code: String
      /// The places of all faults, in order: JSON Pointers, or lines of a table.
      var places: [String] = []
      /// What the detail, or that of the first fault, says among other things.
      var hint: String?

      var testDescription: String { "\(code) for \(query)\(body.prefix(60))" }
    }

    static let points = #""x":[1,2,4,8,16,32],"y":[9,7,6,5.5,5.2,5]"#

    static let badBodies: [BadBody] = [
      // The syntax.
      BadBody(body: "", status: 400, code: "malformed_json"),
      BadBody(body: #"{"x":[1,2"#, status: 400, code: "malformed_json"),
      BadBody(body: "{\(points),}", status: 400, code: "malformed_json"),
      BadBody(body: "{\(points)} true", status: 400, code: "malformed_json"),
      BadBody(
        body: #"{"x":[1,2,NaN],"y":[1,2,3]}"#, status: 400, code: "malformed_json",
        places: ["/x/2"]),
      BadBody(
        body: "x,y1,2", type: "application/x-www-form-urlencoded", status: 400,
        code: "malformed_csv", hint: "--data-binary"),
      // The points.
      BadBody(body: "{}", status: 422, code: "invalid_request", places: [""]),
      BadBody(body: #"{"x":[1,2,3]}"#, status: 422, code: "invalid_request", places: ["/y"]),
      BadBody(
        body: #"{"x":[1,2,3],"y":[1,2]}"#, status: 422, code: "invalid_request", places: ["/y"]),
      BadBody(
        body: #"{"x":[1,0,-3],"y":[1,2,3]}"#, status: 422, code: "invalid_request",
        places: ["/x/1", "/x/2"]),
      BadBody(
        body: #"{"x":[1,2,3],"y":[1,"2",null]}"#, status: 422, code: "invalid_request",
        places: ["/y/1", "/y/2"]),
      BadBody(
        body: #"{"points":[[1,2],[3]]}"#, status: 422, code: "invalid_request",
        places: ["/points/1"]),
      BadBody(
        body: #"{\#(points),"points":[[1,2]]}"#, status: 422, code: "invalid_request",
        places: ["/x", "/y"]),
      BadBody(
        body: #"{\#(points),"y":[1]}"#, status: 422, code: "invalid_request", places: ["/y"]),
      BadBody(
        body: #"{\#(points),"sigma":[1,1,1,1,1,0]}"#, status: 422, code: "invalid_request",
        places: ["/sigma/5"]),
      BadBody(body: #"{"x":[1,1,2],"y":[1,2,3]}"#, status: 422, code: "too_few_points"),
      BadBody(body: #"{\#(points),"breaks":2}"#, status: 422, code: "too_few_points"),
      // The options.
      BadBody(
        body: #"{\#(points),"predikt":[1]}"#, status: 422, code: "invalid_request",
        places: ["/predikt"], hint: "did you mean `predict`?"),
      BadBody(
        body: #"{\#(points),"predict":[10,-1,"a"],"breaks":9,"loss":"hubert"}"#, status: 422,
        code: "invalid_request", places: ["/predict/1", "/predict/2", "/breaks", "/loss"]),
      BadBody(
        body: #"{\#(points),"intervals":{"level":1.5}}"#, status: 422, code: "invalid_request",
        places: ["/intervals/level"]),
      BadBody(
        body: #"{\#(points),"fixed":{"d1":4}}"#, status: 422, code: "invalid_request",
        places: ["/fixed/d1"]),
      BadBody(
        body: #"{"x":[1,2,4],"y":[3,0,-2],"objective":"log"}"#, status: 422, code: "cannot_fit",
        places: ["/objective"]),
      BadBody(
        body: "{\(points)}", query: "?intervals.level=2&brakes=1", status: 422,
        code: "invalid_request", places: ["/intervals/level", "/brakes"]),
      // Tables.
      BadBody(
        body: "x,y\n1,2\n2,two\n", type: "text/csv", status: 422, code: "invalid_request",
        places: ["line 3"]),
      BadBody(
        body: "step,ppl,acc\n1,2,3\n", type: "text/csv", status: 422, code: "ambiguous_columns"),
      BadBody(body: "x,y 1,2", type: "text/csv", status: 400, code: "malformed_csv"),
      // The type.
      BadBody(
        body: "<x/>", type: "application/xml", status: 415, code: "unsupported_media_type"),
    ]

    @Test("a bad body is refused with its status, its code and every place", arguments: badBodies)
    func badBody(_ bad: BadBody) async throws {
      try await withServer { server in
        let answer = try await server.post(
          "/fit" + bad.query, bad.body, fields: ["Content-Type": bad.type])
        #expect(answer.status == bad.status)
        #expect(answer["Content-Type"] == "application/problem+json")
        let problem = try answer.json
        #expect(problem.code.string == bad.code)
        #expect(problem.type.string == "/problems/\(bad.code)")
        #expect(problem.status.number == Double(bad.status))
        #expect(problem.request_id.string == answer["X-Request-Id"])
        let faults = problem.errors.array
        if !bad.places.isEmpty { #expect(faults.map(\.place) == bad.places) }
        if let hint = bad.hint { #expect("\(problem.detail) \(faults)".contains(hint)) }
      }
    }

    /// A request that is refused for what stands around the body.
    struct BadRequest: CustomTestStringConvertible {
      var method = "GET"
      let path: String
      var body: String?
      var fields: KeyValuePairs<String, String> = [:]
      let status: Int
      let code: String

      var testDescription: String { "\(status) for \(method) \(path.prefix(40)) \(fields)" }
    }

    static let badRequests: [BadRequest] = [
      BadRequest(path: "/nowhere", status: 404, code: "not_found"),
      BadRequest(path: "/jobs/unknown", status: 404, code: "job_not_found"),
      BadRequest(path: "/problems/unknown", status: 404, code: "not_found"),
      BadRequest(path: "/fit", status: 405, code: "method_not_allowed"),
      BadRequest(method: "PUT", path: "/jobs", body: "", status: 405, code: "method_not_allowed"),
      BadRequest(
        method: "POST", path: "/fit", body: Curves.oneBreak, fields: ["Accept": "image/png"],
        status: 406, code: "not_acceptable"),
      BadRequest(
        method: "POST", path: "/fit", body: String(repeating: " ", count: 5_000), status: 413,
        code: "payload_too_large"),
      BadRequest(
        path: "/jobs?" + String(repeating: "a", count: 20_000), status: 414,
        code: "uri_too_long"),
      BadRequest(
        method: "POST", path: "/fit", body: "{}", fields: ["Content-Encoding": "gzip"],
        status: 415, code: "unsupported_media_type"),
      BadRequest(
        method: "POST", path: "/fit", body: "{}", fields: ["Expect": "a-miracle"], status: 417,
        code: "expectation_failed"),
      BadRequest(
        path: "/healthz", fields: ["Cookie": String(repeating: "a", count: 40_000)], status: 431,
        code: "header_fields_too_large"),
      BadRequest(
        path: "/healthz", fields: ["Host": "rebound.example"], status: 421,
        code: "misdirected_request"),
      BadRequest(
        method: "POST", path: "/fit", body: Curves.oneBreak,
        fields: ["Origin": "https://elsewhere.example"], status: 403, code: "forbidden_origin"),
      BadRequest(
        method: "POST", path: "/fit", body: Curves.oneBreak,
        fields: ["Sec-Fetch-Site": "cross-site"], status: 403, code: "forbidden_origin"),
      BadRequest(path: "/jobs?state=asleep", status: 422, code: "invalid_request"),
    ]

    @Test("a bad request is refused with its status and its code", arguments: badRequests)
    func badRequest(_ bad: BadRequest) async throws {
      try await withServer("--max-body-bytes", "4096") { server in
        let answer = try await server.send(
          bad.method, bad.path, body: bad.body, fields: bad.fields)
        #expect(answer.status == bad.status)
        #expect(answer["Content-Type"] == "application/problem+json")
        #expect(try answer.json.code.string == bad.code)
      }
    }
  }
}

extension JSON {
  /// Where a fault of a problem is.
  fileprivate var place: String {
    self.pointer.string ?? self.line.number.map { "line \(Int($0))" } ?? "nowhere"
  }
}
