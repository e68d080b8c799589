import ScalingLaws
import Testing

@testable import FitService
@testable import Fits

@Suite("Fit requests")
struct FitRequestTests {
  static let limits = FitRequest.Limits(
    points: 6, breaks: 5, predictions: 4, samples: 2_000, timeout: 60)

  /// The defaults of the API, those settled that the library leaves to depend on others.
  static let settled: FitOptions = {
    var options = FitOptions()
    options.forecast = .combined
    return options
  }()

  /// Decodes a JSON text; the faults as "pointer: detail".
  static func decode(
    _ json: String, limits: FitRequest.Limits = limits
  ) throws -> (request: FitRequest?, faults: [String]) {
    let faults = Faults()
    let field = JSONField(try JSONDocument(Array(json.utf8)), faults: faults)
    let request = FitRequestDecoder(limits: limits).decode(field)
    return (request, faults.list.map(\.text))
  }

  /// A body with three points and the members given.
  static func body(_ members: String) -> String {
    #"{"x":[1,2,4],"y":[3,2,1.5]"# + (members.isEmpty ? "" : "," + members) + "}"
  }

  @Test("a body with points alone has the documented defaults")
  func defaults() throws {
    let request = try #require(try Self.decode(Self.body("")).request)
    #expect(request.points == (try Points(x: [1, 2, 4], y: [3, 2, 1.5])))
    #expect(request.options == Self.settled)
    #expect(request.labels.isEmpty)
    #expect(request.timeout == 60)
  }

