import Glibc

/// Every constant of the grid posterior, with the reason for its value.
///
/// All domains share these values; none was chosen for a single curve. Lengths are in units of a
/// window's own range of ln x, W.
struct PosteriorSettings: Sendable {
  /// The hypotheses on which data still inform about the future.
  ///
  /// Old points may follow a law that no longer holds. The last window is too short for breaks, a
  /// bet for curves of fewer than 30 points, which do not show their breaks.
  var windows = [
    Window(start: 0, weight: 1, mostBreaks: 2),
    Window(start: 0.3, weight: 0.5, mostBreaks: 2),
    Window(start: 0.4, weight: 0.25, mostBreaks: 0, pointsBelow: 30),
  ]

  /// The noise below which old points are trusted: the full window's weight grows by
  /// (`trustedNoise` / noise)^4 ...
  var trustedNoise = 0.002

  /// ... to at most this.
  var mostTrust = 50.0

  /// The pass that draws a smooth curve through the data, about which the law is linearised.
  ///
  /// It only has to follow the data: a coarse grid, white noise, a wide prior, plain evidence.
  var pilot = Pass(
    grid: GridShape(
      locations: 12, widths: 4, smallestGap: 0.1, narrowest: 0.03, noiseLevels: 4, noiseStep: 1.5,
      discrepancy: 0),
    priors: [
      LawPrior(
        endExponent: NormalPrior(0.5, 1), change: NormalPrior(0, 1), gapPower: 1.5, shareAtZero: 0,
        endWeighting: 1, weight: 1)
    ],
    breakProbabilities: [0.3, 0.4, 0.3], power: 1, powerBetweenBreaks: 1, powerBetweenPriors: 1,
    mostCells: 6)

  /// The posterior proper.
  ///
  /// The data hardly say how far below the lowest y the limit lies, and the forecast hangs on it:
  /// two bets are held at once. No law of the family is exactly right, so that evidence is
  /// tempered wherever it compares.
  var posterior = Pass(
    grid: GridShape(), priors: [.far, .near], breakProbabilities: [0.2, 0.5, 0.3], power: 0.8,
    powerBetweenBreaks: 0.5, powerBetweenPriors: 0.5, mostCells: 6)

  /// The third prior, which only Laplace modes hold: bends and exponents that the others refuse.
  var wide = LawPrior(
    endExponent: NormalPrior(1, 2), change: NormalPrior(0, 3), gapPower: 1, shareAtZero: 0,
    endWeighting: 0.5, weight: 0.02)

  /// The wide prior starts this many nats behind, so that it speaks only where the others fail.
  var wideHandicap = 8.0

  /// Descents to Laplace modes with 0, 1 and 2 breaks ...
  var descents = [2, 2, 4]

  /// ... from cells within this many nats of the heaviest ...
  var keptStarts = 10.0

  /// ... given as many points: two free breaks follow the noise of fewer than 30.
  var pointsForDescent = [0, 0, 30]

  /// A block keeps the cells within this many nats of its best, a thousandth of it.
  var keptCells = 7.0

  /// Blocks this many nats behind the best yet of their prior and number of breaks are dropped.
  var keptBlocks = 6.0

  /// More points than this are averaged in as many equal bins of ln x.
  var mostBins = 96

  /// The distribution of the curve is stretched by this, as the coverage of measured curves asks.
  var stretch = 1.8

  /// The points from a fraction of the log range on.
  struct Window: Sendable {
    var start: Double
    var weight: Double
    var mostBreaks: Int
    /// Curves of as many points or more do without the window.
    var pointsBelow = Int.max
  }

  /// One pass over a grid.
  struct Pass: Sendable {
    var grid: GridShape
    var priors: [LawPrior]
    /// Prior probabilities of 0, 1 and 2 breaks.
    var breakProbabilities: [Double]
    /// Powers of the evidence within a number of breaks, between those, and between priors.
    var power: Double
    var powerBetweenBreaks: Double
    var powerBetweenPriors: Double
    /// Cells that a block keeps, drawn systematically.
    var mostCells: Int
  }
}

/// How finely the nonlinear constants are divided.
struct GridShape: Sendable {
  var limits = 10
  var locations = 18
  var widths = 5
  /// The smallest gap below min y, as a share of the range of y.
  var smallestGap = 0.01
  /// The narrowest break; the widest is W.
  var narrowest = 0.02
  /// Breaks lie up to this far beyond the data ...
  var beyond = 0.2
  /// ... with this probability relative to a cell within.
  var beyondProbability = 0.3
  var noiseLevels = 6
  var noiseStep = 1.3
  /// Variance of the autocorrelated departure from the law, in units of the noise variance.
  var discrepancy = 1.0
  /// Its correlation length.
  var discrepancyLength = 0.3
}

/// A prior of the law's constants.
struct LawPrior: Sendable {
  /// Of the exponent after every break.
  var endExponent: NormalPrior
  /// Of the change of exponent at a break.
  var change: NormalPrior
  /// The limit a has probability proportional to gap^gapPower, gap = 1 - a / min y.
  var gapPower: Double
  /// Probability of a = 0 over and above.
  var shareAtZero: Double
  /// Power of (y - a)/y at the last point: above zero it disfavours limits already reached.
  var endWeighting: Double
  /// Weight among the priors.
  var weight: Double

  /// The limit far below the data: curves that keep falling.
  static let far = LawPrior(
    endExponent: NormalPrior(0.6, 0.3), change: NormalPrior(0, 0.2), gapPower: 3,
    shareAtZero: 0.2, endWeighting: 1, weight: 1)

  /// The limit just below the data: curves that flatten.
  static let near = LawPrior(
    endExponent: NormalPrior(1, 0.6), change: NormalPrior(0.2, 0.2), gapPower: -3, shareAtZero: 0,
    endWeighting: 0, weight: 0.5)

  /// Probabilities of the limits with these gaps; the last is a = 0.
  func limitProbabilities(gaps: [Double]) -> [Double] {
    let mass = gaps.map { pow($0, gapPower) }
    let total = mass.reduce(0, +)
    return mass.indices.map {
      (1 - shareAtZero) * mass[$0] / total + ($0 == mass.count - 1 ? shareAtZero : 0)
    }
  }
}

/// A normal prior.
struct NormalPrior: Sendable {
  var mean: Double
  var deviation: Double

  init(_ mean: Double, _ deviation: Double) {
    self.mean = mean
    self.deviation = deviation
  }
}
