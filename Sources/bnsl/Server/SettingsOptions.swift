import ArgumentParser
import FitService
import Foundation

/// The settings of the service as arguments of a command: one flag for each of `SettingKey.all`.
struct SettingsOptions: ParsableArguments {
  @Option(name: .customLong("config"), help: "A file of settings in YAML; also BNSL_CONFIG.")
  var file: String?

  @Argument(
    parsing: .allUnrecognized,
    help: ArgumentHelp("Settings as --NAME VALUE; all are listed above.", valueName: "settings"))
  var arguments: [String] = []

  /// Every flag with its explanation, for the help of a command.
  static let discussion =
    "Settings, each also an environment variable (BNSL_PORT) and a key of the file (port):\n"
    + SettingKey.all.map { key in
      "\n  \(key.flag)\n" + indented("\(key.explanation) Allowed: \(key.allowed).")
    }.joined()

  /// Indented lines of at most 78 columns; the help would wrap longer ones without indentation.
  private static func indented(_ text: String) -> String {
    var lines = ["     "]
    for word in text.split(separator: " ") {
      if lines[lines.count - 1].count + 1 + word.count > 78 { lines.append("     ") }
      lines[lines.count - 1] += " " + word
    }
    return lines.joined(separator: "\n")
  }

  /// Reads the settings from flags, environment and file.
  func load() throws -> LoadedSettings {
    let environment = ProcessInfo.processInfo.environment
    let path = file ?? environment["BNSL_CONFIG"]
    let content = try path.map { (name: $0, content: try readFile($0)) }
    return try LoadedSettings(
      flags: try LoadedSettings.flags(in: arguments), environment: environment, file: content)
  }
}

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
