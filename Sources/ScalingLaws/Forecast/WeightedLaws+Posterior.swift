import Glibc

extension WeightedLaws {
  /// The posterior over laws with up to two breaks and any limit, as a mixture over a few priors.
  ///
  /// A curve is modelled as a law, a departure from it and noise. Shapes of laws are drawn from the
  /// prior and about the modes, with importance weights: prior times evidence over the density of
  /// the draw. The noise, the departure and the linear constants are integrated in closed form.
  ///
  /// Nil when no such law fits the points and the constraints.
  ///
  /// - Parameters:
  ///   - observations: the points.
  ///   - progress: the direction of t.
  ///   - constraints: on a, b and c0, in the user's units; none on breaks.
  ///   - trust: factors of the points' weights, from a robust fit.
  ///   - isCancelled: polled during the work.
  init?(
    posteriorOf observations: Observations, progress: Progress,
    constraints: Constraints = Constraints(FitOptions()), trust: [Double]? = nil,
    isCancelled: () -> Bool = { false }
  ) {
    guard let curve = Curve(observations, progress: progress, trust: trust) else { return nil }
    let frame = observations.frame
    let pilot = Pilot(curve)
    let noises = ForecastSettings.departures.compactMap { DepartureNoise(rho: $0, curve: curve) }
    let prior = LawPrior(
      curve, pilot: pilot,
      limits: constraints.limit(in: frame).map {
        Bounds($0.lower - curve.scale.origin, $0.upper - curve.scale.origin)
      }, side: constraints.side(in: frame))
    let last = (progress == .increasing ? observations.t.last : observations.t.first) ?? 0
    let origin = frame.origin + last
    let density = ShapeDensity(
      curve: curve, pilot: pilot, prior: prior, noises: noises
    ) { constraints.restrictions(on: $0, lastLogX: origin, progress: progress, frame: frame) }
    guard noises.count == ForecastSettings.departures.count,
      let sampler = LawSampler(density, isCancelled: isCancelled)
    else { return nil }
    let chosen = Self.thinned(Self.weighted(sampler.draws), to: ForecastSettings.laws)
    let members = chosen.compactMap { choice in
      density.member(sampler.draws[choice.draw], bet: choice.bet, weight: choice.weight)
    }
    guard !members.isEmpty else { return nil }
    self.init(
      members, frame: frame, coordinate: Coordinate(sign: progress.sign, origin: origin),
      degreesOfFreedom: curve.noise.degreesOfFreedom, data: Bounds(-curve.span, 0))
    surprise = ForecastSettings.surprise
    trim = ForecastSettings.trim
    unlimited = curve.t.count <= ForecastSettings.pointsOfEveryLaw ? curve.line : nil
    leastValue = curve.scale.origin + ForecastSettings.leastShare * (pilot.values.last ?? 1)
  }

  private typealias Choice = (draw: Int, bet: Int, weight: Double)

  /// Every draw under every prior, with its weight; priors are weighted by a power of their
  /// evidence.
  private static func weighted(_ draws: [LawDraw]) -> [Choice] {
    var choices: [Choice] = []
    var best = -Double.infinity
    for draw in draws { best = max(best, draw.logWeight - draw.logProposal) }
    for (index, draw) in draws.enumerated() where draw.logWeight > -.infinity {
      for bet in Bet.all.indices {
        let logWeight = draw.logWeights[bet] - draw.logProposal - best
        // Lighter laws are negligible.
        if logWeight > -28 { choices.append((index, bet, exp(logWeight))) }
      }
    }
    var evidence = Bet.all.map { _ in 0.0 }
    for choice in choices { evidence[choice.bet] += choice.weight }
    let factors = Bet.all.indices.map { bet in
      evidence[bet] > 0
        ? pow(evidence[bet] / Bet.all[bet].weight, ForecastSettings.evidencePower - 1) : 0
    }
    for i in choices.indices { choices[i].weight *= factors[choices[i].bet] }
    let total = choices.reduce(0) { $0 + $1.weight }
    for i in choices.indices { choices[i].weight /= total }
    return choices
  }

