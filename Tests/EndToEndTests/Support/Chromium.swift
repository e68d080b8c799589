import Foundation
import Testing

/// The browser, where it is installed.
enum Chromium {
  static let url = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
    .map { URL(filePath: $0) }.first { FileManager.default.isExecutableFile(atPath: $0.path) }

  struct Page {
    /// The document after its scripts have come to rest.
    let document: String
    /// What the browser wrote to standard error, its console among it.
    let complaints: String
  }

  /// Opens an address again, at most ten times, until its document contains a text: the browser's
  /// clock does not wait for events, so it may leave a page before its end.
  static func open(_ address: String, until text: String) async throws -> Page {
    var page = try await open(address)
    for _ in 1..<10 where !page.document.contains(text) { page = try await open(address) }
    return page
  }

  /// Opens an address without a window, and waits until nothing more is loaded.
  static func open(_ address: String) async throws -> Page {
    try await withTemporaryDirectory { directory in
      let arguments = [
        "--enable-logging=stderr", "--virtual-time-budget=30000", "--dump-dom", address,
      ]
      let process = Executable.process(
        flags(directory) + arguments, in: directory, of: try #require(url))
      process.environment = ["HOME": directory.path]
      let output = directory.appending(path: "output")
      let errors = directory.appending(path: "errors")
      process.standardOutput = try FileHandle(forCreating: output)
      process.standardError = try FileHandle(forCreating: errors)
      let bound = Task {
        try await Task.sleep(for: .seconds(120))
        process.terminate()
      }
      defer { bound.cancel() }
      try await process.runToEnd()
      return Page(
        document: try String(contentsOf: output, encoding: .utf8),
        complaints: try String(contentsOf: errors, encoding: .utf8))
    }
  }

  /// Inside a container the browser's own sandbox has no permission to start.
  private static func flags(_ directory: URL) -> [String] {
    [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
      "--user-data-dir=\(directory.path)/profile",
    ]
  }

  /// Opens an address and runs a script there once the page is loaded: the body of an asynchronous
  /// function, whose value is returned.
  static func run(_ script: String, at address: String) async throws -> JSON {
    try await withTemporaryDirectory { directory in
      // The browser reads messages from descriptor 3 and writes them to 4.
      let shell = ["-c", #"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#]
      let process = Executable.process(
        shell + [try #require(url).path] + flags(directory)
          + ["--remote-debugging-pipe", "about:blank"],
        in: directory, of: URL(filePath: "/bin/sh"))
      process.environment = ["HOME": directory.path]
      let (input, output) = (Pipe(), Pipe())
      (process.standardInput, process.standardOutput) = (input, output)
      try process.run()
      let bound = Task {
        try await Task.sleep(for: .seconds(120))
        process.terminate()
      }
      defer {
        bound.cancel()
        process.terminate()
        process.waitUntilExit()
      }
      let (sending, receiving) = (input.fileHandleForWriting, output.fileHandleForReading)
      return try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async {
          var browser = Browser(input: sending, output: receiving)
          continuation.resume(with: Result { try browser.run(script, at: address) })
        }
      }
    }
  }
}

/// The other end of a browser's pipe: messages in JSON, each with a zero byte behind it (Chrome
/// DevTools Protocol).
private struct Browser {
  private let input: FileHandle
  private let output: FileHandle
  private var received: [UInt8] = []
  private var callCount = 0

  struct Refusal: Error { let answer: JSON }
  struct End: Error {}

  init(input: FileHandle, output: FileHandle) {
    self.input = input
    self.output = output
  }

  mutating func run(_ script: String, at address: String) throws -> JSON {
    let target = try call("Target.createTarget", ["url": "about:blank"]).targetId.string ?? ""
    let session =
      try call("Target.attachToTarget", ["targetId": target, "flatten": true]).sessionId.string
    _ = try call("Page.enable", in: session)
    _ = try call("Page.navigate", ["url": address], in: session)
    while try receive().method.string != "Page.loadEventFired" {}
    let answer = try call(
      "Runtime.evaluate",
      [
        "expression": "(async () => {\(script)})()", "awaitPromise": true, "returnByValue": true,
      ], in: session)
    guard answer.exceptionDetails == .missing else { throw Refusal(answer: answer) }
    return answer.result.value
  }

  private mutating func call(
    _ method: String, _ parameters: [String: Any] = [:], in session: String? = nil
  ) throws -> JSON {
    callCount += 1
    var message: [String: Any] = ["id": callCount, "method": method, "params": parameters]
    message["sessionId"] = session
    try input.write(contentsOf: JSONSerialization.data(withJSONObject: message) + [0])
    while true {
      let answer = try receive()
      if answer.id.number == Double(callCount) { return answer.result }
    }
  }

  /// Waits for the next message.
  private mutating func receive() throws -> JSON {
    while true {
      if let end = received.firstIndex(of: 0) {
        let message = Array(received[..<end])
        received.removeSubrange(...end)
        return try JSON(message)
      }
      let data = output.availableData
      if data.isEmpty { throw End() }
      received += data
    }
  }
}
