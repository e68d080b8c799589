import ArgumentParser
import FitService
import Foundation

/// The settings of the service as a command's arguments: one flag for each.
///
/// The flags come from the table of settings, so they are not declared one by one.
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

  /// Lines of at most 78 columns; the help would break longer ones without indenting the rest.
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
