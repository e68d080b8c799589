import TestSupport
import Testing

@testable import FitService
@testable import Fits

@Suite("Numbers are correctly rounded, both ways")
struct JSONNumberTests {
  @Test("any double written reads back bit for bit", arguments: 0..<8 as Range<UInt64>)
  func roundTrip(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var numbers: [Double] = []
    while numbers.count < 2_000 {
      // All exponents, the everyday ones, short decimals, and whole numbers.
      let candidates = [
        Double(bitPattern: random.next()), Double.random(in: -1e6...1e6, using: &random),
        (Double.random(in: 0...1, using: &random) * 1e8).rounded() / 1e8,
        Double(Int.random(in: -1_000_000...1_000_000, using: &random)),
      ]
      numbers += candidates.filter(\.isFinite)
    }
    let bytes = JSONWriter.bytes(of: numbers)
    guard case .numbers(let read) = try JSONDocument(bytes).root else {
      Issue.record("not an array of numbers")
      return
    }
    #expect(read.map(\.bitPattern) == numbers.map(\.bitPattern))
  }

  @Test(
    "a decimal of up to 25 digits is read as the standard library reads it",
    arguments: 0..<8 as Range<UInt64>)
  func decimals(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<5_000 {
      let digits = (0..<Int.random(in: 1...25, using: &random))
        .map { _ in String(Int.random(in: 0...9, using: &random)) }.joined()
      let point = Int.random(in: 0...digits.count, using: &random)
      let integer = String(digits.prefix(point).drop { $0 == "0" })
      var text = (integer.isEmpty ? "0" : integer)
      if point < digits.count { text += "." + digits.dropFirst(point) }
      if Bool.random(using: &random) { text += "e\(Int.random(in: -30...30, using: &random))" }
      #expect(DecimalNumber(text)?.value.bitPattern == Double(text)?.bitPattern, "\(text)")
    }
  }

  @Test(
    "half-way decimals go to the even neighbour, and beyond half to the nearer",
    arguments: [
      ("9007199254740993.0", 9_007_199_254_740_992), ("9007199254740995.0", 9_007_199_254_740_996),
      ("9007199254740993.001", 9_007_199_254_740_994),
      ("1.00000000000000011102230246251565404", 1),
      ("1.00000000000000011102230246251565405", 1.0000000000000002),
      ("0.500000000000000166533453693773481063544750213623046875", 0.5000000000000002),
      ("2.2250738585072014e-308", .leastNormalMagnitude),
      ("2.4703282292062327e-324", 0), ("2.4703282292062328e-324", .leastNonzeroMagnitude),
      ("1.7976931348623158e308", Double.greatestFiniteMagnitude),
    ])
  func ties(text: String, value: Double) {
    #expect(DecimalNumber(text)?.value == value)
  }

  @Test(
    "a double is written with the fewest digits",
    arguments: [
      (0, "0"), (-0.0, "-0"), (1, "1"), (-1, "-1"), (0.1, "0.1"), (800, "800"),
      (1e15, "1000000000000000"),
      (1e16, "1e+16"), (1e100, "1e+100"), (.leastNonzeroMagnitude, "5e-324"), (0.3, "0.3"),
      (1.0 / 3, "0.3333333333333333"),
      (-0x1p63, "-9.223372036854776e+18"), (0x1p63, "9.223372036854776e+18"), (.nan, "null"),
      (.infinity, "null"), (-.infinity, "null"),
      (1.7976931348623157e308, "1.7976931348623157e+308"),
    ] as [(Double, String)])
  func written(number: Double, text: String) {
    #expect(JSONWriter.bytes(of: number) == Array(text.utf8))
  }

  @Test("a number of more than 1,024 characters is refused, whatever it says")
  func longNumbers() {
    let long = String(repeating: "1", count: 300) + "." + String(repeating: "0", count: 723)
    #expect(DecimalNumber(long)?.value.isFinite == true)
    #expect(throws: DecimalNumber.Fault.tooLong(offset: 0)) {
      try DecimalNumber(scanning: Array((long + "0").utf8).span, at: 0)
    }
    #expect(throws: DecimalNumber.Fault.self) {
      try DecimalNumber(scanning: Array(repeating: UInt8(ascii: "9"), count: 1_000_000).span, at: 0)
    }
  }
}
