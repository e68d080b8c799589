import Foundation
import Testing

@testable import FitService
@testable import Fits

@Suite("The log's sink")
struct LogSinkTests {
  @Test("lines are written whole and in order, from any thread")
  func order() throws {
    let pipe = Pipe()
    let sink = LogSink(descriptor: pipe.fileHandleForWriting.fileDescriptor)
    DispatchQueue.concurrentPerform(iterations: 4) { thread in
      for index in 0..<50 { sink.append(Array("\(thread) \(index)\n".utf8), in: .text) }
    }
    sink.flush(within: .seconds(60))
    try pipe.fileHandleForWriting.close()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 200)
    for thread in 0..<4 {
      #expect(
        lines.filter { $0.hasPrefix("\(thread) ") } == (0..<50).map { "\(thread) \($0)" })
    }
    #expect(sink.dropped == 0)
  }

  @Test(
    "a reader that does not read holds nobody up; what it misses is dropped, and told as a line",
    arguments: [LineLogHandler.Format.text, .json])
  func slowReader(format: LineLogHandler.Format) throws {
    let pipe = Pipe()
    let sink = LogSink(descriptor: pipe.fileHandleForWriting.fileDescriptor, capacity: 10_000)
    let line = [UInt8](repeating: UInt8(ascii: "a"), count: 999) + [UInt8(ascii: "\n")]
    // More than the pipe and the sink hold: this returns only because nobody waits.
    for _ in 0..<1_000 { sink.append(line, in: format) }
    #expect(sink.dropped > 0)
    let dropped = sink.dropped
    let read = DispatchQueue(label: "reader")
    let text = NSMutableData()
    nonisolated(unsafe) let collected = text  // Touched on `read` alone, and after it is done.
    read.async { collected.append(pipe.fileHandleForReading.readDataToEndOfFile()) }
    sink.flush(within: .seconds(60))
    try pipe.fileHandleForWriting.close()
    read.sync {}
    let lines = String(decoding: text as Data, as: UTF8.self).split(separator: "\n")
    // Told once or, when the writer looked in between, more often.
    let notice =
      switch format {
      case .text: /\S+Z warning (\d+) lines of the log were dropped here/
      case .json: /{"time":.*"message":"(\d+) lines of the log were dropped here"}/
      }
    let told = lines.compactMap { $0.wholeMatch(of: notice) }.compactMap { Int($0.output.1) }
    #expect(told.reduce(0, +) == dropped)
    #expect(lines.count == 1_000 - dropped + told.count)
  }

  @Test("a log that nobody can read any more stops nothing")
  func brokenPipe() throws {
    let pipe = Pipe()
    signal(SIGPIPE, SIG_IGN)
    let sink = LogSink(descriptor: pipe.fileHandleForWriting.fileDescriptor)
    try pipe.fileHandleForReading.close()
    sink.append(Array("lost\n".utf8), in: .text)
    sink.flush(within: .seconds(60))
    #expect(sink.dropped == 0)
  }
}
