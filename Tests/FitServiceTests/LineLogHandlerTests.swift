import Foundation
import Jobs
import Locks
import Logging
import Testing

@testable import FitService
@testable import Fits

@Suite("Log lines")
struct LineLogHandlerTests {
  /// The line that a message becomes, without its time.
  private func line(
    _ format: LineLogHandler.Format, _ message: Logger.Message, _ metadata: Logger.Metadata = [:]
  ) throws -> String {
    let lines = Locked<[String]>([])
    let logger = Logger(label: "bnsl") { label in
      LineLogHandler(label: label, format: format, level: .info) { line, _ in
        lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
      }
    }
    logger.info(message, metadata: metadata)
    let written = lines.withLock { $0 }
    #expect(written.count == 1)
    return try #require(written.first)
  }

  @Test("a JSON line is one object, its members in order")
  func json() throws {
    let text = try line(.json, "a \"b\"", ["z": "1", "a": "2\n"])
    #expect(text.hasSuffix("}\n"))
    #expect(
      text.contains(
        #""level":"info","logger":"bnsl","message":"a \"b\"","a":"2\n","z":"1"}"#))
  }

  @Test("what a client sent cannot forge a line")
  func text() throws {
    let text = try line(.text, "GET /", ["path": "/a\r\nforged \u{1B}[2J\u{2028}\u{202E}"])
    #expect(
      text.hasSuffix(#" info GET / path=/a\u{d}\u{a}forged \u{1b}[2J\u{2028}\u{202e}"# + "\n"))
    #expect(text.count { $0.isNewline } == 1)
  }

  @Test(
    "a time is written as Foundation writes it",
    arguments: [
      0, 0.001, 0.9994, 1_795_329_845.067, -1.5, -0.0004, 951_782_400, 4_107_542_399.999,
      253_402_300_799.999,
    ])
  func timestamp(seconds: Double) {
    let date = Date(timeIntervalSince1970: seconds)
    // Foundation cuts what is below a millisecond.
    let rounded = Date(timeIntervalSince1970: ((seconds * 1_000).rounded() + 0.25) / 1_000)
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    #expect(date.timestamp == rounded.formatted(style))
  }

  @Test(
    "times that no calendar of four digits holds do not trap",
    arguments: [Double.infinity, -.infinity, 1e300, -1e300, .greatestFiniteMagnitude])
  func distantTimes(seconds: Double) {
    #expect(Date(timeIntervalSince1970: seconds).timestamp.utf8.count == 24)
  }
}
