import Glibc

/// One prior of the laws. The forecast is a mixture over a few of them.
struct Bet: Sendable {
  /// The log-logistic prior of the remaining fall: P(more than r e-folds) = 1/(1 + (r/S)^shape),
  /// with S = share sqrt(R^2 + leastFolds^2) for a curve that has fallen by R e-folds.
  struct Limit: Sendable {
    let share: Double
    let leastFolds: Double
    let shape: Double

    func scale(folds: Double) -> Double {
      share * (folds * folds + leastFolds * leastFolds).squareRoot()
    }
  }

  typealias Normal = (mean: Double, deviation: Double)

  let weight: Double
  /// The exponent at the end of the data.
  let exponent: Normal
  /// The change of the exponent at a break.
  let change: Normal
  let limit: Limit

  static let all = [ForecastSettings.far, ForecastSettings.near, ForecastSettings.sharp]
}
