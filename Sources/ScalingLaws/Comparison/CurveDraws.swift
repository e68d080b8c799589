import Glibc

/// Draws of the curve behind a forecast.
///
/// Each draw is one of the forecast's laws, everywhere the same number of standard deviations away
/// from it, so that at each x the draws are distributed as the interval of the mean says.
struct CurveDraws: Sendable {
  private let forecaster: Forecaster
  private let members: [Int]
  private let deviates: [Double]

  /// Makes draws, the same for equal seeds and streams.
  ///
  /// They are a Latin hypercube: laws and deviates are spread evenly over their distributions, and
  /// paired at random.
  init(_ forecaster: Forecaster, count: Int, seed: UInt64, stream: Int) {
    self.forecaster = forecaster
    var random = SplitMix64(seed: seed, stream: stream)
    let weights = forecaster.laws.members.map(\.weight)
    var member = 0
    var sum = weights.first ?? 0
    members = (0..<count).map { index in
      while sum < (Double(index) + 0.5) / Double(count), member + 1 < weights.count {
        member += 1
        sum += weights[member]
      }
      return member
    }.shuffled(using: &random)
    let degrees = forecaster.laws.degreesOfFreedom
    let shares = (0..<count).shuffled(using: &random).map { (Double($0) + 0.5) / Double(count) }
    let angles = (0..<count).shuffled(using: &random).map {
      2 * Double.pi * (Double($0) + 0.5) / Double(count)
    }
    deviates = zip(shares, angles).map { share, angle in
      // A Student's deviate of a radius and an angle (Bailey 1994); a normal one by Box and Muller.
      let square =
        degrees.isFinite ? degrees * (pow(share, -2 / degrees) - 1) : -2 * log(share)
      return square.squareRoot() * cos(angle)
    }
  }

  /// y of every draw where the forecast has this distribution, infinite on overflow.
  func values(of curve: StudentMixture) -> [Double] {
    zip(members, deviates).map { member, deviate in
      let law = curve.components[member]
      return forecaster.bounded(law.centre + deviate * law.scale)
    }
  }

  /// The slope of ln |y - a| against ln x beyond the last break, of every draw.
  var lastSlopes: [Double] {
    let laws = forecaster.laws
    let slopes = laws.members.map { member -> (centre: Double, scale: Double) in
      let law = member.law
      let isMirrored = laws.coordinate.sign < 0
      let slope = isMirrored ? -law.slope(afterBreaks: 0) : law.slope(afterBreaks: law.breaks.count)
      // Its derivatives by the constants, in the order of the gradient.
      var gradient = [Double](repeating: 0, count: 3 + 3 * law.breaks.count)
      gradient[2] = isMirrored ? 1 : -1
      if !isMirrored {
        for index in stride(from: 3, to: gradient.count, by: 3) { gradient[index] = -1 }
      }
      return (slope, member.scatter.map { max($0.variance(gradient), 0).squareRoot() } ?? 0)
    }
    return zip(members, deviates).map { slopes[$0].centre + $1 * slopes[$0].scale }
  }
}
