import Foundation
import Testing

extension EndToEnd {
  @Suite(
    "The page in a browser",
    .enabled(if: Chromium.url != nil, "chromium is not installed, so the page is not tried in it"))
  struct Page {
    @Test("an address that names an example fits it, and one that names a job shows it")
    func example() async throws {
      try await withServer { server in
        // The browser's clock does not wait for events, so this page may be left before the end.
        let first = try await Chromium.open(server.address + "/#/examples/1")
        let id = try #require(try await server.get("/jobs").json.jobs[0]["id"].string)
        let result = try await server.get("/jobs/\(id)/result", fields: ["Prefer": "wait=60"])
        #expect(result.status == 200)
        let page = try await Chromium.open(server.address + "/#/jobs/\(id)")
        #expect(page.document.contains("One break at about 613"))
        #expect(page.document.contains("<h2>Constants</h2>"))
        #expect(page.document.contains("17 points"))
        for complaints in [first.complaints, page.complaints] {
          #expect(!complaints.contains("Content Security Policy"), "\(complaints)")
        }
      }
    }

    @Test("a shared address shows the job, and what its labels say is never run")
    func sharedJob() async throws {
      try await withServer { server in
        let hostile = #"<img src=x onerror=\"document.title='broken'\">"#
        let fit = try await server.post(
          "/fit",
          #"{"x":[1,2,4,8,16,32],"y":[3.1,2.4,1.9,1.6,1.4,1.3],"breaks":0,"labels":{"x":"\#(hostile)"}}"#
        )
        let id = try #require(try JSON(fit.body)["id"].string)
        let page = try await Chromium.open(server.address + "/#/jobs/\(id)")
        #expect(page.document.contains("No break: one power law"))
        #expect(page.document.contains("&lt;img src=x onerror"))
        #expect(page.document.contains("<title>Broken neural scaling laws</title>"))
      }
    }

    @Test("a refusal is told in words, with where to read on")
    func refusal() async throws {
      try await withServer { server in
        let page = try await Chromium.open(server.address + "/#/jobs/none")
        #expect(page.document.contains("There is no such job"))
        #expect(page.document.contains("/problems/job_not_found"))
      }
    }
  }
}

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

  /// Opens an address without a window, and waits until nothing more is loaded.
  static func open(_ address: String) async throws -> Page {
    try await withTemporaryDirectory { directory in
      // Inside a container the browser's own sandbox has no permission to start.
      let arguments = [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--enable-logging=stderr", "--user-data-dir=\(directory.path)/profile",
        "--virtual-time-budget=30000", "--dump-dom", address,
      ]
      let process = Executable.process(arguments, in: directory, of: try #require(url))
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
}
