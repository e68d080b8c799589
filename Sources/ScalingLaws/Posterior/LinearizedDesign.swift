import Glibc

/// The law at one limit a, linear in its other constants: sums of products of whitened columns.
///
/// With q = (yhat - a)/yhat at the pilot yhat, the delta method turns ln y into the response
/// q ln(yhat - a) + ln y - ln yhat, linear in (beta, E, c) with rows q (1, -t, psi(t)). Columns
/// are whitened, and beta is projected out of all others.
final class LinearizedDesign: Sendable {
  /// The limit, in units of the curve's geometric mean.
  let limit: Double
  /// 1 - a/min y.
  let gap: Double
  /// q at the last bin.
  let endShare: Double
  /// Whitened columns: beta's as it is; E's and the breaks' (in this order) projected.
  let constant: [Double]
  let columns: [Double]
  /// Squared norm of beta's column.
  let constantNorm: Double
  /// Share of beta's column in each other column, and in the response.
  let projections: [Double]
  let responseProjection: Double
  /// The projected, whitened response.
  let response: [Double]
  /// Products of columns, of columns and response, of the response with itself.
  let gram: [Double]
  let moment: [Double]
  let responseNorm: Double

  /// Number of columns beside beta's: E and every cell.
  var width: Int { moment.count }

  init(bins: BinnedCurve, noise: CorrelatedNoise, bends: [Double], limit: Double, gap: Double) {
    let count = bins.count
    let cells = bends.count / count
    let width = cells + 1
    var share = [Double](repeating: 0, count: count)
    var response = share
    for index in 0..<count {
      let level = exp(bins.pilot[index])
      share[index] = (level - limit) / level
      response[index] = share[index] * log(level - limit) + bins.level[index] - bins.pilot[index]
    }
    var constant = share
    var columns = [Double](repeating: 0, count: width * count)
    for index in 0..<count { columns[index] = -bins.time[index] * share[index] }
    for cell in 0..<cells {
      for index in 0..<count {
        columns[(cell + 1) * count + index] = share[index] * bends[cell * count + index]
      }
    }
    var projections = [Double](repeating: 0, count: width)
    var gram = [Double](repeating: 0, count: width * width)
    var moment = [Double](repeating: 0, count: width)
    var constantNorm = 0.0
    var responseProjection = 0.0
    var responseNorm = 0.0
    constant.withUnsafeMutableBufferPointer { constant in
      response.withUnsafeMutableBufferPointer { response in
        columns.withUnsafeMutableBufferPointer { columns in
          guard let constant = constant.baseAddress, let response = response.baseAddress,
            let columns = columns.baseAddress
          else { return }
          noise.whiten(constant)
          constantNorm = dot(constant, constant, count)
          noise.whiten(response)
          responseProjection = project(constant, constantNorm, outOf: response, count)
          responseNorm = dot(response, response, count)
          for index in 0..<width {
            let column = columns + index * count
            noise.whiten(column)
            projections[index] = project(constant, constantNorm, outOf: column, count)
            moment[index] = dot(column, response, count)
          }
          gram.withUnsafeMutableBufferPointer { gram in
            for row in 0..<width {
              for other in 0...row {
                let product = dot(columns + row * count, columns + other * count, count)
                gram[row * width + other] = product
                gram[other * width + row] = product
              }
            }
          }
        }
      }
    }
    self.limit = limit
    self.gap = gap
    endShare = share[count - 1]
    self.constant = constant
    self.columns = columns
    self.constantNorm = constantNorm
    self.projections = projections
    self.responseProjection = responseProjection
    self.response = response
    self.gram = gram
    self.moment = moment
    self.responseNorm = responseNorm
  }

  /// The smallest sum of squares over no break and one break, without prior.
  var smallestSquares: Double {
    let endNorm = gram[0]
    let straight =
      endNorm > 0 ? max(0, responseNorm - moment[0] * moment[0] / endNorm) : responseNorm
    var best = straight
    for cell in 1..<max(1, width) {
      let norm = gram[cell * width + cell]
      let rest = norm - gram[cell] * gram[cell] / endNorm
      // Below this the column is E's own and the quotient is rounding error.
      guard rest > 1e-16 * norm else { continue }
      let product = moment[cell] - gram[cell] * moment[0] / endNorm
      best = min(best, straight - product * product / rest)
    }
    return max(0, best)
  }
}

/// Takes the part along `axis` out of a column and returns its coefficient.
private func project(
  _ axis: UnsafePointer<Double>, _ squaredNorm: Double,
  outOf column: UnsafeMutablePointer<Double>, _ count: Int
) -> Double {
  let coefficient = dot(axis, column, count) / squaredNorm
  for index in 0..<count { column[index] -= coefficient * axis[index] }
  return coefficient
}

/// The inner product of two columns, in four partial sums that the processor can overlap.
func dot(_ left: UnsafePointer<Double>, _ right: UnsafePointer<Double>, _ count: Int) -> Double {
  var first = SIMD2<Double>.zero
  var second = SIMD2<Double>.zero
  var index = 0
  while index + 4 <= count {
    first += SIMD2(left[index], left[index + 1]) * SIMD2(right[index], right[index + 1])
    second += SIMD2(left[index + 2], left[index + 3]) * SIMD2(right[index + 2], right[index + 3])
    index += 4
  }
  var sum = first.sum() + second.sum()
  while index < count {
    sum += left[index] * right[index]
    index += 1
  }
  return sum
}
