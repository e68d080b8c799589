/// All numbers of the forecast that were chosen rather than derived.
///
/// They were chosen on the development halves of twelve domains of measured curves, and are the
/// same for every domain and task. Lengths of t are in units of the span W of the points.
enum ForecastSettings {
  // MARK: The departure of a curve from its law, and the noise

  /// rho: the variance of the slope of the departure over the span, in units of the noise variance.
  /// Below 1 the departure is negligible; above 1,000 the law would only be interpolated.
  static let departures: [Double] = [0, 1, 10, 100, 1000]
  /// The prior probability of no departure; the other states share the rest equally. On measured
  /// curves the log score is slightly better than with 0.1, and intervals of curves that follow a
  /// law are 10 to 33 % narrower.
  static let probabilityOfNoDeparture = 0.3
  /// The factor by which the variance of the random walk of the slope is larger beyond the data
  /// than inside.
  static let departureAhead = 6.0
  /// kappa: the relative standard deviation of the forecast change beyond the data. With less than
  /// 0.15 intervals contain too few points of training curves; with more than 0.2 they are too wide
  /// for simulated laws with known noise.
  static let surprise = 0.17
  /// The standard deviation of the prior of the noise, on the objective's scale: the smallest of
  /// measured curves.
  static let leastScatter = 0.001
  /// The number of points that the prior of the noise is worth. Above 0, so that three points
  /// suffice.
  static let scatterPoints = 1.0
  /// With known noise, the usual size of a departure as a share of the range of y. Unknown noise
  /// needs no such scale.
  static let usualDeparture = 0.1

  /// A point of a training run that is this many usual departures from its neighbours is a spike.
  /// With fewer points than `pointsForSpikes` the usual departure is unknown.
  static let spike = 6.0
  static let pointsForSpikes = 20

  // MARK: Bets

  /// The remaining fall is about as large as the fall so far, with a scale of at least two e-folds.
  /// The shape 3 makes limits just below the data improbable.
  private static let distantLimit = Bet.Limit(share: 1, leastFolds: 2, shape: 3)
  /// The curve continues to fall with a usual exponent, which changes little at breaks.
  static let far = Bet(
    weight: 0.75, exponent: (0.3, 0.7), change: (-0.05, 0.25), limit: distantLimit)
  /// The curve has levelled off: limits close to the last value, at all scales alike.
  static let near = Bet(
    weight: 0.2, exponent: (0.8, 0.6), change: (0.2, 0.25),
    limit: Bet.Limit(share: 0.0025, leastFolds: 0, shape: 1))
  /// Large changes at breaks and steep laws, which the other priors make improbable.
  static let sharp = Bet(weight: 0.05, exponent: (3, 6), change: (0, 6), limit: distantLimit)
  /// The power of the evidence in the weight of a prior. Small, because the data hardly tell
  /// whether a curve will level off; a prior that does not fit the data still loses.
  static let evidencePower = 0.15

  // MARK: Limits and breaks

  /// The distance of the nearest limit below the curve, as a share of the curve's e-folds.
  static let nearestLimit = near.limit.share
  /// The smallest number of e-folds of a curve, for one that does not change.
  static let leastFolds = 0.002
  /// Limits beyond 2 R + 4 e-folds are treated as no limit.
  static let farthestLimit = (factor: 2.0, offset: 4.0)
  /// The prior probability that a rising metric without a given ceiling has one; otherwise it grows
  /// without bound.
  static let probabilityOfCeiling = 0.5
  /// A curve counts as rising when its last value exceeds the first, and this share of the largest.
  static let risingShare = 0.7
  /// The probabilities of no, one and two breaks (one third each forecasts equally well).
  static let breakProbabilities = [0.1, 0.5, 0.4]
  /// The smallest numbers of points for laws with no, one and two breaks.
  static let pointsForBreaks = [0, 6, 10]
  /// How far breaks may lie beyond the last point; later ones do not change the data.
  static let breaksBeyond = 0.2
  /// The sharpest break; the widest is as wide as the span.
  static let sharpestBreak = 0.035

  // MARK: The average

  /// The share of the laws' weight at either end that the trimmed mean leaves out, so that a few
  /// extreme laws do not move the forecast.
  static let trim = 0.1

  /// Up to this number of points a power law with a limit fits exactly and the noise cannot be
  /// estimated; intervals then reach from the power law without a limit to the last value.
  static let pointsOfEveryLaw = 3
  /// Laws below a ceiling do not fall below this share of the last value.
  static let leastShare = 0.05

  // MARK: Accuracy of the computation

  /// The number of bins of a curve with more points.
  static let bins = 48
  /// The numbers of laws drawn from the prior with no, one and two breaks.
  static let draws = [48, 500, 1000]
  /// The numbers of modes with no, one and two breaks, and the number of laws drawn about each.
  static let modes = [1, 2, 4]
  static let drawsOfMode = 48
  /// Modes that are lower than the highest by more than this, in nats, are dropped; starts nearer
  /// to each other than this, in units of the span and in ln f, are merged.
  static let deepestMode = 8.0
  static let oneMode = (places: 0.12, logWidths: 1.5)
  /// The simplex search of a mode ends when all corners agree to within `tolerance` nats, and is
  /// repeated at most `rounds` times.
  static let simplex = (tolerance: 0.02, rounds: 4)
  /// The degrees of freedom of the draws about a mode: tails heavier than those of the posterior
  /// keep the importance weights bounded.
  static let tailsOfMode = 5.0
  /// The share of these draws that is spread evenly over the states of the departure; the others
  /// follow the weights of the states.
  static let statesDrawnEvenly = 0.4
  /// Laws that are worse than the best by more than this, in nats, are not linearized a second and
  /// a third time.
  static let cuts = [7.0, 5.0]
  /// The number of laws of the forecast, and the weight from which an answer lists a law.
  static let laws = 100
  static let leastListedWeight = 0.01
  /// The largest variance of a law's value, which avoids overflow.
  static let largestVariance = 1e6
}
