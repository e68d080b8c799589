import Jobs
import Testing

@testable import FitService
@testable import Fits

@Suite("POST /evaluate and POST /simulate")
struct LawRouteTests {
  /// 4-digit addition.
  private static let addition =
    #"{"a":0.413884465683,"b":2.27727230483,"c0":0.0550773425874,"c1":5.66290339565,"#
    + #""d1":612.583616651,"f1":0.0591930386862}"#

  private func post(_ path: String, _ body: String) async throws -> TestAPI.Answer {
    try await TestAPI { context in
      context.kind == SimulationWork.kind
        ? try SimulationWork.run(context) : try FitWork.run(context)
    }.send("POST", path, body: body)
  }

  private func number(_ answer: TestAPI.Answer, _ path: String) throws -> Double {
    try #require(answer[path].flatMap { Double($0) })
  }

  @Test("the bend, the slopes and the inflections of 4-digit addition are the known ones")
  func addition() async throws {
    let answer = try await post("/evaluate", #"{"constants":\#(Self.addition),"x":[800,864,928]}"#)
    #expect(answer.status == 200)
    for (path, expected, tolerance) in [
      ("values/0/y", 0.760188, 1e-6), ("values/2/y", 0.562598, 1e-6),
      ("breaks/0/starts", 537.87, 0.01), ("breaks/0/ends", 697.67, 0.01),
      ("breaks/0/slope_before", -0.0551, 1e-4), ("breaks/0/slope_after", -5.718, 1e-3),
      ("segments/0/coefficient/value", 2.2773, 1e-4),
      ("shape/inflections/0/x", 396.8, 0.5), ("shape/inflections/1/x", 643.9, 0.5),
      ("shape/inflections/2/x", 302, 1), ("shape/inflections/3/x", 694, 1),
    ] {
      let value = try number(answer, path)
      #expect(abs(value - expected) < tolerance, "\(path) is \(value)")
    }
    #expect(answer["breaks/0/sharpness"] == "sharp")
    #expect(answer["shape/monotone"] == "true")
    #expect(answer["shape/label"] == "positive")
  }

  @Test("a law whose partial sums of exponents have one sign may turn twice all the same")
  func counterexample() async throws {
    // d is exp(1) and exp(2).
    let constants =
      #"{"a":0,"b":1,"c0":1,"c1":5,"c2":-5.5,"d1":2.718281828459045,"d2":7.38905609893065,"#
      + #""f1":2,"f2":0.05}"#
    let answer = try await post(
      "/evaluate", #"{"constants":\#(constants),"x":{"from":0.1,"to":1e6,"count":3}}"#)
    #expect(answer["shape/turning_points/0/kind"] == "minimum")
    #expect(answer["shape/turning_points/1/kind"] == "maximum")
    #expect(answer["shape/turning_points/2"] == nil)
    #expect(answer["shape/label"] == "double_descent")
  }

  @Test("constants are taken as answers have them, also where no double can hold them")
  func pasted() async throws {
    let constants =
      #"{"a":{"value":0,"se":0.1},"b":{"value":null,"log10":400},"c0":{"value":100}}"#
    let answer = try await post("/evaluate", #"{"constants":\#(constants),"x":[10000]}"#)
    #expect(try abs(number(answer, "values/0/y") - 1) < 1e-9)
    #expect(answer["segments/0/coefficient/value"] == "null")
  }

  @Test(
    "everything that is wrong is named",
    arguments: [
      (#"{"constants":{"a":0,"b":0,"c0":1},"x":[1]}"#, "/constants/b"),
      (#"{"constants":{"a":0,"c0":1},"x":[1]}"#, "/constants/b"),
      (#"{"constants":{"a":0,"b":1,"c0":1,"c1":1,"f1":1},"x":[1]}"#, "/constants/d1"),
      (
        #"{"constants":{"a":0,"b":1,"c0":1,"c1":1,"d1":1,"f1":0},"x":[1]}"#, "/constants/f1"
      ),
      (#"{"constants":{"a":0,"b":1,"c0":1,"z":1},"x":[1]}"#, "/constants/z"),
      (#"{"constants":{"a":0,"b":1,"c0":1,"c9":1},"x":[1]}"#, "/constants"),
      (#"{"constants":{"a":0,"b":1,"c0":1},"x":[0]}"#, "/x/0"),
      (#"{"constants":{"a":0,"b":1,"c0":1}}"#, "/x"),
      (#"{"constants":[],"x":[1]}"#, "/constants"),
    ])
  func faulty(body: String, pointer: String) async throws {
    let answer = try await post("/evaluate", body)
    #expect(answer.status == 422)
    #expect(answer["errors/0/pointer"] == pointer)
  }

  @Test("a simulation is a job whose result tells from where on the law is foreseen")
  func simulate() async throws {
    let body =
      #"{"constants":{"a":0.5,"b":3,"c0":0.5},"x":{"from":1,"to":40},"evaluate_to":80}"#
    let answer = try await post("/simulate", body)
    #expect(answer.status == 200)
    #expect(answer["state"] == "succeeded")
    #expect(try number(answer, "sufficient_x") <= 6)
    #expect(answer["request/x/to"] == "40")
    #expect(answer["curve/0/x_max"] != nil)
  }

  @Test(
    "a simulation that makes no sense is refused",
    arguments: [
      (#"{"x":{"from":1,"to":40}}"#, "/constants"),
      (#"{"constants":{"a":0,"b":1,"c0":1},"x":{"from":2,"to":1}}"#, "/x"),
      (#"{"constants":{"a":0,"b":1,"c0":1},"x":{"from":1,"to":1e300}}"#, "/x"),
      (
        #"{"constants":{"a":0,"b":1,"c0":1},"x":{"from":1,"to":9},"evaluate_to":1e300}"#,
        "/evaluate_to"
      ),
      (#"{"constants":{"a":0,"b":1,"c0":1},"x":[1,2,3],"sigma":-1}"#, "/sigma"),
      (#"{"constants":{"a":0,"b":1,"c0":1},"x":[1,2]}"#, "/x"),
      (#"{"constants":{"a":-9,"b":1,"c0":1},"x":[1,2,3,4]}"#, "/constants"),
    ])
  func faultySimulation(body: String, pointer: String) async throws {
    let answer = try await post("/simulate", body)
    #expect(answer.status == 422)
    #expect(answer["errors/0/pointer"] == pointer)
  }

  @Test(
    "an option in the query is refused, since the body holds them all",
    arguments: ["/evaluate", "/simulate"], ["x=1", "direction=up", "include=points", "a=1&x=2"])
  func query(path: String, query: String) async throws {
    let body = #"{"constants":{"a":0,"b":1,"c0":1},"x":[1,2,3]}"#
    let answer = try await post(path + "?" + query, body)
    #expect(answer.status == 422)
    #expect(answer["errors/0/pointer"] == "/" + query.prefix { $0 != "=" })
    #expect(answer["detail"]?.contains("is in the query") == true)
    #expect(try await post(path + "?format=json", body).status == 200)
  }

  @Test("a large body is read as a small one is")
  func large() async throws {
    let body = #"{"constants":{"a":0,"b":1,"c0":1},"x":[1,2,3]}"#
    let padding = String(repeating: " ", count: 20_000)
    #expect(try await post("/evaluate", body + padding).body == post("/evaluate", body).body)
    #expect(try await post("/simulate", body + padding).status == 200)
    #expect(try await post("/evaluate", padding + "[").status == 400)
    #expect(try await post("/simulate", "{}" + padding).status == 422)
  }

  @Test("the job of a simulation links to JSON alone, that of a fit to a plot and a table too")
  func links() async throws {
    let body = #"{"constants":{"a":0,"b":1,"c0":1},"x":[1,2,3]}"#
    let simulated = try await post("/simulate", body)
    #expect(simulated["links/result"]?.hasSuffix("/result") == true)
    #expect(simulated["links/svg"] == nil && simulated["links/csv"] == nil)
    let fitted = try await TestAPI().fit()
    #expect(fitted["links/svg"]?.hasSuffix("?format=svg") == true)
    #expect(fitted["links/csv"]?.hasSuffix("?format=csv") == true)
  }

  @Test("constants come as JSON, and so do the answers", arguments: ["/evaluate", "/simulate"])
  func negotiation(path: String) async throws {
    let api = try TestAPI()
    let table = try await api.send(
      "POST", path, ["Content-Type": "text/csv"], body: "x,y\n1,2\n")
    #expect(table.status == 415)
    #expect(table["detail"] == "The body must be application/json, in UTF-8.")
    let plot = try await api.send("POST", path, ["Accept": "image/svg+xml"], body: "{}")
    #expect(plot.status == 406)
  }
}
