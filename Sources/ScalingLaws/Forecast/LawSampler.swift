import Glibc

/// Laws drawn for a curve: from the prior by a fixed sequence, and around the modes of the
/// posterior.
struct LawSampler {
  let density: ShapeDensity
  private(set) var draws: [LawDraw] = []
  private var modes: [LawMode] = []
  /// The numbers of shapes drawn from the prior, by number of breaks, for laws with and without a
  /// finite limit.
  private var counts: [[Double]] = [[0, 0], [0, 0], [0, 0]]

  private var prior: LawPrior { density.prior }

  /// Nil when no law has a finite evidence, or on cancellation.
  init?(_ density: ShapeDensity, isCancelled: () -> Bool) {
    self.density = density
    drawFromPrior()
    if isCancelled() { return nil }
    evaluate(isCancelled: isCancelled)
    if isCancelled() { return nil }
    findModes(isCancelled: isCancelled)
    if isCancelled() { return nil }
    drawFromModes()
    guard draws.contains(where: { $0.logWeight > -.infinity }) else { return nil }
  }

  // MARK: From the prior

  /// The steps of a low-discrepancy sequence in five dimensions (powers of the root of x^6 = x +
  /// 1), and of another one for the states of the departure.
  private static let steps = [
    0.8566748838545029, 0.733891856627126, 0.6287067210378087, 0.5385972572236101,
    0.4614019630040106, 0.3952708,
  ]

  private mutating func drawFromPrior() {
    let states = density.noises.count
    for breaks in 0...prior.mostBreaks {
      let total = ForecastSettings.draws[breaks]
      let farthest = prior.sides.contains { $0.farthest != nil }
      let finite = prior.sides.contains { $0.logFolds != nil }
      let without = !finite ? total : !farthest ? 0 : breaks == 0 ? 2 : total / 3
      for i in 0..<total {
        let u = Self.steps.map { (0.5 + Double(i + 1) * $0).truncatingRemainder(dividingBy: 1) }
        let side = prior.sides[i % prior.sides.count]
        var shape = LawShape(side: side.side, breaks: breaks)
        if i >= without {
          guard let range = side.logFolds else { continue }
          let share =
            breaks == 0 ? (Double(i - without) + 0.5) / Double(total - without) : u[4]
          shape.logFolds = range.upper - share * range.width
        } else if side.farthest == nil || (breaks == 0 && i >= prior.sides.count) {
          continue
        }
        for j in 0..<breaks {
          shape.location[j] = Self.place(u[2 * j], prior.location)
          shape.logWidth[j] = Self.place(u[2 * j + 1], prior.logWidth)
        }
        shape = prior.completed(shape)
        let turn = (u[5] + 0.37 * Double(i)).truncatingRemainder(dividingBy: 1)
        let own = breaks == 0 ? Array(0..<states) : [min(Int(turn * Double(states)), states - 1)]
        for state in own { draws.append(LawDraw(shape: shape, state: state)) }
        counts[breaks][shape.logFolds == nil ? 0 : 1] += Double(own.count)
      }
    }
    for i in draws.indices { draws[i].logProposal = logPriorProposal(draws[i].shape) }
  }

  private static func place(_ share: Double, _ range: Bounds) -> Double {
    range.lower + share * range.width
  }

  /// ln of the number of draws from the prior's sequence, times their density.
  private func logPriorProposal(_ shape: LawShape) -> Double {
    var sum = log(counts[shape.breaks][shape.logFolds == nil ? 0 : 1])
    sum -= log(Double(density.noises.count)) + log(Double(prior.sides.count))
    if shape.logFolds != nil,
      let range = prior.sides.first(where: { $0.side == shape.side })?.logFolds
    {
      sum -= log(range.width)
    }
    sum += Double(shape.breaks) * prior.logDensityOfBreak
    return shape.breaks == 2 ? sum + log(2) : sum
  }

