import Foundation
import ScalingLaws

/// The paper's procedure, run by Python beside this file.
struct BruteFit {
  let seconds: Double
  let squares: Double

  /// - Throws: When Python or scipy is missing.
  init(_ curve: SimulatedCurve, breaks: Int) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("brute_fit.py")
    process.arguments = ["python3", script.path]
    // One thread, as here.
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"]) { $1 }
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let rows = zip(curve.points.x, curve.points.y).map { "\($0) \($1)" }
    try input.fileHandleForWriting.write(
      contentsOf: Data(("\(breaks)\n" + rows.joined(separator: "\n") + "\n").utf8))
    try input.fileHandleForWriting.close()
    let answer = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let numbers = String(decoding: answer, as: UTF8.self).split(whereSeparator: \.isWhitespace)
      .compactMap { Double($0) }
    guard numbers.count == 2 else { throw CocoaError(.fileReadCorruptFile) }
    seconds = numbers[0]
    squares = numbers[1]
  }
}
