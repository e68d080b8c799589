import Glibc

/// Laws refitted to resampled points: how a fit would scatter if the measurements were repeated.
///
/// A resample is the fitted law with residuals drawn anew: blocks of neighbouring residuals, as long
/// as their autocorrelation asks for, scaled up for the degrees of freedom that the fit took; or,
/// where the standard errors of the points are known, normal deviates of these (Davison and Hinkley,
/// Bootstrap Methods and their Application, sections 6.2 and 8.2). Each is refitted from the law
/// itself.
struct Bootstrap: Sendable {
  /// The refitted laws in the coordinates of the frame, in the order of the resamples.
  let fits: [LawFit]

  /// Refits `count` resamples; their number and order hang on the seed alone, not on `execution`.
  init(
    _ fit: LawFit, search: LawSearch, count: Int, seed: UInt64, execution: Execution
  ) {
    let observations = search.observations
    let n = observations.count
    // What the points would be without noise, on the objective's scale.
    let roots = observations.weights.map { $0.squareRoot() }
    let smooth = (0..<n).map { observations.targets[$0] + fit.residuals[$0] / roots[$0] }
    let rho = fit.autocorrelation
    let block = min(max(1, Int(((1 + rho) / (1 - rho)).rounded())), max(1, n / 3))
    let degrees = Double(max(n - fit.theta.count, 1))
    let scale = (Double(n) / degrees).squareRoot()
    let drawn: [LawFit?] = execution.map(count) { index in
      if search.isCancelled() { return nil }
      var random = SplitMix64(seed: seed &+ UInt64(index) &* 0x9E37_79B9_7F4A_7C15)
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
      let refitted = resampled.refitted(fit)
      return refitted.theta.allSatisfy(\.isFinite) ? refitted : nil
    }
    fits = drawn.compactMap { $0 }
  }

  /// The values that a share (1 - level)/2 of the resamples lies below and above; nil with fewer
  /// than 20 of them.
  static func interval(_ values: [Double], level: Double) -> (lower: Double, upper: Double)? {
    guard values.count >= 20 else { return nil }
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

extension Execution {
  /// The results of a body for 0..<count, in order, however they are run.
  func map<Result: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Int) -> Result?
  ) -> [Result?] {
    let places = UnsafeMutablePointer<Result?>.allocate(capacity: max(count, 1))
    places.initialize(repeating: nil, count: count)
    defer {
      places.deinitialize(count: count)
      places.deallocate()
    }
    // Safe to share: every item writes to its own place, and `forEach` returns after the last.
    nonisolated(unsafe) let shared = places
    forEach(count) { shared[$0] = body($0) }
    return (0..<count).map { places[$0] }
  }
}

/// Steele, Lea and Flood's generator of random numbers (2014), the same for the same seed.
struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// An index drawn evenly from 0..<count.
  mutating func index(below count: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(count)).high)
  }

  /// A standard normal number, by Box and Muller's transformation (1958).
  mutating func normal() -> Double {
    // Half a unit away from 0, which has no logarithm.
    let radius = (-2 * log((Double(next() >> 11) + 0.5) * 0x1p-53)).squareRoot()
    return radius * cos(2 * Double.pi * Double(next() >> 11) * 0x1p-53)
  }
}
