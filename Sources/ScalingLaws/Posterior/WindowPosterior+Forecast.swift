import Glibc

extension WindowPosterior {
  /// The forecasts of ln y (less its mean) at times from the last point, hypothesis by hypothesis.
  ///
  /// - Parameters:
  ///   - times: in any order; four go through the same arithmetic at once.
  ///   - weight: of this window.
  ///   - shift: is added to every mean.
  ///   - meansOnly: whether variances are left at 0.
  /// - Returns: the components at each time.
  func forecasts(at times: [Double], weight: Double, shift: Double, meansOnly: Bool)
    -> [[PosteriorForecast.Component]]
  {
    let heavy = hypotheses.filter(\.carriesWeight)
    let last = Lanes(repeating: bins.time[bins.count - 1])
    var components = [[PosteriorForecast.Component]](repeating: [], count: times.count)
    for index in components.indices { components[index].reserveCapacity(heavy.count) }
    var view: ProcessView?
    for (group, time) in times.lanes(filler: times.last ?? 0).enumerated() {
      // Beyond the last bin the process only fades, so that one set of products serves all times.
      let anchor = time.replacing(with: last, where: time .> last)
      let current: ProcessView
      if let known = view, known.anchor == anchor {
        current = known
      } else {
        current = ProcessView(anchor: anchor, noise: noise, designs: designs)
        view = current
      }
      let fade = noise.fade(over: time - anchor)
      let unexplained = noise.variance - fade * fade * current.explained
      let bends = grid.bends(at: time)
      for hypothesis in heavy {
        let noiseVariance = hypothesis.noise * hypothesis.noise
        let (mean, variance) =
          switch hypothesis.content {
          case .cells(let cells, let limit):
            forecast(
              of: cells, design: designs[limit], view: current.products[limit], bends: bends,
              time: time, fade: fade, meansOnly: meansOnly)
          case .mode(let mode, let precision):
            mode.forecast(at: time, weights: current.weights, fade: fade, precision: precision)
          }
        let scatter = variance + noiseVariance * unexplained
        for lane in 0..<min(4, times.count - 4 * group) {
          components[4 * group + lane].append(
            PosteriorForecast.Component(
              weight: weight * hypothesis.weight, mean: mean[lane] + shift,
              variance: scatter[lane], noiseVariance: noiseVariance))
        }
      }
    }
    return components
  }

  /// Mean and variance of a block: x'theta with x = q (1, -t, psi) less what the process explains.
  private func forecast(
    of cells: [CellPosterior], design: LinearizedDesign, view: ProcessView.Products,
    bends: [Lanes], time: Lanes, fade: Lanes, meansOnly: Bool
  ) -> (mean: Lanes, variance: Lanes) {
    var (mean, square, variance) = (Lanes.zero, Lanes.zero, Lanes.zero)
    let inverseConstantNorm = 1 / design.constantNorm
    bends.withUnsafeBufferPointer { bends in
      view.columns.withUnsafeBufferPointer { columns in
        design.projections.withUnsafeBufferPointer { projections in
          for cell in cells {
            let (column1, column2) = (cell.first + 1, cell.second + 1)
            var exponent = cell.beta - cell.mean.0 * time
            var departure = view.response - cell.mean.0 * columns[0]
            if cell.first >= 0 {
              exponent += cell.mean.1 * bends[cell.first]
              departure -= cell.mean.1 * columns[column1]
            }
            if cell.second >= 0 {
              exponent += cell.mean.2 * bends[cell.second]
              departure -= cell.mean.2 * columns[column2]
            }
            let power = exponent.exponential
            let level = design.limit + power
            let value = level.logarithm + fade * departure
            mean += cell.share * value
            if meansOnly { continue }
            square += cell.share * value * value
            let share = power / level
            func direction(_ slope: Lanes, _ column: Int) -> Lanes {
              share * (slope - projections[column]) - fade * columns[column]
            }
            let constant = share - fade * view.constant
            let along = cell.variance(
              along: (
                direction(-time, 0),
                cell.first >= 0 ? direction(bends[cell.first], column1) : .zero,
                cell.second >= 0 ? direction(bends[cell.second], column2) : .zero
              ))
            // The delta method means nothing beyond a factor of e^2.
            let own = cell.variance * inverseConstantNorm * constant * constant + along
            variance += cell.share * own.replacing(with: Lanes(repeating: 4), where: own .> 4)
          }
        }
      }
    }
    let spread = square - mean * mean
    return (mean, variance + spread.replacing(with: Lanes(repeating: 0), where: spread .< 0))
  }
}

/// The departure from the law at four times, as weights of the whitened residuals.
private struct ProcessView {
  struct Products {
    let response: Lanes
    let constant: Lanes
    let columns: [Lanes]
  }

  let anchor: Lanes
  /// Of each time.
  let weights: [[Double]]
  /// Variance that the data explain, in units of the noise variance.
  let explained: Lanes
  /// Products of the weights with each design's columns.
  let products: [Products]

  init(anchor: Lanes, noise: CorrelatedNoise, designs: [LinearizedDesign]) {
    self.anchor = anchor
    // Beyond the data all four are one.
    let isOne = anchor == Lanes(repeating: anchor[0])
    let weights = (0..<(isOne ? 1 : 4)).map { noise.whitenedCovariance(at: anchor[$0]) }
    func lanes(_ product: ([Double]) -> Double) -> Lanes {
      isOne
        ? Lanes(repeating: product(weights[0]))
        : Lanes(product(weights[0]), product(weights[1]), product(weights[2]), product(weights[3]))
    }
    self.weights = isOne ? [[Double]](repeating: weights[0], count: 4) : weights
    explained = lanes { dot($0, $0, $0.count) }
    // All limits have the same columns.
    let columns = designs[0].columns
    let near = (0..<columns.width).map { column in
      lanes { columns.product(of: columns.near, column, with: $0) }
    }
    let far = (0..<columns.width).map { column in
      lanes { columns.product(of: columns.far, column, with: $0) }
    }
    products = designs.map { design in
      let products = zip(near, far).map { $0.addingProduct($1, design.depth) }
      return Products(
        response: lanes { dot($0, design.response, $0.count) }, constant: products[0],
        columns: design.projections.indices.map {
          products[$0 + 1].addingProduct(products[0], -design.projections[$0])
        })
    }
  }
}
