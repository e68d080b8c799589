/// A prior for the exponent at the end of a curve.
///
/// It adds to the cost s2 [5 ln(1 + z^2/5) + sum c_i^2] with z = (E - centre)/0.3, where E is the
/// exponent at the end of progress: a Student term, which penalizes unusual exponents moderately,
/// and a ridge on the changes of exponent.
struct ExponentPrior: Sendable, Hashable {
  /// The usual exponent: 0.7 for falling metrics, -0.3 for those that grow without bound.
  let centre: Double
  /// s2: the variance of a residual, inflated for autocorrelation.
  let strength: Double
  let progress: Progress

  static let width = 0.3
  static let degreesOfFreedom = 5.0
  static let usualFall = 0.7
  static let usualGrowth = -0.3

  /// The exponent at the far end of progress: c0 + sum c_i, or -c0 when progress runs to small x.
  func endExponent(_ theta: UnsafePointer<Double>, breaks: Int) -> Double {
    switch progress {
    case .increasing:
      var exponent = theta[2]
      for i in 0..<breaks { exponent += theta[3 + 3 * i] }
      return exponent
    case .decreasing: return -theta[2]
    }
  }
}

extension LawSearch {
  /// A fit with the prior and as many breaks as the free fit, from whose residuals the strength of the
  /// prior comes.
  func fitWithPrior(centre: Double, noiseOf free: LawFit) -> LawFit? {
    let rho = free.autocorrelation
    let strength = 1.5 * free.sumOfSquares / free.degreesOfFreedom * (1 + rho) / (1 - rho)
    return fit(
      breaks: free.breaks,
      prior: ExponentPrior(centre: centre, strength: strength, progress: progress), known: [free])
  }
}
