import Testing

@testable import FitService
@testable import Fits

@Suite("A request is read as what it has to be, all its faults told at once")
struct JSONFieldTests {
  enum Loss: String, CaseIterable { case squared, huber }

  private func faults(_ text: String, _ read: (JSONFields) -> Void) throws -> [String] {
    let faults = Faults()
    JSONField(try JSONDocument(Array(text.utf8)), faults: faults).object { read($0) }
    return faults.list.map {
      guard case .pointer(let pointer) = $0.place else { return "no pointer" }
      return "\(pointer): \($0.detail)"
    }
  }

  @Test("values of the right kind are returned")
  func good() throws {
    let text = #"""
      {"a": 2.0, "b": 1, "c": "huber", "d": [1, 2], "e": [[1, 2], [3, 4]], "f": ["m1"], "g": true,
       "h": {"k": 9007199254740993}, "i": "auto", "j": []}
      """#
    let faults = try faults(text) { fields in
      #expect(fields["a"]?.integer(in: 0...5) == 2)
      #expect(fields["b"]?.number(.positive) == 1)
      #expect(fields["c"]?.oneOf(Loss.self) == .huber)
      #expect(fields["d"]?.numbers(.positive, atMost: 2) == [1, 2])
      #expect(fields["e"]?.columns(2, atMost: 2) == [[1, 3], [2, 4]])
      #expect(fields["f"]?.strings(ofAtMost: 2, atMost: 1) == ["m1"])
      #expect(fields["g"]?.bool() == true)
      #expect(fields["h"]?.object { $0["k"]?.integer(in: 0...Int.max) } == 9_007_199_254_740_993)
      #expect(fields["i"]?.isWord("auto") == true)
      #expect(fields["i"]?.isWord("none") == false)
      #expect(fields["j"]?.columns(2, atMost: 0) == [[], []])
      #expect(fields["absent"] == nil)
    }
    #expect(faults == [])
  }

  @Test(
    "every fault is told, with its pointer, the allowed and the given",
    arguments: [
      (
        #"""
        {"x": [1, 0, "2", -3], "y": [1, -1], "points": [[1, 2], [3], [4, "5"], 6], "breaks": 7,
         "a": 1, "a": 2}
        """#,
        [
          "/a: is given more than once",
          "/x/1: must be greater than 0, is 0",
          "/x/2: must be a number, is a string",
          "/x/3: must be greater than 0, is -3",
          "/y/1: must be 0 or greater, is -1",
          "/points/1: must be an array of 2 numbers, has 1",
          "/points/2/1: must be a number, is a string",
          "/points/3: must be an array of 2 numbers, is a number",
          "/breaks: must be a whole number from 0 to 5, is 7",
          "/constants: is missing",
        ]
      ),
      (
        #"""
        {"seed": 1.5, "loss": "hubre", "labels": {"task": 3, "x/y": "far too long"}, "level": 1,
         "predikt": [1], "huge": [1, 2, 3], "null": null, "name": 4, "flag": "true",
         "constants": 1}
        """#,
        [
          "/seed: must be a whole number, 0 or greater, is 1.5",
          "/loss: must be one of `squared`, `huber`, is `hubre` (did you mean `huber`?)",
          "/labels/task: must be a string, is a number",
          "/labels/x~1y: must be at most 5 characters long, is 12",
          "/level: must be greater than 0 and at most 0.9, is 1",
          "/huge: must have at most 2 elements, has 3",
          "/null: must be a number, is null",
          "/name: must be a string, is a number",
          "/flag: must be true or false, is a string",
          "/predikt: `predikt` is unknown (did you mean `predict`?)",
        ]
      ),
    ] as [(String, [String])])
  func bad(text: String, expected: [String]) throws {
    let faults = try faults(text) { fields in
      _ = fields["x"]?.numbers(.positive, atMost: 10)
      _ = fields["y"]?.numbers(.nonNegative, atMost: 10)
      _ = fields["points"]?.columns(2, atMost: 10)
      _ = fields["breaks"]?.integer(in: 0...5)
      _ = fields["seed"]?.integer(in: 0...Int.max)
      _ = fields["loss"]?.oneOf(Loss.self)
      _ = fields["labels"]?.members(atMost: 5)?.map { $0.field.string(atMost: 5) }
      _ = fields["level"]?.number(.above(0, atMost: 0.9))
      _ = fields["predict"]?.numbers(atMost: 10)
      _ = fields["huge"]?.numbers(atMost: 2)
      _ = fields["null"]?.number()
      _ = fields["name"]?.string(atMost: 5)
      _ = fields["a"]?.number()
      _ = fields["flag"]?.bool()
      _ = fields.required("constants")
    }
    #expect(faults == expected)
  }

  @Test(
    "an integer that a conversion would trap on is refused",
    arguments: ["1e300", "-1e300", "9223372036854775808", "-9223372036854775809e1"])
  func hugeIntegers(text: String) throws {
    let faults = try faults("{\"n\": \(text)}") {
      #expect($0["n"]?.integer(in: Int.min...Int.max) == nil)
    }
    #expect(faults.count == 1)
  }

  @Test("the least integer is told without a trap")
  func leastInteger() throws {
    let faults = try faults("{\"n\": -9223372036854775808}") { _ = $0["n"]?.integer(in: 0...1) }
    #expect(faults == ["/n: must be a whole number from 0 to 1, is -9.223372036854776e+18"])
  }

  @Test("only the first ten faults are kept, the others counted")
  func manyFaults() throws {
    let zeros = Array(repeating: "0", count: 10_000).joined(separator: ",")
    let faults = Faults()
    _ = JSONField(try JSONDocument(Array("[\(zeros)]".utf8)), faults: faults)
      .numbers(.positive, atMost: 10_000)
    #expect(faults.list.count == Faults.limit)
    #expect(faults.count == 10_000)
  }

  @Test("a value that is no object has that one fault", arguments: ["[]", "1", "null", "\"{}\""])
  func notAnObject(text: String) throws {
    #expect(try faults(text) { _ in }.count == 1)
  }

  @Test(
    "the nearest name is suggested only when it is near",
    arguments: [
      ("predikt", "predict"), ("Predict", "predict"), ("prdeict", "predict"), ("sede", "seed"),
      ("sed", "seed"), ("weight", "weights"), ("xx", nil), ("q", nil), ("foo", nil), ("", nil),
      ("direction_x", nil), (String(repeating: "a", count: 1_000_000), nil),
    ] as [(String, String?)])
  func spelling(name: String, suggestion: String?) {
    let names = ["x", "y", "predict", "seed", "weights", "held_out"]
    #expect(Spelling.nearest(name, among: names) == suggestion)
  }

  @Test(
    "the distance counts insertions, deletions, replacements and exchanges",
    arguments: [
      ("", "", 0), ("", "abc", 3), ("abc", "", 3), ("abc", "abd", 1), ("abc", "bac", 1),
      ("ca", "abc", 3), ("kitten", "sitting", 3), ("ab", "ba", 1),
    ])
  func distance(a: String, b: String, distance: Int) {
    #expect(Spelling.distance(Array(a), Array(b)) == distance)
    #expect(Spelling.distance(Array(b), Array(a)) == distance)
  }
}
