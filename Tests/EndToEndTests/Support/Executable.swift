import Dispatch
import Foundation

/// The executable that these tests drive, built beside them.
enum Executable {
  static let url = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appending(path: "bnsl")

  struct Outcome {
    let status: Int32
    let output: String
    let errors: String
  }

  /// Runs a command, by default ours, to its end.
  static func run(
    _ arguments: [String], input: String = "", of url: URL = url
  ) async throws -> Outcome {
    try await withTemporaryDirectory { directory in
      let process = process(arguments, in: directory, of: url)
      let inputFile = directory.appending(path: "input")
      let outputFile = directory.appending(path: "output")
      let errorFile = directory.appending(path: "errors")
      try Data(input.utf8).write(to: inputFile)
      process.standardInput = try FileHandle(forReadingFrom: inputFile)
      process.standardOutput = try FileHandle(forCreating: outputFile)
      process.standardError = try FileHandle(forCreating: errorFile)
      try await process.runToEnd()
      return Outcome(
        status: process.terminationStatus,
        output: try String(contentsOf: outputFile, encoding: .utf8),
        errors: try String(contentsOf: errorFile, encoding: .utf8))
    }
  }

  /// A process that is not started, whose settings come from its arguments alone.
  static func process(_ arguments: [String], in directory: URL, of url: URL = url) -> Process {
    let process = Process()
    process.executableURL = url
    process.arguments = arguments
    process.environment = [:]
    process.currentDirectoryURL = directory
    return process
  }
}

extension Process {
  /// Starts the process and waits for its end.
  func runToEnd() async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<_, any Error>) in
      terminationHandler = { _ in continuation.resume() }
      do {
        try run()
      } catch {
        continuation.resume(throwing: error)
      }
    }
  }
}

extension FileHandle {
  convenience init(forCreating url: URL) throws {
    try Data().write(to: url)
    try self.init(forWritingTo: url)
  }
}

/// Gives the body a directory of its own and removes it afterwards.
func withTemporaryDirectory<Result>(
  _ body: (URL) async throws -> Result
) async throws -> Result {
  let directory = FileManager.default.temporaryDirectory.appending(path: "bnsl-\(UUID())")
  try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: directory) }
  return try await body(directory)
}
