import ArgumentParser
import Dispatch
import Foundation
import ScalingLaws

struct BenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark",
    abstract: "Fit many curves, and score their forecasts on the points that were held out.",
    discussion: """
      Each FILE is a table of any shape whose column training (1 = fit, 0 = held out) or held_out \
      sets points aside; exact duplicates of points are dropped. Curves are named by the columns \
      domain, task and model, else told apart as `bnsl read FILE` shows, or as --x-column, \
      --y-column, --curve-column and others say. One row for each curve goes to standard output, a \
      summary by domain to standard error. RMSLE and RSLE are the paper's measures.
      """)

  enum Intervals: String, CaseIterable, ExpressibleByArgument {
    case auto, delta, none
  }

  @Argument(help: "The tables of curves.")
  var files: [String]

  @Option(help: "How 90 % intervals are made; none is faster.")
  var intervals = Intervals.auto

  enum Forms: String, CaseIterable, ExpressibleByArgument {
    case none, all
  }

  @Option(help: "Whether M1 to M4 are fitted too, each with a column of its held-out RMSLE.")
  var forms = Forms.none

  @OptionGroup
  var columns: ColumnFlags

  func run() throws {
    let curves = try BenchmarkCurve.read(files, options: columns.options)
    var options = FitOptions()
    options.intervals.level = 0.9
    options.intervals.method =
      switch intervals {
      case .auto: .automatic
      case .delta: .delta
      case .none: .none
      }
    options.predictions = []
    if forms == .all { options.forms = [.m1, .m2, .m3, .m4] }
    let scores = try BenchmarkScore.all(of: curves, options: options)
    print(BenchmarkScore.header(forms: options.forms))
    for score in scores { print(score.row) }
    FileHandle.standardError.write(Data((BenchmarkSummary(scores).text + "\n").utf8))
  }
}
