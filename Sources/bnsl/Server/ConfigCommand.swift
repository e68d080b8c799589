import ArgumentParser
import FitService

struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Print the effective settings and where each comes from.",
    discussion: SettingsOptions.discussion)

  @OptionGroup var options: SettingsOptions

  func run() throws {
    print(try options.load().report, terminator: "")
  }
}
