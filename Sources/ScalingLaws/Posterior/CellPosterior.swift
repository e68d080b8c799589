import Glibc

/// The posterior of (beta, E, c) in one cell, a normal distribution, and the law at its mean.
///
/// beta is measured along its own column after the others were made orthogonal to it, so that it
/// is independent of the rest.
struct CellPosterior {
  /// Grid cells of the breaks; -1 where there is none.
  let first: Int
  let second: Int
  let variance: Double
  /// Share of its block.
  var share: Double
  /// beta, with ln(y - a) = beta - E t + sum c psi.
  let beta: Double
  /// Means of E, c1, c2.
  let mean: (Double, Double, Double)
  /// Whitened sum of squares of the linearised law.
  let squares: Double
  /// Inverse of the normal matrix of (E, c1, c2), row by row of its lower triangle.
  private let inverse: (Double, Double, Double, Double, Double, Double)

  init(cell: Cell, design: LinearizedDesign, prior: LawPrior, noise: Double) {
    first = cell.first
    second = cell.second
    share = cell.share
    variance = noise * noise
    let width = design.width
    let gram = design.gram
    let endPrecision = variance / (prior.endExponent.deviation * prior.endExponent.deviation)
    let changePrecision = variance / (prior.change.deviation * prior.change.deviation)
    let column1 = first + 1
    let column2 = second + 1
    let hasFirst = first >= 0
    let hasSecond = second >= 0

    // The right-hand side: products with the response h, and b = h + Lambda mu.
    let h1 = design.moment[0]
    let h2 = hasFirst ? design.moment[column1] : 0
    let h3 = hasSecond ? design.moment[column2] : 0
    let b1 = h1 + endPrecision * prior.endExponent.mean
    let b2 = hasFirst ? h2 + changePrecision * prior.change.mean : 0
    let b3 = hasSecond ? h3 + changePrecision * prior.change.mean : 0

    // L L' = G + Lambda, M = L^-1; an absent break has an infinite pivot.
    let l11 = (gram[0] + endPrecision).squareRoot()
    let l21 = hasFirst ? gram[column1] / l11 : 0
    let l22 =
      hasFirst
      ? (gram[column1 * width + column1] + changePrecision - l21 * l21).squareRoot() : .infinity
    let l31 = hasSecond ? gram[column2] / l11 : 0
    let l32 = hasSecond ? (gram[column1 * width + column2] - l31 * l21) / l22 : 0
    let l33 =
      hasSecond
      ? max(1e-300, gram[column2 * width + column2] + changePrecision - l31 * l31 - l32 * l32)
        .squareRoot() : .infinity
    let m11 = 1 / l11
    let m22 = 1 / l22
    let m33 = 1 / l33
    let m21 = -l21 * m11 * m22
    let m32 = -l32 * m22 * m33
    let m31 = -(l31 * m11 + l32 * m21) * m33

    let v11 = m11 * m11 + m21 * m21 + m31 * m31
    let v21 = m21 * m22 + m31 * m32
    let v22 = m22 * m22 + m32 * m32
    let v31 = m31 * m33
    let v32 = m32 * m33
    let v33 = m33 * m33
    inverse = (v11, v21, v22, v31, v32, v33)
    let e = v11 * b1 + v21 * b2 + v31 * b3
    let c1 = v21 * b1 + v22 * b2 + v32 * b3
    let c2 = v31 * b1 + v32 * b2 + v33 * b3
    mean = (e, c1, c2)
    beta =
      design.responseProjection - e * design.projections[0]
      - (hasFirst ? c1 * design.projections[column1] : 0)
      - (hasSecond ? c2 * design.projections[column2] : 0)
    // z'z - 2 theta'h + theta'G theta, where (G + Lambda) theta = b.
    squares =
      design.responseNorm - e * (2 * h1 - b1) - c1 * (2 * h2 - b2) - c2 * (2 * h3 - b3)
      - endPrecision * e * e - changePrecision * (c1 * c1 + c2 * c2)
  }

  /// Variance of (E, c) along a direction.
  func variance(along x: (Lanes, Lanes, Lanes)) -> Lanes {
    let diagonal = inverse.0 * x.0 * x.0 + inverse.2 * x.1 * x.1 + inverse.5 * x.2 * x.2
    let cross = inverse.1 * x.0 * x.1 + inverse.3 * x.0 * x.2 + inverse.4 * x.1 * x.2
    return variance * (diagonal + 2 * cross)
  }

  /// Writes ln of the law at the mean at every bin.
  func writeLogLaw(
    to curve: UnsafeMutablePointer<Double>, limit: Double, time: [Double], bends: [Double]
  ) {
    let count = time.count
    time.withUnsafeBufferPointer { time in
      bends.withUnsafeBufferPointer { bends in
        for bin in 0..<count { curve[bin] = beta.addingProduct(-mean.0, time[bin]) }
        if first >= 0 {
          for bin in 0..<count { curve[bin].addProduct(mean.1, bends[first * count + bin]) }
        }
        if second >= 0 {
          for bin in 0..<count { curve[bin].addProduct(mean.2, bends[second * count + bin]) }
        }
      }
    }
    guard limit > 0 else { return }
    var bin = 0
    while bin < count {
      // The last group is filled up with copies of the last bin.
      let last = count - 1
      var group = Lanes(
        curve[bin], curve[min(bin + 1, last)], curve[min(bin + 2, last)],
        curve[min(bin + 3, last)])
      group = (limit + group.exponential).logarithm
      for lane in 0..<min(4, count - bin) { curve[bin + lane] = group[lane] }
      bin += 4
    }
  }
}
