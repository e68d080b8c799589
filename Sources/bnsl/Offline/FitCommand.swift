public import ArgumentParser
import Fits
import Foundation

struct FitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Fit one curve, as POST /fit does, without a server.",
    discussion: """
      FILE is the body of a request in JSON, or a table: text in columns, Markdown, or JSON as \
      experiment trackers write it. Its columns are found by their names, which `bnsl read FILE` \
      shows, or given by --x-column, --y-column and others. An option must not be given both by a \
      flag and in the file.

      Example: bnsl fit curve.csv --breaks 1 --objective log1p --predict 800,864,928
      """)

  @Argument(help: "The request or the table; - is standard input.")
  var file: String

  @Option(help: "How to answer; by default text on a terminal, else JSON.")
  var format: OfflineFit.Format?

  @OptionGroup(title: "Options of the fit")
  var flags: FitFlags

  @OptionGroup(title: "Columns of a table")
  var columns: ColumnFlags

  @Option(
    name: .customLong("option"),
    help: ArgumentHelp(
      "Any option of the API, such as intervals.level=0.8 or fixed.c0=0; repeatable.",
      valueName: "name=value"))
  var others: [String] = []

  /// The options that were given, by their names in the API.
  private var options: [(name: String, value: String)] {
    let others = others.map { other in
      let parts = other.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(parts[0]), parts.count == 2 ? String(parts[1]) : "true")
    }
    return flags.options + columns.options + others
  }

  func run() throws {
    let body = try readFile(file)
    let result: OfflineFit
    let bar = ProgressBar()
    do throws(Problem) {
      defer { bar.remove() }
      result = try OfflineFit(body, options: options) { bar.fill(to: $0) }
    } catch {
      throw Failure(error)
    }
    let format = format ?? (isatty(STDOUT_FILENO) == 1 ? .text : .json)
    FileHandle.standardOutput.write(Data(result.answer(format)))
  }
}

extension OfflineFit.Format: ExpressibleByArgument {}

extension Failure {
  /// The detail of a problem, and one line for each fault.
  init(_ problem: Problem) {
    let lines = problem.errors.count > 1 ? problem.errors.map { "\n  \($0)" }.joined() : ""
    let isOurs = [.internalError, .jobFailed].contains(problem.code)
    self.init(isOurs ? .failed : .badInput, problem.detail + lines)
  }
}

/// The options of a fit as flags, one for each option that is not an object. Their values are
/// checked when the request is decoded.
///
/// The flags come from `FitOption.all`: ArgumentParser finds the flags of a type in its mirror, and
/// their values by name.
struct FitFlags: ParsableArguments, CustomReflectable {
  /// The options that were given, by their names in the API.
  private(set) var options: [(name: String, value: String)] = []

  private static let all = FitOption.all.filter { !$0.isObject }

  init() {}

  init(from decoder: any Decoder) throws {
    let flags = try decoder.container(keyedBy: Name.self)
    for option in Self.all {
      let flag = try flags.decode(Option<String?>.self, forKey: Name(stringValue: option.name))
      if let value = flag.wrappedValue { options.append((option.name, value)) }
    }
  }

  var customMirror: Mirror {
    Mirror(
      self,
      children: Self.all.map { option in
        let flag = option.name.replacing("_", with: "-")
        let help = option.explanation.replacing("`", with: "")
        return (option.name, Option<String?>(name: .customLong(flag), help: ArgumentHelp(help)))
      })
  }

  /// The name of an option.
  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}
