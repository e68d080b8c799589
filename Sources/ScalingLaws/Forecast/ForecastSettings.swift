/// Every number of the forecast that was chosen, not derived.
///
/// Chosen on the development halves of twelve domains of measured curves; nothing is set for one
/// domain or one task. Lengths of t are in units of the span W of the points, t in ln x.
enum ForecastSettings {
  // MARK: The departure of a curve from its law, and the noise

  /// rho: the variance of the law's slope over the span, in units of the noise variance. Below 1 it
  /// is no departure, above 1,000 mere interpolation.
  static let departures: [Double] = [0, 1, 10, 100, 1000]
  /// The prior probability of no departure; the other states share the rest. Measured curves hardly tell
  /// it from a tenth (their log score prefers it, whichever domain is left out), but intervals of
  /// curves that follow a law are a tenth to a third narrower with it.
  static let probabilityOfNoDeparture = 0.3
  /// The variance of the slope's walk is so many times larger ahead than it was seen to be: surprises are
  /// not in the sample.
  static let departureAhead = 6.0
  /// kappa: the share of the foretold change that is uncertain. It costs a flat curve nothing, and is
  /// what a smooth short curve cannot tell of its own future. Less than 0.15 leaves too few points of
  /// training curves inside, more than 0.2 is wider than simulated laws with known noise need.
  static let surprise = 0.17
  /// Scatter that one prior point of noise has, on the objective's scale: the smallest of real curves.
  static let leastScatter = 0.001
  /// How many points the prior of the noise counts for; proper, so that three points are enough.
  static let scatterPoints = 1.0
  /// With known noise: departures of this share of the range of y are usual. Unknown noise is tied to
  /// the data by itself.
  static let usualDeparture = 0.1

  /// A point of a training run this many usual departures from its neighbours is a spike: normal noise
  /// does not come there. Fewer points than `pointsForSpikes` show no usual departure.
  static let spike = 6.0
  static let pointsForSpikes = 20

  // MARK: Bets

  /// About as much is left as was done, and at least two e-folds are the scale: a curve that fell by
  /// little says nothing of its limit. The shape 3 keeps limits just below the data improbable, which
  /// all curves that are trained with a cooldown would pay for.
  private static let distantLimit = Bet.Limit(share: 1, leastFolds: 2, shape: 3)
  /// The curve keeps falling with a usual exponent, which changes little at breaks.
  static let far = Bet(
    weight: 0.75, exponent: (0.3, 0.7), change: (-0.05, 0.25), limit: distantLimit)
  /// The curve has levelled off: limits close to the last value, at all scales alike.
  static let near = Bet(
    weight: 0.2, exponent: (0.8, 0.6), change: (0.2, 0.25),
    limit: Bet.Limit(share: 0.0025, leastFolds: 0, shape: 1))
  /// Breaks and steep laws that the others refuse.
  static let sharp = Bet(weight: 0.05, exponent: (3, 6), change: (0, 6), limit: distantLimit)
  /// The evidence of a bet counts with this power: whether a curve levels off is decided by what
  /// follows, and the evidence on it misleads, but a bet that cannot follow the data loses all the same.
  static let evidencePower = 0.15

  // MARK: Limits and breaks

  /// The nearest limit lies this share of the curve's e-folds below it.
  static let nearestLimit = near.limit.share
  /// e-folds of a curve that does not change at all.
  static let leastFolds = 0.002
  /// Limits beyond 2 R + 4 e-folds are as good as none.
  static let farthestLimit = (factor: 2.0, offset: 4.0)
  /// Half of the laws of a rising metric without a ceiling have one, half grow without bound.
  static let probabilityOfCeiling = 0.5
  /// A curve rises when its last value exceeds the first and this share of the largest.
  static let risingShare = 0.7
  /// The probabilities of no, one and two breaks (a third each forecasts as well).
  static let breakProbabilities = [0.1, 0.5, 0.4]
  /// Points from which laws have no, one and two breaks.
  static let pointsForBreaks = [0, 6, 10]
  /// Breaks lie among the points or so far beyond: later ones leave no trace.
  static let breaksBeyond = 0.2
  /// The sharpest break; the widest is as wide as the span.
  static let sharpestBreak = 0.035

  // MARK: The average

  /// The share of the laws' weight at either end that the centre leaves out: a bet of 4 % that
  /// flattens a steep curve at once would move the mean by 4 % of seven e-folds.
  static let trim = 0.1

  /// So few points lie on a power law with a limit: no noise can be told from any of them, and intervals
  /// reach from the power law without a limit to the last value.
  static let pointsOfEveryLaw = 3
  /// Laws below a ceiling do not fall under this share of the last value: they tell of a rise.
  static let leastShare = 0.05

  // MARK: How finely it is computed: more changes no forecast by more than curves differ anyway

  /// Bins of a curve with more points.
  static let bins = 48
  /// Laws drawn from the prior with no, one and two breaks.
  static let draws = [48, 500, 1000]
  /// Modes from which laws are drawn, with no, one and two breaks, and how many from each.
  static let modes = [1, 2, 4]
  static let drawsOfMode = 48
  /// Modes lower than the highest by more nats carry no weight; starts so near to each other, in units of
  /// the span and in ln f, lead to one.
  static let deepestMode = 8.0
  static let oneMode = (places: 0.12, logWidths: 1.5)
  /// The descent to a mode ends where all corners agree within so many nats, and begins anew so often.
  static let simplex = (tolerance: 0.02, rounds: 4)
  /// Degrees of freedom of the draws about a mode: tails heavier than the posterior's bound the weights.
  static let tailsOfMode = 5.0
  /// The share of those draws that is even over the states of the departure, not by their weight so far.
  static let statesDrawnEvenly = 0.4
  /// Laws that lose by more nats are not linearized a second and a third time.
  static let cuts = [7.0, 5.0]
  /// Laws that carry the forecast; an answer lists those that weigh so much.
  static let laws = 100
  static let leastListedWeight = 0.01
  /// A law that says nothing at some x scatters there so widely, and overflows nowhere.
  static let largestVariance = 1e6
}
