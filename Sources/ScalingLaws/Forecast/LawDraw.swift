import Glibc

/// A shape of a law with its posterior under every prior.
struct LawDraw: Sendable {
  var shape: LawShape
  /// Index of the state of the departure.
  let state: Int
  var posteriors = InlineArray<3, LinearPosterior>(repeating: LinearPosterior())
  /// ln of prior times evidence under each bet.
  var logWeights = SIMD3<Double>(repeating: -.infinity)
  /// ln of the sum over bets.
  var logWeight = -Double.infinity
  /// ln of the density from which the shape was drawn, times the number of draws.
  var logProposal = 0.0

  /// The prior with the largest weight.
  var bestBet: Int { Bet.all.indices.max { logWeights[$0] < logWeights[$1] } ?? 0 }
}

/// The posterior density of shapes: prior times the evidence of their linear constants.
struct ShapeDensity {
  let curve: Curve
  let prior: LawPrior
  let law: LinearLaw
  let noises: [DepartureNoise]
  let logStates: [Double]
  let restrictions: @Sendable (LawShape) -> [LinearPosterior.Restriction]
  /// The relative slope of the objective's scale at the last value, as a share of the usual one: 1
  /// for logarithms.
  let lastShare: Double
  private let noise: Curve.Noise
  private let firstReference: Double
  private let departureScale: Double

  init(
    curve: Curve, pilot: Pilot, prior: LawPrior, noises: [DepartureNoise],
    restrictions: @escaping @Sendable (LawShape) -> [LinearPosterior.Restriction]
  ) {
    self.curve = curve
    self.prior = prior
    self.noises = noises
    self.restrictions = restrictions
    law = LinearLaw(curve, pilot: pilot, noises: noises)
    let some =
      (1 - ForecastSettings.probabilityOfNoDeparture)
      / Double(ForecastSettings.departures.count - 1)
    logStates = noises.map { log($0.rho == 0 ? ForecastSettings.probabilityOfNoDeparture : some) }
    noise = curve.noise
    firstReference =
      curve.noise.isKnown ? 1 : ForecastSettings.leastScatter * ForecastSettings.leastScatter
    let sizes = pilot.values.map { abs($0 * curve.scale.derivative($0)) }
    let usual = sizes.reduce(0, +) / Double(sizes.count)
    let share = curve.scale.hasNaturalZero ? min(1, (sizes.last ?? 1) / usual) : 1
    lastShare = share.isFinite ? share : 1
    let values = pilot.values.map(curve.scale.transform)
    departureScale = max((values.max() ?? 0) - (values.min() ?? 0), 1e-9)
  }

  /// Evaluates a draw about the pilot's values.
  func evaluate(_ draw: inout LawDraw, refinements: Int) {
    guard prior.admits(draw.shape) else {
      draw.logWeight = -.infinity
      return
    }
    law.set(draw.shape)
    weigh(&draw, isFirst: true)
    for _ in 0..<refinements { relinearize(&draw) }
  }

  /// Evaluates a draw once more, about its own law.
  func refine(_ draw: inout LawDraw) {
    law.set(draw.shape)
    relinearize(&draw)
  }

  private func relinearize(_ draw: inout LawDraw) {
    guard draw.logWeight > -.infinity else { return }
    law.linearize(about: draw.posteriors[draw.bestBet].constants)
    weigh(&draw, isFirst: false)
  }

  private func weigh(_ draw: inout LawDraw, isFirst: Bool) {
    let normal = law.normal(state: draw.state)
    let (rho, logDeterminant) = (noises[draw.state].rho, noises[draw.state].logDeterminant)
    let relations = restrictions(draw.shape)
    func solve(_ bet: Int, reference: Double) -> LinearPosterior? {
      LinearPosterior(
        normal, bet: Bet.all[bet], reference: reference, logDeterminant: logDeterminant,
        noise: noise, restrictions: relations)
    }
    var reference = firstReference
    if isFirst, !noise.isKnown, let first = solve(0, reference: reference) {
      reference = first.variance
    }
    for bet in Bet.all.indices {
      draw.logWeights[bet] = -.infinity
      if !isFirst, draw.posteriors[bet].variance > 0 { reference = draw.posteriors[bet].variance }
      guard let posterior = solve(bet, reference: reference) else { continue }
      draw.posteriors[bet] = posterior
      draw.logWeights[bet] =
        posterior.logEvidence + prior.logDensity(draw.shape, bet: bet) + logStates[draw.state]
      if noise.isKnown {
        // With known noise, limit the size of a departure.
        let ratio = rho / 3 / pow(ForecastSettings.usualDeparture * departureScale, 2)
        draw.logWeights[bet] -= log1p(ratio)
      }
    }
    let best = draw.logWeights.max()
    draw.logWeight = best
    if best > -.infinity {
      draw.logWeight += log(Bet.all.indices.reduce(0) { $0 + exp(draw.logWeights[$1] - best) })
    }
  }
}

/// The nonlinear constants of a law: its limit, and the locations and widths of its breaks.
///
/// f(t) = a + side e^g(t), g(t) = beta - E t + sum_j c_j (t - f_j softplus((t - d_j)/f_j)):
/// E is the exponent after all breaks; breaks change g before their location only.
struct LawShape: Sendable {
  /// +1: the law falls to its limit; -1: it lies below a ceiling.
  var side = 1.0
  /// ln of the e-folds between the data and the limit; nil: the limit is the farthest possible.
  var logFolds: Double?
  /// a, as a value f.
  var limit = 0.0
  var breaks = 0
  /// d of each break.
  var location = SIMD2<Double>.zero
  /// ln f of each break.
  var logWidth = SIMD2<Double>.zero

  /// How many constants it has.
  var dimension: Int { (logFolds == nil ? 0 : 1) + 2 * breaks }

  /// Whether two shapes have the same number of breaks, side and kind of limit.
  func isOfClass(of other: LawShape) -> Bool {
    breaks == other.breaks && side == other.side && (logFolds == nil) == (other.logFolds == nil)
  }

  /// The constants as a vector: ln of the e-folds, then d and ln f of each break.
  var coordinates: [Double] {
    var vector: [Double] = logFolds.map { [$0] } ?? []
    for j in 0..<breaks { vector += [location[j], logWidth[j]] }
    return vector
  }

  /// The shape with other constants; its limit must be set by `LawPrior.completed`.
  func at(_ coordinates: [Double]) -> LawShape {
    var shape = self
    var next = 0
    if logFolds != nil {
      shape.logFolds = coordinates[0]
      next = 1
    }
    for j in 0..<breaks {
      shape.location[j] = coordinates[next + 2 * j]
      shape.logWidth[j] = coordinates[next + 2 * j + 1]
    }
    return shape
  }

  /// The two breaks in the other order.
  var withBreaksExchanged: LawShape {
    var shape = self
    shape.location = SIMD2(location.y, location.x)
    shape.logWidth = SIMD2(logWidth.y, logWidth.x)
    return shape
  }
}
