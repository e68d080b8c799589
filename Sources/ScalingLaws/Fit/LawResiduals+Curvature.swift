import Glibc

extension LawResiduals {
  /// With v = a + e^g, h the objective's scale (h'' = -h'^2 on both logarithmic ones), q = h' e^g
  /// and derivatives along the direction,
  ///
  ///     h(v)'' = -(h' v')^2 + (q g')^2/q + q g''.
  ///
  /// h' v' and q g' are products of the Jacobian with the direction. So is all of q g'' but what
  /// phi'' brings, (1 - w) w (delta' + (t - delta) ln f')^2/f + (phi - (t - delta) w) ln f'^2.
  ///
  /// - Returns: false for Huber's loss, whose bends it does not know.
  func writeCurvature(
    along direction: UnsafePointer<Double>, at theta: UnsafePointer<Double>,
    jacobian: UnsafePointer<Lanes>, to curvature: UnsafeMutablePointer<Lanes>
  ) -> Bool {
    guard threshold == nil else { return false }
    let (count, stride) = (dataLaneCount, laneCount)
    /// 1/q; where there is no excess there is nothing that it could multiply.
    @inline(__always) func inverse(_ q: Lanes) -> Lanes {
      1 / q.replacing(with: Lanes(repeating: 1), where: q .== 0)
    }
    for i in 0..<count { curvature[i] = .zero }
    // A break without change of exponent does not move.
    for first in Swift.stride(from: 3, to: parameterCount, by: 3) where theta[first] != 0 {
      let (inverseChange, delta) = (1 / theta[first], theta[first + 1])
      let steepness = exp(-theta[first + 2])
      let relativeChange = 2 * direction[first] * inverseChange
      let (byLocation, bySharpness) = (direction[first + 1], direction[first + 2])
      let locations = jacobian + (first + 1) * stride
      let sharpnesses = locations + stride
      t.withUnsafeBufferPointer { t in
        for i in 0..<count {
          let (location, sharpness) = (locations[i], sharpnesses[i])
          let rest = 1 - location * inverse(jacobian[stride + i]) * inverseChange
          let shift = (t[i] - delta) * bySharpness + byLocation
          let along = location * byLocation + sharpness * bySharpness
          let bend =
            sharpness * (bySharpness * bySharpness) - rest * location * shift * shift * steepness
          curvature[i] += along * relativeChange + bend
        }
      }
    }
    inverseRootWeights.withUnsafeBufferPointer { inverseRootWeights in
      let isLogarithmic = objective != .linear
      for i in 0..<count {
        var byExcess = Lanes.zero
        for column in 1..<parameterCount {
          byExcess += jacobian[column * stride + i] * direction[column]
        }
        curvature[i] += byExcess * byExcess * inverse(jacobian[stride + i])
        guard isLogarithmic else { continue }
        let byValue = byExcess + jacobian[i] * direction[0]
        curvature[i] -= byValue * byValue * inverseRootWeights[i]
      }
    }
    if let prior {
      for row in count..<stride { curvature[row] = .zero }
      curvature[count][0] = prior.curvature(along: direction, at: theta, breaks: breaks)
    }
    return true
  }
}

extension ExponentPrior {
  /// The second derivative along a direction of the residual sqrt(s2 5 ln(1 + z^2/5)), with z's sign.
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
