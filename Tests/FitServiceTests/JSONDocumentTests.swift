import TestSupport
import Testing

@testable import FitService
@testable import Fits

@Suite("JSON is read by RFC 8259, strictly")
struct JSONDocumentTests {
  private func read(_ text: String, depth: Int = 32) throws -> JSONValue {
    var limits = JSONDocument.Limits()
    limits.depth = depth
    return try JSONDocument(Array(text.utf8), limits: limits).root
  }

  private static let readable: [(String, JSONValue)] = [
    ("null", .null), ("true", .bool(true)), (" \t\r\n false \n", .bool(false)),
    ("0", .integer(0)), ("-0", .number(-0.0)), ("-12", .integer(-12)),
    ("123e65", .number(123e65)), ("0e+1", .number(0)), ("1E-2", .number(0.01)),
    ("1E+2", .number(100)), ("20e1", .number(200)), ("-1", .integer(-1)),
    ("123.456e78", .number(123.456e78)), ("1.000000000000000005", .number(1)),
    ("9007199254740993", .integer(9_007_199_254_740_993)),
    ("9223372036854775808", .number(9_223_372_036_854_775_808)),
    ("1e-999", .number(0)), ("5e-324", .number(.leastNonzeroMagnitude)),
    (
      "-0.000000000000000000000000000000000000000000000000000000000000000000000000000001",
      .number(-1e-78)
    ),
    ("[]", .numbers([])), ("[ ]", .numbers([])), ("[1, -2.5,3e2 ]", .numbers([1, -2.5, 300])),
    ("[[]]", .array([.numbers([])])), ("[null]", .array([.null])),
    ("[1,2,\"a\",3]", .array([.number(1), .number(2), .string("a"), .integer(3)])),
    ("[[1,2], [ 3 ,4e0]]", .rows([1, 2, 3, 4], width: 2)), ("[[7]]", .rows([7], width: 1)),
    ("[[1,2],[3]]", .array([.numbers([1, 2]), .numbers([3])])),
    ("[[1,2],[]]", .array([.numbers([1, 2]), .numbers([])])),
    ("[[1],2,[3]]", .array([.numbers([1]), .integer(2), .numbers([3])])),
    ("[1,[2],3]", .array([.number(1), .numbers([2]), .integer(3)])),
    ("[[1],[2,null]]", .array([.numbers([1]), .array([.number(2), .null])])),
    ("[[[1]]]", .array([.rows([1], width: 1)])),
    ("{}", .object(JSONObject())),
    (
      "{\"a\":{\"\":[]}}",
      .object(
        JSONObject([
          .init("a", .object(JSONObject([.init("", .numbers([]))])))
        ]))
    ),
    (
      "{\"b\":1,\"a\":2}",
      .object(JSONObject([.init("b", .integer(1)), .init("a", .integer(2))]))
    ),
    (#""""#, .string("")), (#"" ""#, .string(" ")),
    (
      #""\"\\\/\b\f\n\r\t""#,
      .string("\"\\/\u{8}\u{C}\n\r\t")
    ),
    (#""\u0060\u012a\u12AB""#, .string("\u{60}\u{12a}\u{12ab}")),
    (#""\u0000""#, .string("\0")), (#""\uD834\uDd1e""#, .string("\u{1D11E}")),
    (#""\uDBFF\uDFFF""#, .string("\u{10FFFF}")), (#""\\u0000""#, .string("\\u0000")),
    (#""\uFFFE""#, .string("\u{FFFE}")),
    ("\"\u{7F}\u{2028}\u{2029}€𝄞 é e\u{301}\"", .string("\u{7F}\u{2028}\u{2029}€𝄞 é e\u{301}")),
    ("\"*/ // a\"", .string("*/ // a")), ("\u{FEFF}1", .integer(1)),
  ]

  @Test("a text of the grammar gives its value", arguments: readable)
  func accepted(text: String, value: JSONValue) throws {
    let read = try read(text)
    #expect(read == value)
    if case .number(let number) = read, case .number(let expected) = value {
      #expect(number.bitPattern == expected.bitPattern)
    }
  }

  @Test(
    "a text outside the grammar is refused at its first wrong byte",
    arguments: [
      ("", 0), (" ", 1), ("nul", 3), ("nule", 3), ("True", 0), ("NaN", 0), ("-NaN", 1),
      ("Infinity", 0), ("-Infinity", 1), ("+1", 0), ("01", 0), ("-01", 1), ("-012", 1), ("1.", 2),
      (".5", 0), ("-.5", 1), ("1.e1", 2), ("1e", 2), ("1e+", 3), ("1eE2", 2), ("1e1.5", 3),
      ("0x1", 1), ("0e", 2), ("0.1.2", 3), ("-", 1), ("--1", 1), ("- 1", 1), ("2.e+3", 2),
      ("1 000.0", 2), ("1,5", 1), ("１", 0), ("1a", 1), ("[1", 2), ("[1,", 3), ("[1,]", 3),
      ("[,1]", 1), ("[1,,2]", 3), ("[1 2]", 3), ("[1}", 2), ("]", 0), ("[\"a", 3), ("[][]", 2),
      ("[1]x", 3), ("[-]", 2), ("[[1,]]", 4), ("[[1],[2,]]", 8), ("[[1],[2 3]]", 8),
      ("[[1][2]]", 4),
      ("[[1],[2", 7), ("[[1],[1e999]]", 6), ("[[1],]", 5), ("[[1", 3), ("[1.]", 3), ("[01]", 1),
      ("[\u{C}1]", 1), ("[\u{A0}1]", 1),
      ("{", 1), ("{\"a\"", 4), ("{\"a\":", 5), ("{\"a\":1", 6), ("{\"a\":1,}", 7), ("{a:1}", 1),
      ("{'a':1}", 1), ("{1:1}", 1), ("{\"a\" 1}", 5), ("{\"a\",1}", 4), ("{\"a\":1]", 6),
      ("{\"a\":1 \"b\":2}", 7), ("{\"a\":/**/1}", 5), ("{}}", 2), ("1//", 1), ("#1", 0),
      ("\"", 1), ("\"a", 2), ("'a'", 0), ("\"\\", 2), ("\"\\x00\"", 1), ("\"\\'\"", 1),
      ("\"\\u00A\"", 1), ("\"\\u00G0\"", 1), ("\"\\U0041\"", 1), ("\"\\u\"", 1),
      ("\"\\a\"", 1), ("\"\n\"", 1), ("\"\t\"", 1), ("\"\0\"", 1), ("\"a\u{1F}\"", 2),
      ("\"\\uD800\"", 1), ("\"\\uD800\\n\"", 1), ("\"\\uD800x\"", 1), ("\"\\uDC00\"", 1),
      ("\"\\uD800\\uD800\"", 1), ("\"\\uDC00\\uD800\"", 1), ("\"a\\uD834\\uD\"", 8),
      ("\"\\ud800\\u0041\"", 1), ("1e309", 0), ("-1e999", 0), ("[1,1e400]", 3),
      ("0.4e00669999999999999999999999999999999999999999999999969999999006", 0),
      (" \u{FEFF}1", 1), ("\u{FEFF}", 3), ("\u{FEFF}\u{FEFF}1", 3), ("1\0", 1),
    ])
  func refused(text: String, offset: Int) {
    #expect { try read(text) } throws: { ($0 as? JSONSyntaxError)?.offset == offset }
  }

  @Test(
    "bytes that are not UTF-8 are refused where they begin, in strings with and without escapes",
    arguments: [
      ([0x80], 0), ([0xC0, 0xAF], 0), ([0xE2, 0x82], 0), ([0xED, 0xA0, 0x80], 0), ([0xFF], 0),
      ([0xF4, 0x90, 0x80, 0x80], 0), ([0x61, 0xE9, 0x62], 1), ([0xF0, 0x80, 0x80, 0xAF], 0),
    ] as [([UInt8], Int)])
  func invalidUTF8(bytes: [UInt8], at place: Int) {
    for prefix in ["\"", "\"\\n"] {
      let text = Array(prefix.utf8) + bytes + Array("\"".utf8)
      #expect { try JSONDocument(text) } throws: {
        guard let error = $0 as? JSONSyntaxError else { return false }
        return error.rule == .invalidUTF8 && error.offset == prefix.utf8.count + place
      }
    }
    #expect(throws: JSONSyntaxError.self) { try JSONDocument(Array("[".utf8) + bytes) }
  }

  @Test("UTF-16 is refused, with and without a byte order mark")
  func utf16() {
    #expect(throws: JSONSyntaxError.self) { try JSONDocument([0xFF, 0xFE, 0x5B, 0, 0x5D, 0]) }
    #expect(throws: JSONSyntaxError.self) { try JSONDocument([0, 0x5B, 0, 0x5D]) }
  }

  @Test("a fault names byte, line, column in characters, and the value by pointer")
  func place() {
    let text = "{\"a/b\": [1,\n  {\"€~\": \"é\", \"y\": 01}]}"
    #expect { try read(text) } throws: {
      guard let error = $0 as? JSONSyntaxError else { return false }
      return error.offset == 34 && error.line == 2 && error.column == 20
        && error.pointer.description == "/a~1b/1/y"
        && error.description == "line 2, column 20 (byte 34, in /a~1b/1/y): "
          + "a number must not begin with a zero that another digit follows"
    }
  }

  @Test("an error in an array of numbers counts its elements", arguments: [0, 1, 7])
  func elementPointer(index: Int) {
    let text = "[" + String(repeating: "1,", count: index) + "1x]"
    #expect { try read("{\"x\":" + text + "}") } throws: {
      ($0 as? JSONSyntaxError)?.pointer.description == "/x/\(index)"
    }
  }

  @Test("an error in a row of numbers is told by row and column")
  func rowPointer() {
    for text in ["[[1,2],[3,4.]]", "[[1,2],[3,01]]", "[[1,2],[3,x]]", "[[1,2],[3,1e999]]"] {
      #expect { try read("{\"points\":" + text + "}") } throws: {
        ($0 as? JSONSyntaxError)?.pointer.description == "/points/1/1"
      }
    }
  }

  @Test("nesting is allowed to the limit and no deeper", arguments: [1, 2, 32, 500])
  func depth(limit: Int) throws {
    for (opening, closing) in [("[", "]"), ("{\"a\":", "}")] {
      let inner = opening == "[" ? "" : "1"
      func nested(_ depth: Int) -> String {
        String(repeating: opening, count: depth) + inner + String(repeating: closing, count: depth)
      }
      _ = try read(nested(limit), depth: limit)
      #expect { try read(nested(limit + 1), depth: limit) } throws: {
        ($0 as? JSONSyntaxError)?.rule == .tooDeep(limit: limit)
      }
    }
    #expect(throws: JSONSyntaxError.self) {
      try read(String(repeating: "[", count: 1_000_000), depth: limit)
    }
  }

  @Test("a text above the size limit is refused unread")
  func size() throws {
    var limits = JSONDocument.Limits()
    limits.bytes = 3
    #expect(try JSONDocument(Array("[1]".utf8), limits: limits).root == .numbers([1]))
    #expect { try JSONDocument(Array("[1] ".utf8), limits: limits) } throws: {
      ($0 as? JSONSyntaxError)?.rule == .tooLarge(limit: 3)
    }
  }

  @Test("every duplicate name is reported by its pointer, once")
  func duplicates() throws {
    let text = #"{"a":1,"b":[{"c":1,"c":2,"c":3,"\u0063":4}],"a":2,"é":1,"e\u0301":2}"#
    let document = try JSONDocument(Array(text.utf8))
    #expect(document.duplicates.map(\.description) == ["/b/0/c", "/a"])
    let many = (0..<1000).map { "\"k\($0 % 990)\":0" }.joined(separator: ",")
    #expect(try JSONDocument(Array("{\(many)}".utf8)).duplicates.count == 10)
    let hostile = Array(repeating: "{\"a\":1,\"a\":1}", count: 1000).joined(separator: ",")
    #expect(try JSONDocument(Array("[\(hostile)]".utf8)).duplicates.count == Faults.limit)
  }

  @Test("a pointer to a long name stays short")
  func longName() {
    let pointer = JSONPointer.root.appending(String(repeating: "n", count: 100_000))
    #expect(pointer.description.count == 66)
  }

  @Test("every beginning of a valid text is refused, and ends without a trap")
  func truncation() throws {
    let text = #"{"x":[1.5,-2e-3,0],"s":"a\n\uD834\uDD1E€","o":{"t":true,"n":null},"m":[1,"b",[]]}"#
    let bytes = Array(text.utf8)
    _ = try JSONDocument(bytes)
    for end in 0..<bytes.count {
      #expect(throws: JSONSyntaxError.self, "cut at \(end)") {
        try JSONDocument(Array(bytes[..<end]))
      }
    }
  }

  @Test(
    "a valid text with bytes changed at random is read or refused",
    arguments: 0..<20 as Range<UInt64>)
  func mutation(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let text = #"{"x":[1.5,-2e-3,0],"s":"a\n\uD834\uDD1E€","o":{"t":true,"n":null},"m":[1,"b",[]]}"#
    for _ in 0..<500 {
      var bytes = Array(text.utf8)
      for _ in 0...Int.random(in: 0..<3, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(
          in: 0...255, using: &random)
      }
      guard let document = try? JSONDocument(bytes) else { continue }
      // What was read can be written, and reads the same again.
      let written = JSONWriter.bytes(of: document.root)
      #expect((try? JSONDocument(written))?.root == document.root)
    }
  }
}
