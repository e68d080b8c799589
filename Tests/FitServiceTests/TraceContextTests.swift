import Testing

@testable import FitService
@testable import Fits

@Suite("traceparent")
struct TraceContextTests {
  private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
  private static let parent = "00f067aa0ba902b7"

  @Test(
    "a well-formed field names a trace and a parent",
    arguments: [
      "00-\(trace)-\(parent)-01", "00-\(trace)-\(parent)-00", "cc-\(trace)-\(parent)-09-x",
    ])
  func wellFormed(field: String) throws {
    let context = try #require(TraceContext(field))
    #expect(context.traceID == Self.trace)
    #expect(context.parentID == Self.parent)
  }

  @Test(
    "anything else is passed over",
    arguments: [
      nil, "", "00", "ff-\(trace)-\(parent)-01", "00-\(trace)-\(parent)-01-x",
      "00-\(trace)-\(parent)-1", "00-\(trace)-\(parent)", "0-\(trace)-\(parent)-01",
      "00-\(trace.uppercased())-\(parent)-01", "00-\(trace)-\(parent)-0g",
      "00-\(String(repeating: "0", count: 32))-\(parent)-01",
      "00-\(trace)-\(String(repeating: "0", count: 16))-01", "00-\(trace.dropLast())-\(parent)-01",
      " 00-\(trace)-\(parent)-01", "00-\(trace)-\(parent)-01, 00-\(trace)-\(parent)-01",
      "00-\(trace)\n-\(parent)-01", "00_\(trace)-\(parent)-01",
      "01-\(trace)-\(parent)-01-" + String(repeating: "x", count: 600),
    ])
  func malformed(field: String?) {
    #expect(TraceContext(field) == nil)
  }
}