  @Test("pairs mean the same as two arrays, in any order")
  func pairs() throws {
    let pairs = try Self.decode(#"{"points":[[4,1.5],[1,3],[2,2]]}"#).request
    #expect(pairs?.canonical == (try Self.decode(Self.body("")).request?.canonical))
  }

  /// Members of a body, and what must hold of the request.
  struct Example: Sendable, CustomTestStringConvertible {
    let members: String
    let holds: @Sendable (FitRequest) -> Bool
    var testDescription: String { members }

    init(_ members: String, _ holds: @escaping @Sendable (FitRequest) -> Bool) {
      self.members = members
      self.holds = holds
    }
  }

  @Test(
    "every option reaches its place",
    arguments: [
      Example(#""breaks":2"#, { $0.options.breaks == .exactly(2) }),
      Example(#""breaks":"auto","max_breaks":1"#, { $0.options.breaks == .automatic(max: 1) }),
      Example(#""selection":"holdout""#, { $0.options.selection == .holdOut }),
      Example(#""forecast":"single""#, { $0.options.forecast == .single }),
      Example(#""breaks":1"#, { !$0.options.prior && $0.options.forecast == .single }),
      Example(#""prior":true,"breaks":1"#, { $0.options.prior }),
      Example(#""direction":"higher_is_better""#, { $0.options.direction == .higherIsBetter }),
      Example(#""x_direction":"decreasing""#, { $0.options.progress == .decreasing }),
      Example(#""objective":"log1p""#, { $0.options.objective == .given(.log1p) }),
      Example(#""loss":"huber""#, { $0.options.loss == .huber }),
      Example(#""fixed":{"c0":0}"#, { $0.options.fixed == [.c0: 0] }),
      Example(#""bounds":{"d1":[2,3]},"breaks":1"#, { $0.options.bounds == [.d(1): 2...3] }),
      Example(#""intervals":{"level":0.5}"#, { $0.options.intervals.level == 0.5 }),
      Example(#""intervals":{"method":"none"}"#, { $0.options.intervals.method == .none }),
      Example(#""intervals":{"method":"delta"}"#, { $0.options.intervals.method == .delta }),
      Example(#""intervals":{"method":"auto"}"#, { $0.options.intervals.method == .automatic }),
      Example(#""ceiling":1"#, { $0.options.ceiling == 1 }),
      Example(#""random_guess":0.25"#, { $0.options.randomGuess == 0.25 }),
      Example(#""predict":[8,16]"#, { $0.options.predictions == [8, 16] }),
      Example(
        #""predict":{"from":1,"to":1000,"count":4}"#,
        { $0.options.predictions == [1, 10, 100, 1000] }
      ),
      Example(
        #""predict":{"from":1,"to":3,"count":3,"spacing":"linear"}"#,
        { $0.options.predictions == [1, 2, 3] }
      ),
      Example(#""solve_for":[0.5,0]"#, { $0.options.solveFor == [0.5, 0] }),
      Example(#""held_out":1"#, { $0.options.heldOut == .last(1) }),
      Example(
        #""held_out":{"x":[8],"y":[1]}"#,
        { (try? Points(x: [8], y: [1])).map(FitOptions.HeldOut.points) == $0.options.heldOut }
      ),
      Example(#""sigma":[1,2,3]"#, { $0.points.noise == .standardErrors([1, 2, 3]) }),
      Example(#""weights":[1,2,3]"#, { $0.points.noise == .weights([1, 2, 3]) }),
      Example(#""labels":{"task":"addition"}"#, { $0.labels == ["task": "addition"] }),
      Example(#""seed":9007199254740993"#, { $0.options.seed == 9_007_199_254_740_993 }),
      Example(#""timeout_s":1.5"#, { $0.timeout == 1.5 }),
      Example(#""crop":"none","forms":[]"#, { $0.options == FitRequestTests.settled }),
      Example(#""forms":"all""#, { $0.options.forms == ComparisonForm.allCases }),
      Example(#""forms":["m4","m1","m4"]"#, { $0.options.forms == [.m1, .m4] }),
    ])
  func options(example: Example) throws {
    let (request, faults) = try Self.decode(Self.body(example.members))
    #expect(faults == [])
    let decoded = try #require(request)
    #expect(example.holds(decoded))
    // What the service stores and repeats must mean the same as what the client sent.
    let canonical = decoded.canonical
    var again = try Self.decode(String(decoding: canonical.joined, as: UTF8.self)).request
    // The time limit is the job's.
    again?.timeout = decoded.timeout
    #expect(again == decoded)
    let stored = try #require(StoredTask(payload: FitTask.curve(decoded).payload))
    #expect(try stored.curves.map { try $0.request.get() } == [canonical])
  }

  @Test("trials belong to proportions")
  func trials() throws {
    let request = try Self.decode(#"{"x":[1,2,4],"y":[0.5,0.4,0.3],"trials":[10,20,30]}"#).request
    #expect(request?.points.noise == .trials([10, 20, 30]))
  }

  @Test(
    "a fault is named where it stands",
    arguments: [
      (#"[1]"#, ": must be an object, is an array"),
      (#"{}"#, ": has no points: give `x` and `y`, or `points`"),
      (#"{"x":[1,2,4]}"#, "/y: is missing"),
      (#"{"x":[1,2,4],"y":[3,2]}"#, "/y: has 2 numbers, but there are 3 values of x"),
      (#"{"x":[1,-2,4],"y":[3,2,1]}"#, "/x/1: must be greater than 0, is -2"),
      (
        #"{"x":[1,0,4],"y":[3,2,1]}"#,
        #"/x/1: must be greater than 0, is 0; `"invalid": "drop"` leaves such points out"#
      ),
      (#"{"x":[1,null,4],"y":[3,2,1]}"#, "/x/1: must be a number, is null"),
      (#"{"x":"1,2,4","y":[3,2,1]}"#, "/x: must be an array, is a string"),
      (#"{"points":[[1,2],[2],[3,1]]}"#, "/points/1: must be an array of 2 numbers, has 1"),
      (#"{"points":[[1,2],[0,3],[3,1]]}"#, "/points/1/0: must be greater than 0, is 0"),
      (
        #"{"points":[[1,2]],"x":[1]}"#,
        "/x: is given beside `points`: give either `points`, or `x` and `y`"
      ),
      (
        #"{"x":[1,2,3,4,5,6,7],"y":[1,2,3,4,5,6,7]}"#,
        "/x: must have at most 6 elements, has 7"
      ),
    ])
  func faultyPoints(json: String, fault: String) throws {
    let (request, faults) = try Self.decode(json)
    #expect(request == nil)
    #expect(faults.first == fault)
  }

  @Test(
    "an option that is wrong is named",
    arguments: [
      (#""predikt":[1]"#, "/predikt: `predikt` is unknown (did you mean `predict`?)"),
      (#""breaks":6"#, "/breaks: must be a whole number from 0 to 5, is 6"),
      (#""breaks":1.5"#, "/breaks: must be a whole number from 0 to 5, is 1.5"),
      (
        #""breaks":"some""#,
        "/breaks: must be `auto` or a whole number from 0 to 5, is a string"
      ),
      (#""breaks":2,"max_breaks":1"#, "/max_breaks: is less than `breaks`, which is 2"),
      (
        #""breaks":2,"forecast":"combined""#,
        "/forecast: must be `single` when `breaks` is a number"
      ),
      (
        #""selection":"aic""#,
        "/selection: must be one of `aicc`, `holdout`, is `aic` (did you mean `aicc`?)"
      ),
      (#""prior":1"#, "/prior: must be true or false, is a number"),
      (#""fixed":{"d1":5}"#, "/fixed/d1: belongs to a break: it needs a numeric `breaks`"),
      (
        #""fixed":{"d2":5},"breaks":1"#,
        "/fixed/d2: belongs to break 2, but `breaks` is 1"
      ),
      (#""fixed":{"z":5}"#, "/fixed/z: `z` is no constant of the law"),
      (#""bounds":{"a":[1]}"#, "/bounds/a: must be two numbers, the lower one first"),
      (#""bounds":{"a":[2,1]}"#, "/bounds/a: must be two numbers, the lower one first"),
      (#""bounds":{"a":[0,1]},"fixed":{"a":0}"#, "/bounds/a: `a` is in `fixed` already"),
      (#""predict":[0]"#, "/predict/0: must be greater than 0, is 0"),
      (#""predict":[1,2,3,4,5]"#, "/predict: must have at most 4 elements, has 5"),
      (#""predict":{"from":1,"to":2}"#, "/predict/count: is missing"),
      (
        #""predict":{"from":1,"to":2,"count":9}"#,
        "/predict/count: must be a whole number from 2 to 4, is 9"
      ),
      (
        #""predict":{"from":2,"to":1,"count":2}"#,
        "/predict: `from` must be less than `to`"
      ),
      (#""held_out":0"#, "/held_out: must be a whole number from 1 to 6, is 0"),
      (#""held_out":{"x":[1]}"#, "/held_out/y: is missing"),
      (#""held_out":{"x":[],"y":[]}"#, "/held_out/x: must not be empty"),
      (#""held_out":{"x":[-1],"y":[1]}"#, "/held_out/x/0: must be greater than 0, is -1"),
      (#""sigma":[1,0,1]"#, "/sigma/1: must be greater than 0, is 0"),
      (#""sigma":[1,1]"#, "/sigma: has 2 numbers, but there are 3 values of x"),
      (
        #""trials":[9,9,9]"#,
        "/y/0: must be from 0 to 1, because `trials` are given, is 3"
      ),
      (
        #""sigma":[1,1,1],"weights":[1,1,1]"#,
        "/weights: give at most one of `sigma`, `weights` and `trials`"
      ),
      (
        #""intervals":{"method":"bootstrap","level":0.999}"#,
        "/intervals/level: needs 20000 resamples, and at most 2000 are allowed"
      ),
      (
        #""intervals":{"samples":200}"#,
        "/intervals/samples: belongs to the method `bootstrap`"
      ),
      (
        #""intervals":{"method":"bootstrap","samples":20}"#,
        "/intervals/samples: must be a whole number from 200 to 2000, is 20"
      ),
      (
        #""intervals":{"level":1}"#,
        "/intervals/level: must be greater than 0 and at most 0.999999999, is 1"
      ),
      (
        #""intervals":{"level":0.9999999999999999}"#,
        "/intervals/level: must be greater than 0 and at most 0.999999999, "
          + "is 0.9999999999999999"
      ),
      (
        #""intervals":{"level":0}"#,
        "/intervals/level: must be greater than 0 and at most 0.999999999, is 0"
      ),
      (
        #""crop":"yes""#,
        "/crop: must be `none`, `auto` or the first x to keep, is a string"
      ),
      (#""crop":0"#, "/crop: must be greater than 0, is 0"),
      (#""forms":"m1""#, "/forms: must be `all` or an array of forms, is a string"),
      (
        #""forms":["m1","m5"]"#,
        "/forms/1: must be one of `m1`, `m2`, `m3`, `m3_floor`, `m4`, is `m5` "
          + "(did you mean `m1`?)"
      ),
      (#""solve_for":[1,2,3,4,5]"#, "/solve_for: must have at most 4 elements, has 5"),
      (#""labels":{"x":1}"#, "/labels/x: must be a string, is a number"),
      (#""seed":-1"#, "/seed: must be a whole number, 0 or greater, is -1"),
      (#""timeout_s":61"#, "/timeout_s: must be at most 60, is 61"),
      (#""timeout_s":0"#, "/timeout_s: must be greater than 0, is 0"),
      (#""seed":1,"seed":2"#, "/seed: is given more than once"),
    ])
  func faultyOptions(members: String, fault: String) throws {
    let (request, faults) = try Self.decode(Self.body(members))
    #expect(request == nil)
    #expect(faults.first == fault)
  }

  @Test("all faults of a body are named at once")
  func allAtOnce() throws {
    let json = #"{"x":[1,-2],"y":[3,"z"],"breaks":9,"sede":1,"intervals":{"level":2}}"#
    let faults = try Self.decode(json).faults
    let pointers = Set(faults.compactMap { $0.split(separator: ":").first.map(String.init) })
    #expect(pointers == ["/x/1", "/y/1", "/breaks", "/sede", "/intervals/level"])
  }

  @Test("what the store gives back is not measured by today's limits")
  func storedRequests() throws {
    let tight = FitRequest.Limits(points: 3, breaks: 0, predictions: 1, timeout: 1)
    let json = Self.body(#""breaks":5,"predict":[1,2,3],"timeout_s":50"#)
    #expect(try Self.decode(json, limits: tight).request == nil)
    #expect(try Self.decode(json, limits: .none).request != nil)
  }

  @Test("the key changes with every point and option, and with nothing else")
  func contentKey() throws {
    func key(_ json: String) throws -> String {
      PostedWork.contentKey(
        kind: "fit", payload: FitTask.curve(try #require(try Self.decode(json).request)).payload)
    }
    let plain = try key(Self.body(""))
    #expect(try key(#"{"y":[2,3,1.5],"x":[2,1,4],"breaks":"auto"}"#) == plain)
    for other in [#""seed":1"#, #""predict":[9]"#, #""labels":{"x":"n"}"#] {
      #expect(try key(Self.body(other)) != plain)
    }
    #expect(try key(#"{"x":[1,2,4],"y":[3,2,1.6]}"#) != plain)
  }
}

extension Fault {
  /// The fault as "place: detail".
  var text: String {
    switch place {
    case .pointer(let pointer): "\(pointer): \(detail)"
    case .line(let line, let column): "line \(line)\(column.map { " " + $0 } ?? ""): \(detail)"
    }
  }
}

@Suite("Fit requests as tables")
struct FitTableTests {
  /// Decodes a table with a query string; the faults as "place: detail".
  private func decode(
    _ csv: String, query: String = ""
  ) -> (request: FitRequest?, faults: [String]) {
    let faults = Faults()
    let table = Table(text: Array(csv.utf8), wanted: [], rowLimit: 6, faults: faults)
      .map { PointTable($0, options: [:], faults: faults) }
    let options = JSONField(.object(JSONObject(query: query, faults: faults)), faults: faults)
    let request = FitRequestDecoder(limits: FitRequestTests.limits)
      .decode(
        options,
        measured: table.flatMap {
          Measurements($0, rows: Array(0..<$0.count), faults: faults)
        })
    return (request, faults.list.map(\.text))
  }

  @Test("a table with a query means the same as JSON")
  func sameAsJSON() throws {
    let query =
      "predict=8,16&intervals.level=0.5&breaks=1&fixed.c0=0&labels.task=2&objective=log&held_out=1"
    let members =
      #""predict":[8,16],"intervals":{"level":0.5},"breaks":1,"fixed":{"c0":0},"#
      + #""labels":{"task":"2"},"objective":"log","held_out":1"#
    let table = decode("x,y\n1,3\n2,2\n4,1.5\n", query: query)
    #expect(table.faults == [])
    var request = try #require(table.request)
    #expect(request.reading?.usedCount == 3)
    request.reading = nil
    #expect(request == (try FitRequestTests.decode(FitRequestTests.body(members)).request))
  }

  @Test("rows marked as held out are set aside", arguments: ["held_out", "training"])
  func heldOut(column: String) throws {
    let (kept, other) = column == "held_out" ? (0, 1) : (1, 0)
    let csv = "x,y,\(column)\n1,3,\(kept)\n8,1,\(other)\n2,2,\(kept)\n4,1.5,\(kept)\n"
    let request = try #require(decode(csv).request)
    #expect(request.points == (try Points(x: [1, 2, 4], y: [3, 2, 1.5])))
    #expect(request.options.heldOut == .points(try Points(x: [8], y: [1])))
  }

  @Test("`invalid`: `drop` leaves out the points that cannot be fitted, and counts them")
  func dropped() throws {
    for body in [
      #"{"invalid":"drop","x":[0,1,2,4,8],"y":[9,3,null,2,1]}"#,
      #"{"invalid":"drop","points":[[0,9],[1,3],[2,null],[4,2],[8,1]]}"#,
    ] {
      let request = try #require(try FitRequestTests.decode(body).request)
      #expect(request.points == (try Points(x: [1, 4, 8], y: [3, 2, 1])))
      let reading = try #require(request.reading)
      #expect([reading.usedCount, reading.emptyCount, reading.zeroCount] == [3, 1, 1])
    }
    let uneven = try FitRequestTests.decode(#"{"invalid":"drop","x":[0,1],"y":[9]}"#)
    #expect(uneven.request == nil)
  }

  @Test("columns that mean nothing are remembered for the warning")
  func ignored() throws {
    let request = try #require(decode("x,model,y\n1,a,3\n2,b,2\n").request)
    #expect(request.reading?.ignored == ["model"])
    let again = try FitRequestTests.decode(
      String(decoding: request.canonical.joined, as: UTF8.self)
    ).request
    #expect(again == request)
  }

  @Test(
    "a fault is named by its line",
    arguments: [
      ("x,y\n1,3\n-1,2\n", "", "line 3 x: must be greater than 0, is -1"),
      ("x,y,sigma\n1,3,1\n2,2,-1\n", "", "line 3 sigma: must be greater than 0, is -1"),
      (
        "x,y,trials\n1,3,1\n2,0.5,1\n", "",
        "line 2 y: must be from 0 to 1, because `trials` are given, is 3"
      ),
      (
        "x,y,sigma,weight\n1,3,1,1\n", "",
        "line 1: has the columns `sigma` and `weight`: at most one of them can be used"
      ),
      ("1,2\n2,3\n", "x=1", "/x: is in the query, but the points are in the table"),
      (
        "x,y,held_out\n1,2,0\n2,3,1\n", "held_out=1",
        "/held_out: must not be given, because the table has such a column"
      ),
      ("1,2\n2,3\n", "breaks=none", "/breaks: must be a whole number from 0 to 5, is `none`"),
      ("1,2\n2,3\n", "seed=1&seed=2", "/seed: is given more than once"),
    ])
  func faults(csv: String, query: String, fault: String) {
    let (request, faults) = decode(csv, query: query)
    #expect(request == nil)
    #expect(faults.first == fault)
  }
}
