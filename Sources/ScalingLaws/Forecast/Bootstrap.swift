import Glibc

/// Laws refitted to resampled points: how a fit would scatter if the measurements were repeated.
///
/// A resample is the fitted law with residuals drawn anew: blocks of neighbouring residuals, as long
/// as their autocorrelation asks for, scaled up for the degrees of freedom that the fit took; or,
/// where the standard errors of the points are known, normal deviates of these (Davison and Hinkley,
/// Bootstrap Methods and their Application, sections 6.2 and 8.2). Each is refitted from the law
/// itself.
struct Bootstrap: Sendable {
  /// The refitted laws in the user's units, in the order of the resamples.
  let laws: [BrokenPowerLaw]
  /// The laws of v as functions of the frame's t.
  let lawsInFrame: [BrokenPowerLaw]

  /// Refits `count` resamples; their number and order hang on the seed alone, not on `execution`.
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
    // Of each refit its constants alone: with its residuals it would be as large as the points.
    let drawn: [[Double]?] = execution.map(count) { index in
      if search.isCancelled() { return nil }
      var random = SplitMix64(seed: seed, stream: index)
      var residuals: [Double] = []
      residuals.reserveCapacity(n + block)
      while residuals.count < n {
        if observations.hasAbsoluteWeights {
          residuals.append(random.normal())
        } else {
          let start = random.index(below: n)
          // The sign is drawn too: residuals of a smooth law have no preferred side.
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
    let refits = drawn.compactMap { $0 }
    laws = refits.map(fit.frame.law)
    lawsInFrame = refits.map(Frame.lawInFrame)
  }

  /// Fewer laws than this have no tails.
  static let fewestLaws = 20

  /// The values that a share (1 - level)/2 of the resamples lies below and above; nil with fewer
  /// than `fewestLaws`.
  static func interval(_ values: [Double], level: Double) -> (lower: Double, upper: Double)? {
    guard values.count >= fewestLaws else { return nil }
    let sorted = values.sorted()
    /// Linear between order statistics.
    func quantile(_ p: Double) -> Double {
      let place = p * Double(sorted.count - 1)
      let below = min(Int(place), sorted.count - 2)
      let share = place - Double(below)
      return sorted[below] * (1 - share) + sorted[below + 1] * share
    }
    return (quantile((1 - level) / 2), quantile((1 + level) / 2))
  }
}
