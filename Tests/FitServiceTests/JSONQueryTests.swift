import Testing

@testable import FitService
@testable import Fits

@Suite("A query string gives the object that a JSON body would")
struct JSONQueryTests {
  private func read(_ query: String) -> (object: JSONObject, faults: [String]) {
    let faults = Faults()
    let object = JSONObject(query: query, faults: faults)
    return (
      object,
      faults.list.map { fault in
        guard case .pointer(let pointer) = fault.place else { return "no pointer" }
        return "\(pointer): \(fault.detail)"
      }
    )
  }

  @Test("options nest at dots, and are read as what the decoder asks for")
  func options() {
    let (object, faults) = read(
      "predict=800,9.28e2&breaks=1&intervals.level=0.9&intervals.method=delta&labels.task=4%2B4+digits"
        + "&labels.n=007&prior&forms=m1,m2&predict_one=5&crop=auto&seed=9007199254740993&bounds.a=0,1"
    )
    #expect(faults == [])
    let noted = Faults()
    JSONField(.object(object), faults: noted).object { fields in
      #expect(fields["predict"]?.numbers(.positive, atMost: 5) == [800, 928])
      #expect(fields["breaks"]?.integer(in: 0...5) == 1)
      fields["intervals"]?.object {
        #expect($0["level"]?.number() == 0.9)
        #expect($0["method"]?.string(atMost: 10) == "delta")
      }
      let labels = fields["labels"]?.members(atMost: 5)?.compactMap { $0.field.string(atMost: 20) }
      #expect(labels == ["4+4 digits", "007"])
      #expect(fields["prior"]?.bool() == true)
      #expect(fields["forms"]?.strings(ofAtMost: 5, atMost: 5) == ["m1", "m2"])
      #expect(fields["predict_one"]?.numbers(atMost: 5) == [5])
      #expect(fields["crop"]?.isWord("auto") == true)
      #expect(fields["seed"]?.integer(in: 0...Int.max) == 9_007_199_254_740_993)
      #expect(fields["bounds"]?.object { $0["a"]?.numbers(atMost: 2) } == [0, 1])
    }
    #expect(noted.list == [])
  }

  @Test(
    "an option that is wrong is refused by its name",
    arguments: [
      ("a=1&a=2", ["/a: is given more than once"]),
      ("a.b=1&a.b=2", ["/a/b: is given more than once"]),
      ("a=1&a.b=2", ["/a: has both a value and members"]),
      ("a.b=1&a=2", ["/a: has both a value and members"]),
      ("a=%zz", ["/a: has a `%` that two hexadecimal digits of UTF-8 do not follow"]),
      ("a=%FF", ["/a: has a `%` that two hexadecimal digits of UTF-8 do not follow"]),
      ("%", ["/%: has a `%` that two hexadecimal digits of UTF-8 do not follow"]),
      ("a..b=1", ["/a..b: is not a name: at most four parts, joined by dots"]),
      ("=1", ["/: is not a name: at most four parts, joined by dots"]),
      ("a.b.c.d.e=1", ["/a.b.c.d.e: is not a name: at most four parts, joined by dots"]),
      ("", []), ("&&", []), ("a=b=c", []),
    ] as [(String, [String])])
  func faults(query: String, faults: [String]) {
    #expect(read(query).faults == faults)
  }

  @Test(
    "numbers in a query string are JSON's and no others",
    arguments: ["1,5x", "0x1", "+1", "", "nan", " 1"])
  func numbers(text: String) {
    let faults = Faults()
    #expect(JSONField(.text(text), faults: faults).numbers(atMost: 5) == nil)
    #expect(faults.count >= 1)
  }

  @Test("more than two hundred options are refused")
  func tooMany() {
    #expect(read((0..<201).map { "a\($0)" }.joined(separator: "&")).faults.count == 1)
    #expect(read((0..<200).map { "a\($0)" }.joined(separator: "&")).object.members.count == 200)
  }
}