  /// All laws with large weights, and a systematic sample of the others with equal weights.
  private static func thinned(_ choices: [Choice], to count: Int) -> [Choice] {
    let step = 1 / Double(count)
    var thinned: [Choice] = []
    var (sum, next) = (0.0, 0.5 * step)
    for choice in choices {
      if choice.weight >= step {
        thinned.append(choice)
        continue
      }
      sum += choice.weight
      while next < sum {
        thinned.append((choice.draw, choice.bet, step))
        next += step
      }
    }
    return thinned
  }
}

extension ShapeDensity {
  /// A draw under a bet as a law of the forecast.
  func member(_ draw: LawDraw, bet: Int, weight: Double) -> WeightedLaws.Member? {
    let shape = draw.shape
    let noise = noises[draw.state]
    let solved = draw.posteriors[bet]
    law.set(shape)
    law.linearize(about: solved.constants)
    var inverse = SymmetricFour()
    guard
      LinearPosterior(
        law.normal(state: draw.state), bet: Bet.all[bet],
        reference: curve.noise.isKnown ? 1 : solved.variance,
        logDeterminant: noise.logDeterminant, noise: curve.noise, restrictions: restrictions(shape),
        covariance: &inverse) != nil
    else { return nil }
    let breaks = (0..<shape.breaks).map { j in
      BrokenPowerLaw.Break(
        exponentChange: solved.constants[2 + j], logLocation: shape.location[j],
        width: exp(shape.logWidth[j]))
    }
    // The exponent before the breaks is that at the end less all changes.
    let exponent = breaks.reduce(solved.constants[1]) { $0 - $1.exponentChange }
    let law = BrokenPowerLaw(
      limit: shape.limit + curve.scale.origin, sign: shape.side > 0 ? .positive : .negative,
      logCoefficient: solved.constants[0], exponent: exponent, breaks: breaks)
    let rows = [SIMD4(1.0, 0, 0, 0), SIMD4(0, 1, -1, -1), SIMD4(0, 0, 1, 0), SIMD4(0, 0, 0, 1)]
      .prefix(2 + shape.breaks)
    let matrix = rows.flatMap { row in
      rows.map { solved.variance * (inverse.times($0) * row).sum() }
    }
    let residuals = zip(curve.t, curve.z).map { t, z in
      z - curve.scale.transform(law.value(atLogX: t) - curve.scale.origin)
    }
    guard residuals.allSatisfy(\.isFinite), matrix.allSatisfy(\.isFinite) else { return nil }
    return WeightedLaws.Member(
      weight: weight, law: law,
      scatter: .matrix(matrix, of: Array([1, 2, 3, 6].prefix(2 + shape.breaks))),
      noiseVariance: solved.variance,
      departure: .init(
        noise: noise, span: curve.span, pull: noise.solve(residuals), lastShare: lastShare))
  }
}

extension Constraints {
  /// The side of the data on which the sign of b puts the limit, as a `LawShape` says it.
  func side(in frame: Frame) -> Double? {
    guard let range = ranges[.b] else { return nil }
    let sign = range.upperBound <= 0 ? -1.0 : 1
    return frame.orientation == .direct ? sign : -sign
  }

  /// The restrictions on beta, E and c that follow from the ranges of c0 and ln|b|.
  func restrictions(
    on shape: LawShape, lastLogX: Double, progress: Progress, frame: Frame
  ) -> [LinearPosterior.Restriction] {
    guard !isEmpty else { return [] }
    let changes = SIMD4<Double>(0, 0, shape.breaks > 0 ? 1 : 0, shape.breaks > 1 ? 1 : 0)
    let places = SIMD4<Double>(0, 0, shape.location.x, shape.location.y) * changes
    let exponent =
      progress == .increasing ? SIMD4(0.0, 1, 0, 0) - changes : SIMD4(0.0, -1, 0, 0)
    let level = progress == .increasing ? SIMD4(1.0, 0, 0, 0) : SIMD4(1.0, 0, 0, 0) + places
    var restrictions: [LinearPosterior.Restriction] = []
    if let range = ranges[.c0] {
      restrictions.append(.init(coefficients: exponent, range: Bounds(range), isExponent: true))
    }
    if let range = logCoefficient(in: frame) {
      restrictions.append(
        .init(coefficients: level + exponent * lastLogX, range: range, isExponent: false))
    }
    return restrictions
  }
}
