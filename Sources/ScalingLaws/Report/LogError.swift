import Glibc

/// Root mean squared log error with its root standard log error.
///
/// With SLE = (ln yhat - ln y)^2 over N points: RMSLE = sqrt(mean SLE), and RSLE =
/// sqrt(mean SLE + sd(SLE)/sqrt(N)) - sqrt(mean SLE), sd with divisor N (paper A.6).
public struct LogError: Sendable, Hashable {
  public let rmsle: Double
  public let rsle: Double

  /// Nil without points, or when a value is not above 0 or a forecast is infinite.
  public init?(forecast: [Double], measured: [Double]) {
    precondition(forecast.count == measured.count, "one forecast a measurement")
    guard !forecast.isEmpty, zip(forecast, measured).allSatisfy({ $0 > 0 && $0.isFinite && $1 > 0 })
    else { return nil }
    let squares = zip(forecast, measured).map { f, m in
      let error = log(f) - log(m)
      return error * error
    }
    let n = Double(squares.count)
    let mean = squares.reduce(0, +) / n
    let variance = squares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
    rmsle = mean.squareRoot()
    rsle = (mean + (variance / n).squareRoot()).squareRoot() - rmsle
  }
}
