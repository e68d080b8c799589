import Glibc

/// One law of the posterior, in the units of the data, with its weight.
struct WeightedLaw: Sendable {
  var weight: Double
  let law: BrokenPowerLaw

  /// From ln(y - a) = beta - E t + sum c psi(t), t = ln x - `lastLogX`, y in units of
  /// exp(`meanLogY`); with psi(t) = t - delta - f softplus((t - delta)/f), c0 = E - sum c.
  init(
    weight: Double, limit: Double, beta: Double, endExponent: Double,
    breaks: [(change: Double, location: Double, width: Double)], lastLogX: Double, meanLogY: Double
  ) {
    self.weight = weight
    let exponent = breaks.reduce(endExponent) { $0 - $1.change }
    law = BrokenPowerLaw(
      limit: limit * exp(meanLogY),
      logCoefficient: breaks.reduce(beta) { $0 - $1.change * $1.location } + exponent * lastLogX
        + meanLogY,
      exponent: exponent,
      breaks: breaks.map {
        .init(
          exponentChange: $0.change, logLocation: $0.location + lastLogX, sharpness: $0.width)
      })
  }
}

extension WindowPosterior {
  /// The laws of the window that carry at least a weight.
  func laws(atLeast least: Double, lastLogX: Double, meanLogY: Double) -> [WeightedLaw] {
    hypotheses.flatMap { hypothesis -> [WeightedLaw] in
      switch hypothesis.content {
      case .cells(let cells, let limit):
        cells.filter { $0.share * hypothesis.weight >= least }.map { cell in
          WeightedLaw(
            weight: hypothesis.weight * cell.share, limit: designs[limit].limit, beta: cell.beta,
            endExponent: cell.mean.0,
            breaks: [(cell.first, cell.mean.1), (cell.second, cell.mean.2)].filter { $0.0 >= 0 }
              .map { ($0.1, grid.location(of: $0.0), grid.width(of: $0.0)) },
            lastLogX: lastLogX, meanLogY: meanLogY)
        }
      case .mode(let mode, _) where hypothesis.weight >= least:
        [
          WeightedLaw(
            weight: hypothesis.weight, limit: mode.limit, beta: mode.constants[1],
            endExponent: mode.constants[2],
            breaks: stride(from: 3, to: mode.constants.count, by: 3).map {
              (mode.constants[$0], mode.constants[$0 + 1], exp(mode.constants[$0 + 2]))
            }, lastLogX: lastLogX, meanLogY: meanLogY)
        ]
      case .mode: []
      }
    }
  }
}
