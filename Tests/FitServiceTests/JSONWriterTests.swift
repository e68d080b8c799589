import TestSupport
import Testing

@testable import FitService
@testable import Fits

@Suite("JSON is written compactly, in the order of the calls")
struct JSONWriterTests {
  private struct Point: JSONWritable {
    var x: Double
    var note: String?
    func write(to json: inout JSONWriter) {
      json.object {
        $0.member("x", x)
        $0.member("note", note)
        $0.member("note_if_any", ifPresent: note)
      }
    }
  }

  @Test("objects, arrays and raw JSON nest, with commas only between")
  func nesting() {
    var json = JSONWriter()
    json.object {
      $0.member("points", [Point(x: 1, note: nil), Point(x: .nan, note: "n")])
      $0.member("empty") { $0.object { _ in } }
      $0.member("list") {
        $0.array {
          $0.value(true)
          $0.array { _ in }
          $0.raw("{\"stored\":1}".utf8)
          $0.value(-7)
        }
      }
      $0.member("nothing", nil as Bool?)
    }
    #expect(
      String(decoding: json.bytes, as: UTF8.self)
        == #"{"points":[{"x":1,"note":null},{"x":null,"note":"n","note_if_any":"n"}],"#
        + #""empty":{},"list":[true,[],{"stored":1},-7],"nothing":null}"#)
  }

  @Test(
    "a string is escaped where JSON, HTML or JavaScript would stumble",
    arguments: [
      ("", #""""#), ("a\"b\\c/d", #""a\"b\\c/d""#),
      (
        "\n\r\t\u{8}\0\u{1F}\u{7F}",
        #""\n\r\t\u0008\u0000\u001f\u007f""#
      ),
      ("</script>&", #""\u003c/script\u003e\u0026""#),
      ("\u{2028}\u{2029}\u{2027}\u{202A}", "\"\\u2028\\u2029\u{2027}\u{202A}\""),
      ("€𝄞é", "\"€𝄞é\""),
    ])
  func escaping(string: String, text: String) throws {
    let bytes = JSONWriter.bytes(of: string)
    #expect(String(decoding: bytes, as: UTF8.self) == text)
    #expect(try JSONDocument(bytes).root == .string(string))
  }

  @Test("a random value written reads back the same", arguments: 0..<50 as Range<UInt64>)
  func roundTrip(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let value = Self.randomValue(depth: 4, &random)
    #expect(try JSONDocument(JSONWriter.bytes(of: value)).root == value)
  }

  private static func randomValue(depth: Int, _ random: inout SeededGenerator) -> JSONValue {
    func string() -> String {
      let scalars = (0..<Int.random(in: 0...8, using: &random)).compactMap { _ in
        UnicodeScalar(
          UInt32.random(in: 0...(Bool.random(using: &random) ? 0x7F : 0x10FFFF), using: &random))
      }
      return String(String.UnicodeScalarView(scalars))
    }
    switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &random) {
    case 0: return .null
    case 1: return .bool(.random(using: &random))
    case 2: return .integer(.random(in: -(1 << 62)...(1 << 62), using: &random))
    case 3: return .number(.random(in: 0.1...0.9, using: &random))
    case 4: return .string(string())
    case 5: return .numbers((0..<Int.random(in: 0...4, using: &random)).map { Double($0) / 7 })
    case 6:
      // The first element tells the array from one of numbers.
      return .array(
        [.null]
          + (0..<Int.random(in: 0...4, using: &random)).map { _ in
            randomValue(depth: depth - 1, &random)
          })
    default:
      return .object(
        JSONObject(
          (0..<Int.random(in: 0...4, using: &random)).map {
            .init("\($0)" + string(), randomValue(depth: depth - 1, &random))
          }))
    }
  }
}
