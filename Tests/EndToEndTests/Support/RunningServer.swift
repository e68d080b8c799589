import Foundation
import Testing

/// `bnsl serve` on a free port, with a directory of its own.
struct RunningServer: Addressed {
  /// As the server printed it.
  let address: String
  /// What it writes to standard error.
  let log: URL
  /// The exit status, once there is one; the number of the signal that ended it otherwise.
  let exit: Task<Int32, Never>
  private let process: Process

  /// Starts a server and waits for its first line, the address.
  init(_ flags: [String] = [], in directory: URL) throws {
    log = directory.appending(path: "server.log")
    process = Executable.process(
      ["serve", "--port", "0", "--data-dir", directory.appending(path: "data").path] + flags,
      in: directory)
    let output = Pipe()
    process.standardOutput = output
    process.standardError = try FileHandle(forCreating: log)
    let (statuses, ended) = AsyncStream.makeStream(of: Int32.self)
    process.terminationHandler = {
      ended.yield($0.terminationStatus)
      ended.finish()
    }
    exit = Task { await statuses.first { _ in true } ?? -1 }
    try process.run()
    do {
      let line = try output.fileHandleForReading.firstLine(withinSeconds: 30)
      guard let start = line.range(of: "http://")?.lowerBound else { throw NoAddress(line: line) }
      address = String(line[start...])
    } catch {
      process.kill(SIGKILL)
      let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
      Issue.record("the server did not start: \(text)")
      throw error
    }
  }

  struct NoAddress: Error { let line: String }

  func signal(_ number: Int32) { process.kill(number) }

  /// Stops the server as an operator would, and returns its exit status.
  func stop() async -> Int32 {
    process.kill(SIGTERM)
    let bound = Task {
      try await Task.sleep(for: .seconds(60))
      process.kill(SIGKILL)
    }
    defer { bound.cancel() }
    return await exit.value
  }

  // MARK: Evidence

  /// The server that the current test talks to.
  @TaskLocal static var current: RunningServer?
}

/// Something that listens and is asked by its address.
protocol Addressed: Sendable {
  /// `http://127.0.0.1:PORT`.
  var address: String { get }
  /// What every request to it carries.
  var fields: [(name: String, value: String)] { get }
}

extension Addressed {
  var fields: [(name: String, value: String)] { [] }

  func get(_ path: String, fields: KeyValuePairs<String, String> = [:]) async throws
    -> Curl.Answer
  {
    try await send("GET", path, fields: fields)
  }

  /// Posts a body as `curl -d` does, unless the fields say otherwise.
  func post(
    _ path: String, _ body: String = "", fields: KeyValuePairs<String, String> = [:]
  ) async throws -> Curl.Answer {
    try await send("POST", path, body: body, fields: fields)
  }

  func send(
    _ method: String, _ path: String, body: String? = nil,
    fields: KeyValuePairs<String, String> = [:]
  ) async throws -> Curl.Answer {
    try await Curl(
      method: method, url: address + path, fields: self.fields + fields.map { ($0.key, $0.value) },
      body: body.map { Array($0.utf8) }
    ).send()
  }
}

/// Runs the body against a server of its own, and expects that it stops with status 0.
///
/// The server keeps its data in `directory`, by default in a new one.
func withServer(
  _ flags: String..., in directory: URL? = nil, _ body: (RunningServer) async throws -> Void
) async throws {
  guard let directory else {
    return try await withTemporaryDirectory {
      try await withServer(flags, in: $0, body)
    }
  }
  try await withServer(flags, in: directory, body)
}

private func withServer(
  _ flags: [String], in directory: URL, _ body: (RunningServer) async throws -> Void
) async throws {
  let server = try RunningServer(flags, in: directory)
  try await RunningServer.$current.withValue(server) {
    do {
      try await body(server)
    } catch {
      server.signal(SIGKILL)
      throw error
    }
    #expect(await server.stop() == 0)
  }
}

extension Trait where Self == IssueHandlingTrait {
  /// Adds to every issue what the test's server has logged.
  static var showsServerLog: Self {
    .compactMapIssues { issue in
      guard let log = RunningServer.current?.log,
        let text = try? String(contentsOf: log, encoding: .utf8)
      else { return issue }
      var issue = issue
      issue.comments.append("the server's log:\n\(text)")
      return issue
    }
  }
}

extension Process {
  /// Sends a signal; to nobody once the process has ended, whose number may be another's by then.
  fileprivate func kill(_ signal: Int32) {
    if isRunning { Foundation.kill(processIdentifier, signal) }
  }
}

extension FileHandle {
  struct NoLine: Error { let text: String }

  /// Reads through the first line feed.
  fileprivate func firstLine(withinSeconds limit: Int32) throws -> String {
    var line: [UInt8] = []
    var poller = pollfd(fd: fileDescriptor, events: Int16(POLLIN), revents: 0)
    while poll(&poller, 1, limit * 1_000) > 0, let byte = try read(upToCount: 1)?.first {
      if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
      line.append(byte)
    }
    throw NoLine(text: String(decoding: line, as: UTF8.self))
  }
}
