import ArgumentParser
import FitService
import Foundation

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serve fits over HTTP until SIGTERM or SIGINT; a second signal stops at once.",
    discussion: SettingsOptions.discussion)

  @OptionGroup var options: SettingsOptions

  func run() async throws {
    let settings = try options.load().settings
    try await Service.run(settings) { address in
      // Not `print`, which buffers the line when standard output is not a terminal.
      FileHandle.standardOutput.write(Data("bnsl listens on http://\(address)\n".utf8))
    }
  }
}
