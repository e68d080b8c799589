// The speed of fits: against the paper's procedure in scipy, and as work grows.
//
//     swift run -c release FitBenchmark [points ...] [--breaks most]
//
// The procedure in scipy takes a minute with two breaks, and many with three. Without python3 and
// scipy the first table lacks its comparison.

import Dispatch
import Foundation
import ScalingLaws

// A Python that is not there reads nothing: an error of the write, then, not the end of this
// process.
signal(SIGPIPE, SIG_IGN)

let arguments = CommandLine.arguments.dropFirst().split(
  separator: "--breaks", omittingEmptySubsequences: false)
let sizes = arguments.first?.compactMap { Int($0) } ?? []
let mostBreaks = arguments.dropFirst().first?.first.flatMap { Int($0) } ?? 3
let counts = sizes.isEmpty ? [17, 100, 1_000, 10_000] : sizes

say("The law of least squares, processor milliseconds; scipy: brute (163,840 points), curve_fit")
row(["points", "breaks", "here", "scipy", "ratio", "squares here / scipy"])
for count in counts {
  for breaks in 1...max(1, mostBreaks) {
    let curve = SimulatedCurve(count: count)
    var law: BrokenPowerLaw?
    let own = milliseconds {
      law = BrokenPowerLaw.leastSquares(curve.points, breaks: breaks, objective: .given(.log1p))
    }
    let squares = law.map(curve.squares) ?? .nan
    let other = try? BruteFit(curve, breaks: breaks)
    row([
      "\(count)", "\(breaks)", number(own), other.map { number(1000 * $0.seconds) } ?? "-",
      other.map { number(1000 * $0.seconds / own) } ?? "-",
      other.map { String(format: "%.4f", squares / $0.squares) } ?? "-",
    ])
  }
}

say("\nA default forecast, processor milliseconds")
row(["points", "without intervals", "with", "ratio"])
for count in counts {
  let curve = SimulatedCurve(count: count)
  var options = FitOptions()
  let with = try milliseconds { _ = try BrokenPowerLaw.fit(curve.points, options: options) }
  options.intervals.method = .none
  let without = try milliseconds { _ = try BrokenPowerLaw.fit(curve.points, options: options) }
  row(["\(count)", number(without), number(with), String(format: "%.2f", with / without)])
}

say("\nForecasts of many curves of 17 points without intervals, milliseconds for each curve")
row(["curves", "1 worker", "2 workers", "ratio"])
for count in [1, 4, 16, 64] {
  let curves = (0..<count).map { SimulatedCurve(count: 17, seed: UInt64($0)).points }
  func each(workers: Int) -> Double {
    milliseconds(by: CLOCK_MONOTONIC) {
      DispatchQueue.concurrentPerform(iterations: workers) { worker in
        var options = FitOptions()
        options.intervals.method = .none
        for index in stride(from: worker, to: count, by: workers) {
          _ = try? BrokenPowerLaw.fit(curves[index], options: options)
        }
      }
    } / Double(count)
  }
  let (one, two) = (each(workers: 1), each(workers: 2))
  row(["\(count)", number(one), number(two), String(format: "%.2f", one / two)])
}

/// The median time of some runs, the first of which does not count: of the processor as this thread
/// used it, which others that share the machine hardly change, or that of the wall.
func milliseconds(
  by clock: clockid_t = CLOCK_THREAD_CPUTIME_ID, _ body: () throws -> Void
) rethrows -> Double {
  func now() -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return 1e3 * Double(time.tv_sec) + 1e-6 * Double(time.tv_nsec)
  }
  try body()
  var times: [Double] = []
  let start = now()
  while times.count < 5 || (now() - start < 500 && times.count < 101) {
    let before = now()
    try body()
    times.append(now() - before)
  }
  return times.sorted()[times.count / 2]
}

func number(_ value: Double) -> String {
  value < 100 ? String(format: "%.3g", value) : String(format: "%.0f", value)
}

func row(_ cells: [String]) {
  let line = cells.map { $0.padding(toLength: max(12, $0.count + 2), withPad: " ", startingAt: 0) }
  say(line.joined())
}

/// Each line at once, since the next may take a minute.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
