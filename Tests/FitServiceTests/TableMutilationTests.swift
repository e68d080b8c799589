import Foundation
import TestSupport
import Testing

@testable import Fits

/// What the fuzzer of tables begins from, a table of each shape, under every cut and some changes.
@Suite("Mutilated tables")
struct TableMutilationTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fuzzing/Corpus/csv")

  static let shapes =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()

  @Test("the folder is found")
  func found() {
    #expect(Self.shapes.count > 40)
  }

  @Test(
    "every beginning and every mutilation of a table is read or refused, and what is read is whole",
    arguments: shapes)
  func mutilation(shape: String) throws {
    var text = Array(try Data(contentsOf: Self.folder.appending(path: shape)))
    var query = ""
    if text.first == UInt8(ascii: "?") {
      let line = text.prefix { $0 != UInt8(ascii: "\n") }
      query = String(decoding: line.dropFirst(), as: UTF8.self)
      text.removeFirst(line.count + 1)
    }
    let limits = FitRequest.Limits(
      points: 64, totalPoints: 64, curves: 8, breaks: 5, predictions: 64, timeout: 60)
    var random = SeededGenerator(seed: 1)
    for end in 0...text.count {
      for changes in 0..<5 {
        var bytes = Array(text[..<end])
        for _ in 0..<changes where !bytes.isEmpty {
          bytes[.random(in: 0..<bytes.count, using: &random)] =
            Array("\",;\t\r\n#x1.|-=[]{}()% \u{B1}".utf8).randomElement(using: &random) ?? 0
        }
        let body = FitBody(format: .any, bytes: bytes, query: query)
        if let task = try? body.task(within: limits) {
          #expect(StoredTask(payload: task.payload) != nil, "\(bytes)")
        }
        if let preview = try? body.preview(within: limits) {
          let json = JSONWriter.bytes(of: preview)
          #expect((try? JSONDocument(stored: json)) != nil, "\(bytes)")
        }
      }
    }
  }
}
