import Glibc

extension WindowPosterior {
  /// The forecasts of ln y (less its mean) at times from the last point, hypothesis by hypothesis.
  func forecasts(at times: [Double]) -> [[PosteriorForecast.Component]] {
    var view: ProcessView?
    return times.map { time in
      // Beyond the last bin the process only fades, so that one set of products serves all times.
      let anchor = min(time, bins.time[bins.count - 1])
      let current: ProcessView
      if let known = view, known.anchor == anchor {
        current = known
      } else {
        current = ProcessView(anchor: anchor, noise: noise, designs: designs)
        view = current
      }
      let fade = noise.fade(over: time - anchor)
      let unexplained = noise.variance - fade * fade * current.explained
      let bends = (0..<grid.count).map {
        bend(at: time, location: grid.location(of: $0), width: grid.width(of: $0))
      }
      return hypotheses.compactMap { hypothesis in
        guard hypothesis.carriesWeight else { return nil }
        let noiseVariance = hypothesis.noise * hypothesis.noise
        let (mean, variance) =
          switch hypothesis.content {
          case .cells(let cells, let limit):
            forecast(
              of: cells, design: designs[limit], view: current.products[limit], bends: bends,
              time: time, fade: fade)
          case .mode(let mode, let precision):
            mode.forecast(at: time, weights: current.weights, fade: fade, precision: precision)
          }
        return PosteriorForecast.Component(
          weight: hypothesis.weight, mean: mean, variance: variance + noiseVariance * unexplained,
          noiseVariance: noiseVariance)
      }
    }
  }

  /// Mean and variance of a block: x'theta with x = q (1, -t, psi) less what the process explains.
  private func forecast(
    of cells: [CellPosterior], design: LinearizedDesign, view: ProcessView.Products,
    bends: [Double], time: Double, fade: Double
  ) -> (mean: Double, variance: Double) {
    var mean = 0.0
    var square = 0.0
    var variance = 0.0
    for cell in cells {
      let column1 = cell.first + 1
      let column2 = cell.second + 1
      var exponent = cell.beta - cell.mean.0 * time
      var departure = view.response - cell.mean.0 * view.columns[0]
      if cell.first >= 0 {
        exponent += cell.mean.1 * bends[cell.first]
        departure -= cell.mean.1 * view.columns[column1]
      }
      if cell.second >= 0 {
        exponent += cell.mean.2 * bends[cell.second]
        departure -= cell.mean.2 * view.columns[column2]
      }
      let power = exp(min(700, max(-700, exponent)))
      let level = design.limit + power
      let share = power / level
      func direction(_ slope: Double, _ column: Int) -> Double {
        share * (slope - design.projections[column]) - fade * view.columns[column]
      }
      let constant = share - fade * view.constant
      let along = cell.variance(
        along: (
          direction(-time, 0), cell.first >= 0 ? direction(bends[cell.first], column1) : 0,
          cell.second >= 0 ? direction(bends[cell.second], column2) : 0
        ))
      let value = log(level) + fade * departure
      mean += cell.share * value
      square += cell.share * value * value
      // The delta method means nothing beyond a factor of e^2.
      variance +=
        cell.share * min(4, cell.variance * constant * constant / design.constantNorm + along)
    }
    return (mean, variance + max(0, square - mean * mean))
  }
}

/// The departure from the law at one time, as weights of the whitened residuals.
private struct ProcessView {
  struct Products {
    let response: Double
    let constant: Double
    let columns: [Double]
  }

  let anchor: Double
  let weights: [Double]
  /// Variance that the data explain, in units of the noise variance.
  let explained: Double
  /// Products of the weights with each design's columns.
  let products: [Products]

  init(anchor: Double, noise: CorrelatedNoise, designs: [LinearizedDesign]) {
    self.anchor = anchor
    let weights = noise.whitenedCovariance(at: anchor)
    self.weights = weights
    explained = dot(weights, weights, weights.count)
    products = designs.map { design in
      func product(_ column: Int) -> Double {
        design.columns.product(column, with: weights, depth: design.depth)
      }
      let constant = product(0)
      return Products(
        response: dot(weights, design.response, weights.count), constant: constant,
        columns: design.projections.indices.map {
          product($0 + 1) - design.projections[$0] * constant
        })
    }
  }
}
