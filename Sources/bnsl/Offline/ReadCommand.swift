import ArgumentParser
import Fits
import Foundation

struct ReadCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "read",
    abstract: "Show how a file is read, as POST /read does, without a fit.",
    discussion: """
      Prints the columns, what each may mean, and the points that a fit would get, as JSON.

      Example: bnsl read metrics.csv --y-column val_loss
      """)

  @Argument(help: "The table or the request; - is standard input.")
  var file: String

  @OptionGroup
  var columns: ColumnFlags

  func run() throws {
    let body = try readFile(file)
    do throws(Problem) {
      let reading = try OfflineReading(body, options: columns.options)
      FileHandle.standardOutput.write(Data(reading.answer))
    } catch {
      throw Failure(error)
    }
  }
}

/// Flags that name the columns of a table.
struct ColumnFlags: ParsableArguments {
  @Option(
    help: "The column of x in a table: its name, or its position from 1; row counts the rows.")
  var xColumn: String?

  @Option(help: "The column of y in a table; several by commas are several curves.")
  var yColumn: String?

  @Option(help: "The column of standard errors in a table.")
  var sigmaColumn: String?

  @Option(help: "The column of weights in a table.")
  var weightColumn: String?

  @Option(help: "The column of numbers of trials in a table, whose y are shares.")
  var trialsColumn: String?

  @Option(help: "The column that tells the curves of a table apart; several by commas together.")
  var curveColumn: String?

  @Option(help: "The column that tells repetitions of one curve apart.")
  var runColumn: String?

  @Option(help: "The column that says by 1 which points of a table are set aside.")
  var heldOutColumn: String?

  @Option(help: "drop leaves out cells that are no numbers and points that cannot be fitted.")
  var invalid: String?

  /// The options that were given, by their names in the API.
  var options: [(name: String, value: String)] {
    let named: [(String, String?)] = [
      ("x_column", xColumn), ("y_column", yColumn), ("sigma_column", sigmaColumn),
      ("weight_column", weightColumn), ("trials_column", trialsColumn),
      ("curve_column", curveColumn), ("run_column", runColumn),
      ("held_out_column", heldOutColumn), ("invalid", invalid),
    ]
    return named.compactMap { name, value in value.map { (name, $0) } }
  }
}
