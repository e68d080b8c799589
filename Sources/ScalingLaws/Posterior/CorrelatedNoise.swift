import Glibc

/// White noise and an autocorrelated departure from the law, as one covariance of the points.
///
/// In units of the white noise's variance the covariance is
/// C = diag(1/w) + lambda exp(-|t_i - t_j|/length), an Ornstein-Uhlenbeck process seen through
/// noise. The process is Markov, so a Kalman filter multiplies by the inverse Cholesky factor of
/// C in O(n), where the factor itself would cost O(n^2) a column.
struct CorrelatedNoise {
  private let time: [Double]
  private let length: Double
  /// lambda: the variance of the process where no data are near.
  let variance: Double
  /// Correlation of the process from the point before.
  private let carry: [Double]
  private let gain: [Double]
  private let inverseDeviation: [Double]
  /// ln det C.
  let logDeterminant: Double

  init(time: [Double], weight: [Double], variance: Double, length: Double) {
    self.time = time
    self.variance = variance
    self.length = length
    var carry = [Double](repeating: 0, count: time.count)
    var gain = carry
    var inverseDeviation = carry
    var logDeterminant = 0.0
    var uncertainty = variance
    for index in time.indices {
      if index > 0 {
        let correlation = exp((time[index - 1] - time[index]) / length)
        carry[index] = correlation
        uncertainty =
          variance + correlation * correlation * (uncertainty * (1 - gain[index - 1]) - variance)
      }
      let total = uncertainty + 1 / weight[index]
      gain[index] = uncertainty / total
      inverseDeviation[index] = 1 / total.squareRoot()
      logDeterminant += log(total)
    }
    self.carry = carry
    self.gain = gain
    self.inverseDeviation = inverseDeviation
    self.logDeterminant = logDeterminant
  }

  /// Multiplies a column in place by the inverse Cholesky factor of C.
  func whiten(_ column: UnsafeMutablePointer<Double>) {
    let count = carry.count
    if variance == 0 {
      for index in 0..<count { column[index] *= inverseDeviation[index] }
      return
    }
    carry.withUnsafeBufferPointer { carry in
      gain.withUnsafeBufferPointer { gain in
        inverseDeviation.withUnsafeBufferPointer { inverseDeviation in
          var expected = 0.0
          for index in 0..<count {
            expected *= carry[index]
            let innovation = column[index] - expected
            column[index] = innovation * inverseDeviation[index]
            expected.addProduct(gain[index], innovation)
          }
        }
      }
    }
  }

  /// The whitened covariance of the process at a time with the points.
  ///
  /// Its product with whitened residuals predicts the process at that time; its square is the
  /// variance which the points take away.
  func whitenedCovariance(at moment: Double) -> [Double] {
    var column = time.map { variance * exp(-abs(moment - $0) / length) }
    whiten(&column)
    return column
  }

  /// Correlation of the process over four times.
  func fade(over time: Lanes) -> Lanes { (-time / length).exponential }
}