  /// Evaluates all draws, and those with large weights more exactly.
  private mutating func evaluate(isCancelled: () -> Bool) {
    for i in draws.indices {
      // Some hundred evaluations take about a millisecond.
      if i % 128 == 0, isCancelled() { return }
      density.evaluate(&draws[i], refinements: 0)
    }
    for cut in ForecastSettings.cuts {
      var best = SIMD3<Double>(repeating: -.infinity)
      for draw in draws where draw.logWeight > -.infinity {
        best = pointwiseMax(best, draw.logWeights - draw.logProposal)
      }
      for i in draws.indices where draws[i].logWeight > -.infinity {
        if any((draws[i].logWeights - draws[i].logProposal) .> (best - SIMD3(repeating: cut))) {
          density.refine(&draws[i])
        } else {
          draws[i].logWeight = -.infinity
        }
      }
    }
  }

  // MARK: From the modes

  private mutating func findModes(isCancelled: () -> Bool) {
    var top = -Double.infinity
    for draw in draws { top = max(top, draw.logWeight) }
    let states = stateWeights
    for breaks in 0...prior.mostBreaks {
      let candidates = draws.indices.filter {
        draws[$0].shape.breaks == breaks && draws[$0].logWeight > -.infinity
          && draws[$0].shape.dimension > 0
      }.sorted { (-draws[$0].logWeight, $0) < (-draws[$1].logWeight, $1) }
      var starts: [LawShape] = []
      for index in candidates where starts.count < ForecastSettings.modes[breaks] {
        if isCancelled() { return }
        let draw = draws[index]
        guard starts.allSatisfy({ !isClose($0, draw.shape) }) else { continue }
        starts.append(draw.shape)
        let least = top - ForecastSettings.deepestMode
        guard let mode = LawMode(from: draw, density: density, atLeast: least, states: states)
        else { continue }
        top = max(top, mode.logWeight)
        modes.append(mode)
      }
    }
  }

  /// Whether two starts are so close that they lead to the same mode.
  private func isClose(_ a: LawShape, _ b: LawShape) -> Bool {
    guard a.isOfClass(of: b) else { return false }
    return (0..<a.breaks).allSatisfy {
      abs(a.location[$0] - b.location[$0]) < ForecastSettings.oneMode.places * density.curve.span
        && abs(a.logWidth[$0] - b.logWidth[$0]) < ForecastSettings.oneMode.logWidths
    }
  }

  /// The probabilities of the states of the departure for draws about a mode: partly by their
  /// weights so far, partly even.
  private var stateWeights: [Double] {
    var sums = [Double](repeating: 0, count: density.noises.count)
    var best = -Double.infinity
    for draw in draws { best = max(best, draw.logWeight - draw.logProposal) }
    for draw in draws { sums[draw.state] += exp(draw.logWeight - draw.logProposal - best) }
    let total = sums.reduce(0, +)
    let even = ForecastSettings.statesDrawnEvenly
    return sums.map { (1 - even) * $0 / total + even / Double(sums.count) }
  }

  private mutating func drawFromModes() {
    for (number, mode) in modes.enumerated() {
      var random = SplitMix64(seed: 0, stream: number)
      for i in 0..<ForecastSettings.drawsOfMode {
        let state = mode.state(random.uniform())
        let coordinates = i == 0 ? mode.centre : mode.draw(&random)
        var draw = LawDraw(
          shape: prior.completed(mode.shape.at(coordinates)), state: state)
        density.evaluate(&draw, refinements: 2)
        draw.logProposal = logPriorProposal(draw.shape)
        draws.append(draw)
      }
    }
    let log48 = log(Double(ForecastSettings.drawsOfMode))
    for i in draws.indices where draws[i].logWeight > -.infinity {
      let (shape, state) = (draws[i].shape, draws[i].state)
      var sum = 1.0
      for mode in modes where mode.shape.isOfClass(of: shape) {
        let scale = log48 + log(mode.states[state]) - draws[i].logProposal
        sum += exp(scale + mode.logDensity(shape.coordinates))
        if shape.breaks == 2 {
          sum += exp(scale + mode.logDensity(shape.withBreaksExchanged.coordinates))
        }
      }
      draws[i].logProposal += log(sum)
    }
  }
}
