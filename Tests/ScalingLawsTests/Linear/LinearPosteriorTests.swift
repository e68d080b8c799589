import Glibc
import Testing

@testable import ScalingLaws

/// A law with a = 0 and no break is linear in beta and E, so that its evidence is exact.
@Suite("Evidence and constants of a law whose shape is given")
struct LinearPosteriorTests {
  private func curve(sigma: Double? = nil) throws -> Curve {
    let x: [Double] = [1, 2, 4, 8, 16]
    let y = [2.0, 1.7, 1.28, 1.1, 0.86]
    let points = try Points(
      x: x, y: y, noise: sigma.map { s in .standardErrors(y.map { $0 * s }) } ?? .unknown)
    let frame = Frame(points: points, orientation: .direct, objective: .automatic)
    return try #require(Curve(Observations(points, in: frame), progress: .increasing))
  }

  private static let reference = 0.0004

  private func posterior(_ curve: Curve, rho: Double, _ bet: Bet) throws -> LinearPosterior {
    let noise = try #require(DepartureNoise(rho: rho, curve: curve))
    let law = LinearLaw(curve, pilot: Pilot(curve), noises: [noise])
    law.set(LawShape())
    return try #require(
      LinearPosterior(
        law.normal(state: 0), bet: bet, reference: curve.noise.isKnown ? 1 : Self.reference,
        logDeterminant: noise.logDeterminant, noise: curve.noise))
  }

  /// ln of the integral of likelihood times prior over beta, E and, where it is unknown, the
  /// variance of the noise, by summation.
  private func integral(_ curve: Curve, rho: Double, _ bet: Bet) throws -> Double {
    let noise = try #require(DepartureNoise(rho: rho, curve: curve))
    let n = Double(curve.t.count)
    var sum = 0.0
    let steps = 240
    // Each variance with its unit of E's prior, which is in units of the noise, N(mean, variance
    // deviation^2/reference), and all factors that do not depend on beta and E.
    let variances: [(value: Double, unit: Double, weight: Double)] =
      curve.noise.isKnown
      ? [(1, 1, 1)]
      : (0..<400).map { i in
        // Even in ln of the variance; the inverse gamma prior of one point at the least scatter.
        let logVariance = -18 + 18 * (Double(i) + 0.5) / 400
        let variance = exp(logVariance)
        let scatter = ForecastSettings.leastScatter * ForecastSettings.leastScatter
        let unit = variance / Self.reference
        let prior = exp(-0.5 * logVariance - 0.5 * scatter / variance) * 18 / 400
        return (variance, unit, prior / pow(variance, n / 2) / unit.squareRoot())
      }
    for i in 0..<steps {
      let beta = -2 + 3 * (Double(i) + 0.5) / Double(steps)
      for j in 0..<steps {
        let exponent = -1 + 3 * (Double(j) + 0.5) / Double(steps)
        let residuals = zip(curve.t, curve.z).map { t, z in z - beta + exponent * t }
        let squares = noise.whitened(residuals).reduce(0) { $0 + $1 * $1 }
        let z = (exponent - bet.exponent.mean) / bet.exponent.deviation
        for (variance, unit, weight) in variances {
          sum += weight * exp(-0.5 * squares / variance - 0.5 * z * z / unit)
        }
      }
    }
    return log(sum) - 0.5 * noise.logDeterminant
  }

  @Test("evidence is the integral over the constants and the noise", arguments: [nil, 0.03])
  func evidence(sigma: Double?) throws {
    let curve = try curve(sigma: sigma)
    let bets = [
      Bet(weight: 1, exponent: (0.4, 0.7), change: (0, 1), limit: ForecastSettings.far.limit),
      Bet(weight: 1, exponent: (0.8, 0.1), change: (0, 1), limit: ForecastSettings.far.limit),
    ]
    var differences: [Double] = []
    for bet in bets {
      for rho in [0.0, 3] {
        // Up to a constant that all share, but for the prior's own scale.
        let own = try posterior(curve, rho: rho, bet).logEvidence + log(bet.exponent.deviation)
        differences.append(own - (try integral(curve, rho: rho, bet)))
      }
    }
    for difference in differences.dropFirst() {
      #expect(abs(difference - differences[0]) < 0.01, "\(differences)")
    }
  }

  @Test("a fixed exponent is kept exactly, and a bound only where it is violated")
  func restrictions() throws {
    let curve = try curve()
    let noise = try #require(DepartureNoise(rho: 0, curve: curve))
    let law = LinearLaw(curve, pilot: Pilot(curve), noises: [noise])
    law.set(LawShape())
    func exponent(in range: ClosedRange<Double>?) throws -> Double {
      try #require(
        LinearPosterior(
          law.normal(state: 0), bet: ForecastSettings.far, reference: Self.reference,
          logDeterminant: noise.logDeterminant, noise: curve.noise,
          restrictions: range.map {
            [.init(coefficients: SIMD4(0, 1, 0, 0), range: Bounds($0), isExponent: true)]
          } ?? [])
      ).constants[1]
    }
    let free = try exponent(in: nil)
    #expect(abs(try exponent(in: 0.5...0.5) - 0.5) < 1e-12)
    #expect(try exponent(in: -1...2) == free)
    #expect(abs(try exponent(in: 0.6...2) - 0.6) < 1e-12)
  }
}
