import ArgumentParser
import FitService
import Fits
import Foundation
import ScalingLaws

/// Runs the command that the arguments name, and exits with its status.
@main
enum Main {
  static func main() async {
    guard VectorInstructions.areAvailable else {
      end(
        .failed,
        "bnsl: this processor lacks AVX2 or FMA, which this build needs; for one that runs here: "
          + "BNSL_ANY_PROCESSOR=1 swift build -c release")
    }
    do {
      var command = try Bnsl.parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch let failure as Failure {
      end(failure.status, "bnsl: \(failure.message)")
    } catch let error as SettingsError {
      end(.badInput, "bnsl: \(error)")
    } catch let error as APIKeyFileError {
      end(.badInput, "bnsl: \(error)")
    } catch {
      switch Bnsl.exitCode(for: error) {
      case .success: print(Bnsl.fullMessage(for: error))
      case .validationFailure: end(.badInput, Bnsl.fullMessage(for: error))
      default: end(.failed, "bnsl: \(error)")
      }
    }
  }

  private static func end(_ status: ExitStatus, _ message: String) -> Never {
    FileHandle.standardError.write(Data((message + "\n").utf8))
    exit(status.rawValue)
  }
}

/// The exit status of a command that failed.
enum ExitStatus: Int32 {
  case failed = 1
  case badInput = 2
  case unreachable = 3
}

/// Why a command failed.
struct Failure: Error {
  let status: ExitStatus
  let message: String

  init(_ status: ExitStatus, _ message: String) {
    self.status = status
    self.message = message
  }
}

/// The bytes of a file, or of standard input for `-`.
func readFile(_ path: String) throws -> [UInt8] {
  if path == "-" { return Array(FileHandle.standardInput.readDataToEndOfFile()) }
  do {
    return Array(try Data(contentsOf: URL(filePath: path)))
  } catch {
    throw Failure(.badInput, "\(path) cannot be read: \(error.localizedDescription)")
  }
}

/// The command `bnsl`.
struct Bnsl: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bnsl",
    abstract: "Fits broken neural scaling laws, as a service or on the command line.",
    discussion: """
      Exit status: 0 done, 1 failed, 2 bad input or usage, 3 server unreachable.
      """,
    version: "bnsl \(Release.version) (engine \(Engine.version))",
    subcommands: [
      ServeCommand.self, FitCommand.self, ReadCommand.self, BenchmarkCommand.self,
      HealthcheckCommand.self,
      ConfigCommand.self, KeyCommand.self, WorkCommand.self,
    ],
    defaultSubcommand: ServeCommand.self)
}
