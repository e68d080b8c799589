import ScalingLaws
import Testing

@testable import FitService
@testable import Fits

@Suite("Several curves in one request")
struct FitTaskTests {
  private static var limits: FitRequest.Limits {
    FitRequest.Limits(
      points: 6, totalPoints: 9, curves: 3, breaks: 5, predictions: 4, samples: 500, timeout: 60)
  }

  private static let points = #""x":[1,2,4],"y":[3,2,1.5]"#

  private func decode(_ json: String) throws -> (task: FitTask?, faults: [String]) {
    let faults = Faults()
    let body = JSONField(try JSONDocument(Array(json.utf8)), faults: faults)
    return (FitTaskDecoder(limits: Self.limits).decode(body), faults.list.map(\.text))
  }

  private func decode(csv: String, query: String = "") -> (task: FitTask?, faults: [String]) {
    let faults = Faults()
    let table = Table(text: Array(csv.utf8), wanted: [], rowLimit: 9, faults: faults)
      .map { PointTable($0, options: [:], faults: faults) }
    let options = JSONField(.object(JSONObject(query: query, faults: faults)), faults: faults)
    let task = table.flatMap { FitTaskDecoder(limits: Self.limits).decode($0, options: options) }
    return (task, faults.list.map(\.text))
  }

  /// The curves of a task; none when it is of one curve alone.
  private func curves(_ task: FitTask?) -> [FitTask.Curve] {
    guard case .curves(let curves)? = task else { return [] }
    return curves
  }

  private func problem(_ curve: FitTask.Curve) -> String? {
    guard case .failure(let problem) = curve.request else { return nil }
    return problem.errors.first?.text
  }

