import Glibc

/// Laws refitted to resampled points, which show the variation over repeated measurements.
///
/// A resample is the fitted law plus resampled residuals: blocks of neighbouring residuals, with a
/// length by their autocorrelation, scaled up for the degrees of freedom of the fit; or, with known
/// standard errors, normal deviates (Davison and Hinkley, Bootstrap Methods and their Application,
/// sections 6.2 and 8.2). Each fit to a resample starts from the law.
struct Bootstrap: Sendable {
  /// The refitted laws in the user's units, in the order of the resamples.
  let laws: [BrokenPowerLaw]
  /// The laws of v as functions of the frame's t.
  let lawsInFrame: [BrokenPowerLaw]

  /// Refits `count` resamples; they depend on the seed only, not on `execution`.
  init(
    _ fit: LawFit, search: LawSearch, count: Int, seed: UInt64, execution: Execution
  ) {
    let observations = search.observations
    let n = observations.count
    // What the points would be without noise, on the objective's scale.
    let roots = observations.weights.map { $0.squareRoot() }
    let smooth = (0..<n).map { observations.targets[$0] + fit.residuals[$0] / roots[$0] }
    let block = min(max(1, Int(fit.dependence.rounded())), max(1, n / 3))
    let scale = (Double(n) / fit.degreesOfFreedom).squareRoot()
    // Keep the constants only, because residuals take as much memory as the points.
    let refitted: [[Double]?] = execution.map(count) { index in
      if search.isCancelled() { return nil }
      var random = SplitMix64(seed: seed, stream: index)
      var residuals: [Double] = []
      residuals.reserveCapacity(n + block)
      while residuals.count < n {
        if observations.hasAbsoluteWeights {
          residuals.append(random.normal())
        } else {
          let start = random.index(below: n)
          // The sign is random too, because residuals have no preferred sign.
          let sign: Double = random.next() & 1 == 0 ? scale : -scale
          for k in 0..<block { residuals.append(sign * fit.residuals[(start + k) % n]) }
        }
      }
      var resampled = search
      resampled.observations = observations.replacingTargets(
        (0..<n).map { smooth[$0] + residuals[$0] / roots[$0] })
      let theta = resampled.refitted(fit).theta
      return theta.allSatisfy(\.isFinite) ? theta : nil
    }
    let refits = refitted.compactMap { $0 }
    laws = refits.map(fit.frame.law)
    lawsInFrame = refits.map(Frame.lawInFrame)
  }

  /// The smallest number of laws for an interval.
  static let fewestLaws = 20

  /// The quantiles at (1 - level)/2 and (1 + level)/2; nil with fewer values than `fewestLaws`.
  static func interval(_ values: [Double], level: Double) -> (lower: Double, upper: Double)? {
    guard values.count >= fewestLaws else { return nil }
    let sorted = values.sorted()
    /// By linear interpolation between order statistics.
    func quantile(_ p: Double) -> Double {
      let place = p * Double(sorted.count - 1)
      let below = min(Int(place), sorted.count - 2)
      let share = place - Double(below)
      return sorted[below] * (1 - share) + sorted[below + 1] * share
    }
    return (quantile((1 - level) / 2), quantile((1 + level) / 2))
  }
}
