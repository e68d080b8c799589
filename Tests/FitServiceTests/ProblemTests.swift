import HTTPTypes
import Testing

@testable import FitService
@testable import Fits

@Suite("A problem says what is wrong, where, and how to mend it")
struct ProblemTests {
  private func text(_ problem: Problem) -> String {
    String(decoding: JSONWriter.bytes(of: problem), as: UTF8.self)
  }

  @Test("the members of RFC 9457 come first, in a fixed order, and what is absent is left out")
  func json() {
    var problem = Problem(.queueFull, "1,000 jobs wait.", retryAfterSeconds: 3)
    #expect(
      text(problem) == #"{"type":"/problems/queue_full","title":"The queue is full","status":503,"#
        + #""detail":"1,000 jobs wait.","code":"queue_full","retry_after_s":3}"#)
    problem.requestID = "r1"
    problem.jobID = "j1"
    problem.errors = [
      Fault(.pointer(.root.appending("x").appending(3)), "must be greater than 0, is 0"),
      Fault(.line(4, column: "y"), "is empty"), Fault(.line(5, column: nil), "is long"),
    ]
    #expect(
      text(problem).hasSuffix(
        #""request_id":"r1","job_id":"j1","retry_after_s":3,"errors":["#
          + #"{"pointer":"/x/3","detail":"must be greater than 0, is 0"},"#
          + #"{"line":4,"column":"y","detail":"is empty"},{"line":5,"detail":"is long"}]}"#))
  }

  @Test("faults make one problem that tells the first and counts the others")
  func faults() {
    let faults = Faults()
    #expect(Problem(faults) == nil)
    faults.note(at: .root.appending("x"), "is missing")
    #expect(Problem(faults)?.detail == "`/x` is missing.")
    #expect(Problem(faults)?.status == .unprocessableContent)
    faults.note(.line(2, column: "y"), "`a` is not a number")
    #expect(Problem(faults)?.detail == "`/x` is missing, and 1 more fault.")
    for line in 0..<100 { faults.note(.line(line, column: nil), "is bad") }
    #expect(
      Problem(faults)?.detail == "`/x` is missing, and 101 more faults. The first 10 are listed.")
    #expect(Problem(faults)?.errors.count == Faults.limit)
  }

  @Test("a body that is no JSON is told by place")
  func malformed() throws {
    let error = try #require(throws: JSONSyntaxError.self) {
      try JSONDocument(Array("{\"x\": [1,]}".utf8))
    }
    let problem = Problem(error)
    #expect(problem.code == .malformedJSON)
    #expect(
      problem.detail == "The body is not JSON: line 1, column 10 (byte 9, in /x/1): "
        + "`]` stands where a value is expected.")
  }

  @Test("every code has a page, as text and as HTML", arguments: ProblemPage.codes)
  func pages(code: String) throws {
    let page = try #require(ProblemPage(code: code))
    for text in [page.text, page.html] {
      #expect(text.contains(code))
      #expect(text.contains("What to do:"))
    }
    for (_, entry) in page.parts {
      #expect(!entry.title.hasSuffix("."))
      #expect(entry.meaning.hasSuffix(".") && entry.remedy.hasSuffix("."))
    }
  }

  @Test("codes are in snake case, because they stand in paths and JSON")
  func codes() {
    for code in ProblemPage.codes {
      #expect(code.allSatisfy { "abcdefghijklmnopqrstuvwxyz_".contains($0) }, "\(code)")
    }
  }

  @Test("a code that is both problem and warning is explained as both")
  func both() throws {
    let page = try #require(ProblemPage(code: "too_few_points"))
    #expect(page.parts.map(\.kind) == ["Problem, status 422 Unprocessable Content", "Warning"])
  }

  @Test("an unknown code has no page", arguments: ["", "nothing", "<script>", "QUEUE_FULL"])
  func unknown(code: String) {
    #expect(ProblemPage(code: code) == nil)
  }

  @Test("text that is HTML is escaped in pages")
  func escaping() {
    #expect(ProblemPage(code: "residual_pattern")?.html.contains("(p &lt; 0.001)") == true)
  }
}