  @Test("curves have the shared options, their own before them, and a name each")
  func sharing() throws {
    let (task, faults) = try decode(
      #"{"seed":7,"labels":{"task":"t"},"curves":[{\#(Self.points),"name":"a"},"#
        + #"{\#(Self.points),"seed":8,"breaks":0}]}"#)
    #expect(faults == [])
    let curves = curves(task)
    #expect(curves.map(\.name) == ["a", "curve 2"])
    let requests = try curves.map { try $0.request.get() }
    #expect(requests.map(\.options.seed) == [7, 8])
    #expect(requests.map(\.options.breaks) == [.automatic(max: 3), .exactly(0)])
    #expect(requests.map(\.labels) == [["task": "t"], ["task": "t"]])
  }

  @Test("each of several curves adds 5 seconds to the time limit")
  func timeLimit() throws {
    let two = try decode(#"{"curves":[{\#(Self.points)},{\#(Self.points)}]}"#)
    #expect(two.task?.timeout == 70)
    let given = try decode(#"{"timeout_s":65,"curves":[{\#(Self.points)}]}"#)
    #expect(given.task?.timeout == 65)
    let excess = try decode(#"{"timeout_s":66,"curves":[{\#(Self.points)}]}"#)
    #expect(excess.faults == ["/timeout_s: must be at most 65, is 66"])
  }

  @Test(
    "what is wrong with one curve stands in its place, and the others go on",
    arguments: [
      (#"{"x":[1,2,-1],"y":[3,2,1]}"#, "/curves/1/x/2: must be greater than 0, is -1"),
      (#"{"x":[1,2],"y":[3]}"#, "/curves/1/y: has 1 numbers, but there are 2 values of x"),
      (#"{"name":"b"}"#, "/curves/1: has no points: give `x` and `y`, or `points`"),
      (
        #"{\#(Self.points),"sede":1}"#,
        "/curves/1/sede: `sede` is unknown (did you mean `seed`?)"
      ),
      (
        #"{\#(Self.points),"timeout_s":1}"#,
        "/curves/1/timeout_s: belongs to the whole job: give it beside `curves`"
      ),
      ("7", "/curves/1: must be an object, is a number"),
    ])
  func oneBad(curve: String, fault: String) throws {
    let (task, faults) = try decode(#"{"curves":[{\#(Self.points)},\#(curve)]}"#)
    #expect(faults == [])
    let curves = curves(task)
    #expect(curves.count == 2)
    #expect(curves.first.flatMap(problem) == nil)
    #expect(curves.last.flatMap(problem) == fault)
  }

  @Test(
    "what is wrong with the whole refuses it, and names each fault once",
    arguments: [
      (#"{"curves":[]}"#, ["/curves: must not be empty"]),
      (#"{"curves":[],"breaks":1,"seed":2}"#, ["/curves: must not be empty"]),
      (#"{"curves":{}}"#, ["/curves: must be an array, is an object"]),
      (
        #"{"seed":-1,"curves":[{\#(Self.points)},{\#(Self.points)}]}"#,
        ["/seed: must be a whole number, 0 or greater, is -1"]
      ),
      (
        #"{"predikt":[1],"curves":[{\#(Self.points)}]}"#,
        ["/predikt: `predikt` is unknown (did you mean `predict`?)"]
      ),
      (
        #"{"x":[1],"curves":[{\#(Self.points)}]}"#,
        ["/x: cannot be shared: give it in each of the `curves`"]
      ),
      (#"{"curves":[{},{},{},{}]}"#, ["/curves: must have at most 3 elements, has 4"]),
      (
        #"{"curves":[{"x":[1,2,-1],"y":[3,2,1]},{"x":[1]}]}"#,
        ["/curves/0/x/2: must be greater than 0, is -1", "/curves/1/y: is missing"]
      ),
      (
        #"{"curves":[{"x":[1,2,3,4,5],"y":[5,4,3,2,1]},{"x":[1,2,3,4,5],"y":[5,4,3,2,1]}]}"#,
        ["/curves: there are 10 points in all, more than 9"]
      ),
      (
        #"{"predict":{"from":5,"to":6,"count":3},"curves":[{\#(Self.points)},{\#(Self.points)},{"x":0}]}"#,
        [
          "/curves: up to curve 2 there are 6 values of `predict` and `solve_for` in all, "
            + "more than 4"
        ]
      ),
      (
        #"{"solve_for":[1,2],"curves":[{\#(Self.points)},{\#(Self.points),"predict":[5,6,7]}]}"#,
        ["/curves: there are 7 values of `predict` and `solve_for` in all, more than 4"]
      ),
      (
        #"{"intervals":{"method":"bootstrap","samples":300},"curves":[{\#(Self.points)},{\#(Self.points)}]}"#,
        ["/curves: there are 600 resamples in all, more than 500"]
      ),
      (
        #"{\#(Self.points),"predict":[5,6,7],"solve_for":[1,2]}"#,
        [": there are 5 values of `predict` and `solve_for` in all, more than 4"]
      ),
    ])
  func allBad(json: String, expected: [String]) throws {
    let (task, faults) = try decode(json)
    #expect(task == nil)
    #expect(faults == expected)
  }

  @Test("a task is stored and read back with every curve in its place")
  func stored() throws {
    let (task, _) = try decode(
      #"{"curves":[{\#(Self.points),"name":"a\nb"},{"name":"bad"},{\#(Self.points)}]}"#)
    let payload = try #require(task).payload
    let stored = try #require(StoredTask(payload: payload))
    #expect(stored.isList)
    #expect(stored.curves.map(\.name) == ["a\nb", "bad", "curve 3"])
    #expect(stored.curves.map { (try? $0.request.get()) != nil } == [true, false, true])
    #expect(StoredTask(payload: payload.dropLast(20) + [UInt8(ascii: "\n")]) == nil)
    #expect(StoredTask(payload: []) == nil)
  }

  @Test("a list of one curve is a list, and has a key of its own")
  func listOfOne() throws {
    let one = try #require(try decode("{\(Self.points)}").task)
    let list = try #require(try decode(#"{"curves":[{\#(Self.points)}]}"#).task)
    #expect(StoredTask(payload: one.payload)?.isList == false)
    #expect(StoredTask(payload: list.payload)?.isList == true)
    func key(_ task: FitTask, _ kind: String = "fit") -> String {
      PostedWork.contentKey(kind: kind, payload: task.payload)
    }
    #expect(key(one) != key(list))
    #expect(key(one) != key(one, "simulate"))
  }

  @Test("the column `curve` of a table tells its curves apart, whatever the order of the rows")
  func table() throws {
    let (task, faults) = decode(
      csv: "x,y,curve\n1,3,b\n1,5,a\n2,2,b\n2,4,a\n4,1,b\n", query: "seed=3")
    #expect(faults == [])
    let curves = curves(task)
    #expect(curves.map(\.name) == ["b", "a"])
    let requests = try curves.map { try $0.request.get() }
    #expect(requests[0].points == (try Points(x: [1, 2, 4], y: [3, 2, 1])))
    #expect(requests[1].points == (try Points(x: [1, 2], y: [5, 4])))
    #expect(requests.map(\.options.seed) == [3, 3])
  }

  @Test("the curves of a table share one budget of predictions")
  func tableBudget() {
    let csv = "x,y,curve\n1,3,a\n2,2,a\n4,1,a\n1,5,b\n2,4,b\n4,3,b\n"
    let query = "predict.from=8&predict.to=16&predict.count=3"
    let (task, faults) = decode(csv: csv, query: query)
    #expect(task == nil)
    #expect(faults == [": there are 6 values of `predict` and `solve_for` in all, more than 4"])
  }

  @Test("a wrong row spoils its own curve alone")
  func wrongRow() {
    let (task, _) = decode(csv: "x,y,curve\n1,3,b\n-1,5,a\n2,2,b\n4,1,b\n")
    let curves = curves(task)
    #expect(curves.first.flatMap(problem) == nil)
    #expect(curves.last.flatMap(problem) == "line 3 x: must be greater than 0, is -1")
  }

  @Test("a table of one curve has no more points than a curve may have")
  func longTable() {
    let csv = "x,y\n" + (1...7).map { "\($0),\($0)\n" }.joined()
    #expect(decode(csv: csv).faults == ["line 8: there are more than 6 points"])
  }
}
