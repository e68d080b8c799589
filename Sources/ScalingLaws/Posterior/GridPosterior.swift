import Glibc

/// The forecast of a curve: a Bayesian average over laws with 0, 1 and 2 breaks.
///
/// Given the limit a, the breaks (delta, f) and the noise, ln y is nearly linear in the other
/// constants, so that evidence and forecast of a cell of the grid are closed forms. All cells of
/// several windows of the data and several priors are averaged; the result is a normal mixture
/// in ln y. No optimum is sought, except for a few Laplace modes of a wide prior that serve
/// curves for which the grid is too coarse.
///
/// Scaling x or y shifts the forecast and changes nothing else. The order of points does not
/// matter. Cost hardly depends on their number: beyond 96 they are binned.
struct GridPosterior: Sendable {
  private let lastLogX: Double
  private let meanLogY: Double
  private let stretch: Double
  private let tails: NoiseTails
  private let windows: [(weight: Double, posterior: WindowPosterior)]

  /// Fits a curve; nil when cancelled, and when its evidence is beyond the doubles.
  ///
  /// - Parameters:
  ///   - logX: ln x of at least one point, in any order.
  ///   - logY: ln y of each; the metric falls where it improves.
  ///   - weights: Positive relative weights (inverse variances of ln y); equal if nil.
  ///   - tails: How measurements depart from the curve, and the curve from its forecast.
  ///   - settings: The constants of the method.
  ///   - isCancelled: Polled every millisecond or so.
  init?(
    logX: [Double], logY: [Double], weights: [Double]? = nil, tails: NoiseTails = .normal,
    settings: PosteriorSettings = PosteriorSettings(), isCancelled: () -> Bool = { false }
  ) {
    let curve = SortedCurve(logX: logX, logY: logY, weights: weights)
    guard
      let pilot = WindowPosterior(
        bins: BinnedCurve(curve, most: settings.mostBins), pass: settings.pilot, mostBreaks: 2,
        withModes: false, settings: settings, isCancelled: isCancelled)
    else { return nil }
    let smooth = (time: pilot.bins.time, level: pilot.meanLogLaw())
    var windows: [(weight: Double, posterior: WindowPosterior)] = []
    for (index, window) in settings.windows.enumerated() {
      let part = curve.suffix(from: window.start)
      guard index == 0 || part.count >= 4 && curve.count < window.pointsBelow else { continue }
      guard
        let posterior = WindowPosterior(
          bins: BinnedCurve(part, most: settings.mostBins, pilot: smooth),
          pass: settings.posterior, mostBreaks: window.mostBreaks, withModes: index == 0,
          settings: settings, isCancelled: isCancelled)
      else { return nil }
      var weight = window.weight
      if index == 0 {
        weight += min(settings.mostTrust, pow(settings.trustedNoise / posterior.typicalNoise, 4))
      }
      windows.append((weight, posterior))
    }
    let total = windows.reduce(0) { $0 + $1.weight }
    self.windows = windows.map { ($0.weight / total, $0.posterior) }
    lastLogX = curve.lastLogX
    meanLogY = curve.meanLogY
    stretch = settings.stretch
    self.tails = tails
  }

  /// The forecasts of ln y at each ln x, within the data or beyond.
  ///
  /// Where `meansOnly`, their distributions are not to be used: variances cost most of the work.
  func predict(at logX: [Double], meansOnly: Bool = false) -> [PosteriorForecast] {
    var components = [[PosteriorForecast.Component]](repeating: [], count: logX.count)
    for (weight, posterior) in windows {
      let forecasts = posterior.forecasts(
        at: logX.map { $0 - lastLogX }, weight: weight, shift: meanLogY, meansOnly: meansOnly)
      for index in logX.indices { components[index] += forecasts[index] }
    }
    return components.map { PosteriorForecast(components: $0, stretch: stretch, tails: tails) }
  }

  /// The laws that carry weight, each at the mean of its cell's constants.
  ///
  /// Weights sum to nearly 1; a caller that wants draws picks laws by weight.
  func laws(atLeast least: Double = 1e-6) -> [WeightedLaw] {
    windows.flatMap { weight, posterior in
      posterior.laws(atLeast: least / weight, lastLogX: lastLogX, meanLogY: meanLogY).map { law in
        var law = law
        law.weight *= weight
        return law
      }
    }
  }
}
