import Glibc

extension LawSearch {
  /// The best free law with `breaks` breaks, one of which may lie beyond the data; nil when no
  /// start leads to finite residuals.
  ///
  /// Such a break changes the data by less than any noise of a measurement: by (x/d)^(1/f), 6e-6 of
  /// its change at half of d for f = 0.06. On exact values it can still be found, by starts from
  /// the best law without it and a search over the place of the break.
  func foreseeing(breaks: Int) -> LawFit? {
    guard let usual = fit(breaks: breaks).map(polished) else { return nil }
    guard breaks > 0, let without = fit(breaks: breaks - 1).map(polished) else { return usual }
    let bounds = bounds(hasPrior: false)
    var box = bounds.box(breaks: breaks)
    // Only the last points show it, so its width is limited by their distances only.
    let lastPlaces = observations.places(along: progress).suffix(5)
    if let first = lastPlaces.first, let last = lastPlaces.last, constraints.isEmpty, first != last
    {
      box.lower[box.lower.count - 1] = min(box.lower[box.lower.count - 1], log(abs(last - first)))
    }
    var tournament = Tournament(
      starts: bounds.breaksBeyond.map { without.theta + $0 }, box: { _ in box },
      isCancelled: isCancelled)
    let residuals = LawResiduals(observations, breaks: breaks, prior: nil)
    tournament.play(residuals, isNew: true, best: .max, steps: 8)
    tournament.play(residuals, isNew: false, best: 6, steps: 200)
    guard let best = tournament.solutions.first else { return usual }
    let foreseen = describe(profiled(best, residuals, box), prior: nil)
    return foreseen.cost < usual.cost ? foreseen : usual
  }

  /// A law of exact values whose last break lies beyond them, with the best place of this break.
  func foreseen(_ fit: LawFit) -> LawFit {
    let start = LevenbergMarquardt.Solution(
      parameters: fit.theta, cost: fit.cost, iterations: 0, termination: fit.termination)
    let solution = profiled(
      start, LawResiduals(observations, breaks: fit.breaks, prior: nil),
      bounds(hasPrior: false).box(about: fit.theta))
    guard solution.cost < fit.cost else { return fit }
    var foreseen = describe(solution, prior: nil)
    foreseen.alternatives = fit.alternatives
    return foreseen
  }

  /// The least cost over the place of the last break, all else being fitted at each place.
  ///
  /// The points determine c exp(-delta/f) well and delta badly, so a descent in all constants would
  /// follow a narrow curved valley in very small steps.
  private func profiled(
    _ solution: LevenbergMarquardt.Solution, _ residuals: LawResiduals, _ box: Box
  ) -> LevenbergMarquardt.Solution {
    let last = solution.parameters.count - 3
    var best = polisher.minimize(residuals, from: solution.parameters, in: box)
    func tryBreak(at place: Double) {
      var start = best.parameters
      // Keep c exp(-delta/f) constant.
      start[last] *= exp((place - start[last + 1]) * progress.sign / exp(start[last + 2]))
      start[last + 1] = place
      var held = box
      held.lower[last + 1] = place
      held.upper[last + 1] = place
      let minimum = polisher.minimize(residuals, from: start, in: held)
      if minimum.cost < best.cost { best = minimum }
    }
    var step = 0.5 * exp(best.parameters[last + 2])
    // Growing steps while they lower the cost, then shorter and shorter ones to either side.
    for _ in 0..<60 where !isCancelled() {
      let (place, cost) = (best.parameters[last + 1], best.cost)
      for end in [place + step, place - step] where best.cost == cost {
        tryBreak(at: box.clamping(end, at: last + 1))
      }
      if best.cost == cost { step *= 0.4 }
    }
    return best
  }
}
