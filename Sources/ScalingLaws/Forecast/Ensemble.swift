import Glibc

/// Laws of several break counts and priors that forecast together.
///
/// Averaging the bets of simple and flexible laws forecasts better than choosing one of them,
/// because what is uncertain beyond the data is which law goes on to hold. The members, on n points:
/// a power law with a prior on the upper 70 % and on the upper 60 % of the log range (weight 1/2
/// each), a one-break law with a prior (n >= 7, weight 1), and a two-break law with a prior
/// (n >= 30), whose weight grows as the noise falls, since only then does its second break mean
/// something.
struct Ensemble: Sendable {
  struct Member: Sendable {
    let fit: LawFit
    let weight: Double
    /// The observations that the member was fitted to.
    let observations: Observations
  }

  let members: [Member]

  /// Evidence, in nats, from which the data overrule the prior.
  private static let gate = 15.0
  /// A power law of a window is dropped when its residuals exceed the others' by this factor.
  private static let tolerableExcess = 2.0

  /// The members for these observations; fewer when fits fail or points are few.
  ///
  /// - Parameters:
  ///   - search: the points and how laws are fitted to them.
  ///   - approach: says which exponent the prior expects.
  ///   - usesPrior: whether members may be drawn to usual exponents at all.
  ///   - known: free fits by number of breaks that are already known.
  init(_ search: LawSearch, approach: Approach, usesPrior: Bool, known: [Int: LawFit]) {
    let observations = search.observations
    let n = observations.count
    let centre = approach.usualExponent
    var members: [Member] = []

    var simpler: LawFit?
    for (breaks, needed) in [(1, 7), (2, 30)] where n >= needed {
      guard let free = known[breaks] ?? search.fit(breaks: breaks) else { continue }
      var fit = free
      if usesPrior,
        let drawn = Self.fit(
          search, breaks: breaks, centre: centre, noiseOf: free, simpler: simpler)
      {
        simpler = drawn
        let evidence = free.effectiveCount * log(drawn.sumOfSquares / free.sumOfSquares)
        // Without residuals there is nothing to overrule.
        if !(evidence > Self.gate) { fit = drawn }
      }
      var weight = 1.0
      if breaks == 2 {
        weight += min(pow(0.005 / max(free.rootMeanSquare, 1e-12), 4), 50)
      }
      members.append(Member(fit: fit, weight: weight, observations: observations))
    }

    let flexible = members
    for share in [0.3, 0.4] {
      let window = search.restricted(toUpper: 1 - share, atLeast: 4)
      guard let free = window.fit(breaks: 0) else { continue }
      let fit =
        usesPrior
        ? Self.fit(window, breaks: 0, centre: centre, noiseOf: free) ?? free : free
      // Where the others follow the window's points much better, a power law does not hold there.
      let others = flexible.map { member in
        window.describe(member.fit.theta).rootMeanSquare
      }
      if let best = others.min(), fit.rootMeanSquare > Self.tolerableExcess * best { continue }
      members.append(Member(fit: fit, weight: 0.5, observations: window.observations))
    }
    if members.isEmpty, let fit = known[0] ?? search.fit(breaks: 0) {
      members = [Member(fit: fit, weight: 1, observations: observations)]
    }
    let total = members.reduce(0) { $0 + $1.weight }
    self.members = members.map {
      Member(fit: $0.fit, weight: $0.weight / total, observations: $0.observations)
    }
  }

  /// How the points scatter about the member of most weight.
  var tails: NoiseTails {
    members.max { $0.weight < $1.weight }.map { NoiseTails(of: $0.fit.residuals) } ?? .normal
  }

  /// A fit with the prior, whose strength follows from the free fit's residuals; a fit with one break
  /// fewer, where it is known, saves the search for one.
  static func fit(
    _ search: LawSearch, breaks: Int, centre: Double, noiseOf free: LawFit,
    simpler: LawFit? = nil
  ) -> LawFit? {
    let rho = free.autocorrelation
    let strength = 1.5 * free.sumOfSquares / free.degreesOfFreedom * (1 + rho) / (1 - rho)
    return search.fit(
      breaks: breaks,
      prior: ExponentPrior(centre: centre, strength: strength, progress: search.progress),
      known: [free] + (simpler.map { [$0] } ?? []))
  }

  /// The forecast at t on the objective's scale: the weighted mean over the members.
  func forecast(at t: Double) -> Double {
    members.reduce(0) { sum, member in
      let frame = member.fit.frame
      return sum + member.weight
        * frame.objective.transform(member.fit.lawInFrame.value(atLogX: t), unit: frame.unit)
    }
  }
}
