import ArgumentParser
import FitService
import Foundation
import ScalingLaws

/// Runs the command of the arguments and ends with the status that they deserve.
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

/// With which status the command ends; 0 when all is done.
enum ExitStatus: Int32 {
  case failed = 1
  case badInput = 2
  case unreachable = 3
}

/// Why a command did not do what it was asked.
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
