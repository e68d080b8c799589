import Glibc

/// The weights of hypotheses within a window, from their evidence.
///
/// Between numbers of breaks and between priors the evidence is tempered once more: with m the
/// log mass of a prior h and a number of breaks b,
///
///     w(b | h) ~ p(b) exp(T_b (m_hb - max m_h)),  w(h) ~ u_h exp(T_h (ln sum_b w + max m_h)).
enum BlockWeights {
  static func weights(
    of hypotheses: [(prior: Int, breaks: Int, logMass: Double)], priorWeights: [Double],
    pass: PosteriorSettings.Pass
  ) -> [Double] {
    let kinds = pass.breakProbabilities.count
    var mass = [Double](repeating: -.infinity, count: priorWeights.count * kinds)
    for hypothesis in hypotheses {
      let place = hypothesis.prior * kinds + hypothesis.breaks
      mass[place] = logAdd(mass[place], hypothesis.logMass)
    }
    var logWeight = mass
    var priorMass = [Double](repeating: -.infinity, count: priorWeights.count)
    for prior in priorWeights.indices {
      let own = prior * kinds..<(prior + 1) * kinds
      let best = mass[own].max() ?? -.infinity
      guard best > -.infinity else { continue }
      var total = -Double.infinity
      for place in own {
        logWeight[place] =
          log(pass.breakProbabilities[place - own.lowerBound])
          + pass.powerBetweenBreaks * (mass[place] - best)
        total = logAdd(total, logWeight[place])
      }
      for place in own { logWeight[place] -= total }
      priorMass[prior] = log(priorWeights[prior]) + pass.powerBetweenPriors * (total + best)
    }
    let all = priorMass.reduce(-.infinity, logAdd)
    return hypotheses.map { hypothesis in
      let place = hypothesis.prior * kinds + hypothesis.breaks
      return exp(
        hypothesis.logMass - mass[place] + logWeight[place] + priorMass[hypothesis.prior] - all)
    }
  }
}

/// ln(e^x + e^y).
private func logAdd(_ left: Double, _ right: Double) -> Double {
  let high = max(left, right)
  return high == -.infinity ? high : high + log1p(exp(min(left, right) - high))
}
