import Glibc

/// Tukey's contaminated normal: a tenth of the departures is wider than the others.
///
/// Curves whose points scatter so depart from their forecasts so too. How much wider is told by the
/// excess kurtosis of the residuals: with shares .9 and .1 and variances 1 - d and 1 + 9 d the
/// variance is 1 and the excess kurtosis 27 d^2.
struct NoiseTails: Sendable {
  /// The excess kurtosis, at least 0.
  let excess: Double

  static let normal = NoiseTails(excess: 0)

  private init(excess: Double) { self.excess = excess }

  /// The tails of residuals about a law.
  init(of residuals: [Double]) {
    let n = Double(residuals.count)
    let square = residuals.reduce(0) { $0 + $1 * $1 } / n
    let fourth = residuals.reduce(0) { $0 + $1 * $1 * $1 * $1 } / n
    let kurtosis = square > 0 ? fourth / (square * square) : 3
    excess = max(kurtosis - 3, 0)
  }

  /// The shares of the parts, with their variances in units of the noise's.
  var parts: [(share: Double, factor: Double)] {
    let d = min((excess / 27).squareRoot(), 0.9)
    return d > 0 ? [(0.9, 1 - d), (0.1, 1 + 9 * d)] : [(1, 1)]
  }
}
