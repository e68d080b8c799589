import Glibc

extension LawResiduals {
  /// With v = a + e^g, h the objective's scale (h'' = -h'^2 on both logarithmic ones), q = h' e^g
  /// and derivatives along the direction,
  ///
  ///     h(v)'' = -(h' v')^2 + (q g')^2/q + q g''.
  ///
  /// h' v' and q g' are products of the Jacobian with the direction, and so are all terms of q g''
  /// but those of phi'', (1 - w) w (delta' + (t - delta) ln f')^2/f + (phi - (t - delta) w) ln
  /// f'^2.
  ///
  /// - Returns: false for Huber's loss, which is not supported.
  func writeCurvature(
    along direction: UnsafePointer<Double>, at theta: UnsafePointer<Double>,
    jacobian: UnsafePointer<Lanes>, to curvature: UnsafeMutablePointer<Lanes>
  ) -> Bool {
    guard threshold == nil else { return false }
    let (count, stride) = (dataLaneCount, laneCount)
    let isLogarithmic = objective != .linear
    withUnsafeTemporaryAllocation(of: MovingBreak.self, capacity: breaks) { buffer in
      var movingCount = 0
      // A break with c = 0 changes nothing.
      for first in Swift.stride(from: 3, to: parameterCount, by: 3) where theta[first] != 0 {
        buffer.initializeElement(
          at: movingCount,
          to: MovingBreak(theta + first, direction + first, jacobian + first * stride))
        movingCount += 1
      }
      let moving = buffer[..<movingCount]
      for i in 0..<count {
        // With q = 0 all terms with 1/q are 0.
        let q = jacobian[stride + i]
        let inverse = 1 / q.replacing(with: Lanes(repeating: 1), where: q .== 0)
        var byExcess = (q * direction[1]).addingProduct(jacobian[2 * stride + i], direction[2])
        var bend = Lanes.zero
        for own in moving {
          let (byOwn, ownBend) = own.derivatives(at: t[i], row: i, stride: stride, inverse)
          byExcess += byOwn
          bend += ownBend
        }
        bend.addProduct(byExcess * byExcess, inverse)
        if isLogarithmic {
          let byValue = byExcess.addingProduct(jacobian[i], direction[0])
          bend.addProduct(-byValue * byValue, inverseRootWeights[i])
        }
        curvature[i] = bend
      }
    }
    if let prior {
      for row in count..<stride { curvature[row] = .zero }
      curvature[count][0] = prior.curvature(along: direction, at: theta, breaks: breaks)
    }
    return true
  }
}

/// A break whose constants change along a direction.
private struct MovingBreak {
  private let delta: Double
  private let inverseChange: Double
  private let steepness: Double
  /// The direction's c, delta and ln f.
  private let byChange: Double
  private let byLocation: Double
  private let byWidth: Double
  /// The break's columns of the Jacobian.
  private let columns: UnsafePointer<Lanes>

  /// From the break's constants, those of the direction, and the break's first column.
  init(
    _ theta: UnsafePointer<Double>, _ direction: UnsafePointer<Double>,
    _ columns: UnsafePointer<Lanes>
  ) {
    (delta, inverseChange, steepness) = (theta[1], 1 / theta[0], exp(-theta[2]))
    (byChange, byLocation, byWidth) = (direction[0], direction[1], direction[2])
    self.columns = columns
  }

  /// The break's terms of q g' and q g'', given 1/q.
  @inline(__always)
  func derivatives(at t: Lanes, row: Int, stride: Int, _ inverse: Lanes) -> (Lanes, Lanes) {
    let (change, location) = (columns[row], columns[stride + row])
    let width = columns[2 * stride + row]
    let rest = (location * inverse).times(-inverseChange, plus: 1)
    let shift = (t - delta).times(byWidth, plus: byLocation)
    let along = (location * byLocation).addingProduct(width, byWidth)
    let bend = (width * (byWidth * byWidth))
      .addingProduct(rest * location, shift * shift * -steepness)
    return (
      along.addingProduct(change, byChange),
      bend.addingProduct(along, 2 * byChange * inverseChange)
    )
  }
}

extension ExponentPrior {
  /// The second derivative along a direction of the residual sqrt(s2 5 ln(1 + z^2/5)), with z's
  /// sign.
  fileprivate func curvature(
    along direction: UnsafePointer<Double>, at theta: UnsafePointer<Double>, breaks: Int
  ) -> Double {
    let z = (endExponent(theta, breaks: breaks) - centre) / Self.width
    let speed = endExponent(direction, breaks: breaks) / Self.width
    let nu = Self.degreesOfFreedom
    let u = z * z / nu
    // r^2 = nu ln(1 + u) twice derived; near zero r'' = -3 z/(2 nu).
    let r = (nu * log1p(u)).squareRoot()
    let slope = z / (1 + u) / r
    let bend =
      abs(z) < 1e-3
      ? -1.5 * z / nu : ((1 - u) / ((1 + u) * (1 + u)) - slope * slope) / (z < 0 ? -r : r)
    return strength.squareRoot() * bend * speed * speed
  }
}
