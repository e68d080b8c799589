public import ArgumentParser
import FitService
import Foundation

struct FitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Fit one curve, as POST /fit does, without a server.",
    discussion: """
      FILE is the body of a request in JSON, or a table: text in columns, Markdown, or JSON as \
      trackers and trainers write it. Its columns are found by their names; `bnsl read FILE` shows \
      how, and --x-column, --y-column and others say it. What a flag sets must not stand in the file \
      too.

      Example: bnsl fit curve.csv --breaks 1 --objective log1p --predict 800,864,928
      """)

  @Argument(help: "The request or the table; - is standard input.")
  var file: String

  @Option(help: "How to answer; by default text on a terminal, else JSON.")
  var format: OfflineFit.Format?

  @OptionGroup(title: "Options of the fit")
  var flags: FitFlags

  func run() throws {
    let body = try readFile(file)
    let result: OfflineFit
    let bar = ProgressBar()
    do throws(Problem) {
      defer { bar.remove() }
      result = try OfflineFit(body, options: flags.options) { bar.fill(to: $0) }
    } catch {
      throw Failure(error)
    }
    let format = format ?? (isatty(STDOUT_FILENO) == 1 ? .text : .json)
    FileHandle.standardOutput.write(Data(result.answer(format)))
  }
}

extension OfflineFit.Format: ExpressibleByArgument {}

extension Failure {
  /// What a client would be told, one line for each fault.
  init(_ problem: Problem) {
    let lines = problem.errors.count > 1 ? problem.errors.map { "\n  \($0)" }.joined() : ""
    let isOurs = [.internalError, .jobFailed].contains(problem.code)
    self.init(isOurs ? .failed : .badInput, problem.detail + lines)
  }
}
