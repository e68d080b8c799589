import ArgumentParser
import Fits

/// The command `bnsl`.
struct Bnsl: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bnsl",
    abstract: "Fits broken neural scaling laws: as a service, or right here.",
    discussion: """
      Exit status: 0 done, 1 failed, 2 bad input or usage, 3 server unreachable.
      """,
    version: "bnsl \(Release.version) (engine \(Engine.version))",
    subcommands: [
      ServeCommand.self, FitCommand.self, ReadCommand.self, BenchmarkCommand.self,
      HealthcheckCommand.self,
      ConfigCommand.self, KeyCommand.self,
    ],
    defaultSubcommand: ServeCommand.self)
}
