import Fits
import Foundation
import ScalingLaws

/// The scores of a benchmark, by domain and in total.
struct BenchmarkSummary {
  private let groups: [(name: String, scores: [BenchmarkScore])]

  init(_ scores: [BenchmarkScore]) {
    var order: [String] = []
    var byDomain: [String: [BenchmarkScore]] = [:]
    for score in scores {
      if byDomain[score.name.domain] == nil { order.append(score.name.domain) }
      byDomain[score.name.domain, default: []].append(score)
    }
    groups = order.map { ($0, byDomain[$0, default: []]) } + [("all", scores)]
  }

  /// Whether other forms were fitted.
  private var hasForms: Bool { groups.last?.scores.contains { $0.isBest != nil } ?? false }

  /// RMSLE on held-out points (mean, median, geometric mean over curves), the share of points
  /// inside their 90 % interval (over points, and its mean over curves), and the median width;
  /// with other forms also on how many curves the forecast is better than all of them.
  var text: String {
    TextTable(
      header: [
        "domain", "curves", "mean", "median", "geometric", "points in", "curves in", "width", "ms",
      ] + (hasForms ? ["wins"] : []),
      rows: groups.map { name, scores in
        let errors = scores.compactMap(\.heldOut?.rmsle)
        let covered = scores.filter { $0.insideInterval != nil && $0.heldOutCount > 0 }
        let inside = covered.map { Double($0.insideInterval ?? 0) }
        let counts = covered.map { Double($0.heldOutCount) }
        return [name, "\(scores.count)"]
          + [
            errors.mean, errors.median,
            errors.isEmpty ? nil : exp(errors.map { log($0) }.mean ?? 0),
          ]
          .map { $0?.rounded(4) ?? "-" }
          + [
            counts.isEmpty ? nil : inside.reduce(0, +) / counts.reduce(0, +),
            zip(inside, counts).map(/).mean,
            scores.compactMap(\.intervalWidth).median,
          ].map { $0?.rounded(3) ?? "-" }
          + [scores.map(\.milliseconds).mean?.rounded(3) ?? "-"]
          + (hasForms ? [scores.compactMap(\.isBest).wins] : [])
      }
    ).text
  }
}

extension [Bool] {
  /// How many are true, of how many.
  fileprivate var wins: String { "\(count { $0 }) of \(count)" }
}

extension [Double] {
  /// Nil when there are none.
  fileprivate var mean: Double? { isEmpty ? nil : reduce(0, +) / Double(count) }

  /// Nil when there are none; the mean of the middle two when their number is even.
  fileprivate var median: Double? {
    guard !isEmpty else { return nil }
    let ordered = sorted()
    return (ordered[(count - 1) / 2] + ordered[count / 2]) / 2
  }
}
