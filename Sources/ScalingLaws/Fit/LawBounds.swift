import Glibc

/// What the constants of a law may be, in the coordinates of a fit.
struct LawBounds: Sendable {
  var limit: Bounds
  /// delta: where breaks may be centred.
  var location: Bounds
  /// f, in units of ln x, where laws are sought.
  var sharpness: Bounds
  /// The least f that a descent may reach: where a bend holds fewer points, they could be spikes.
  private let sharpest: Double
  /// |c|: a steeper change is a jump to every metric there is.
  static let largestExponentChange = 20.0

  private let range: Bounds
  private let progress: Progress
  private let constraints: Constraints
  private let frame: Frame

  /// The ranges for points on `observations.range`.
  ///
  /// With a prior breaks stay inside the data and are not sharper than a twentieth of their range:
  /// such breaks cannot be foreseen and only add variance. Free laws reach a little beyond.
  init(
    _ observations: Observations, hasPrior: Bool, keepsBreaksInside: Bool = false,
    progress: Progress, constraints: Constraints
  ) {
    self.progress = progress
    self.constraints = constraints
    frame = observations.frame
    let values = observations.values
    let smallest = values.min() ?? 0
    let spread = (values.max() ?? 0) - smallest
    let floor: Double
    switch observations.frame.objective {
    case _ where smallest >= 0: floor = 0
    case .log, .log1p:
      // The logarithm ends at -1; a law that comes near it would bend without end.
      let room = smallest + 1 / observations.frame.unit
      floor = smallest - min(spread, (1 - 1e-9) * room)
    case .linear: floor = smallest - 3 * spread
    }
    let ceiling = smallest > 0 ? 1.05 * smallest : smallest + 0.05 * spread
    limit = Self.intersect(Bounds(floor, ceiling), constraints.limit(in: frame))
    range = observations.range
    let width = range.width
    // Off the end points themselves, by more than rounding.
    let inside = -1e-9 * width
    let beyond = keepsBreaksInside ? inside : hasPrior ? 0 : 0.3 * width
    let before = keepsBreaksInside ? inside : 0.1 * width
    location =
      switch progress {
      case .increasing: Bounds(range.lower - before, range.upper + beyond)
      case .decreasing: Bounds(range.lower - beyond, range.upper + before)
      }
    sharpness = Bounds((hasPrior ? 0.05 : 0.01) * width, width)
    if hasPrior {
      sharpest = sharpness.lower
    } else {
      let gap = width / Double(max(observations.places(along: progress).count - 1, 1))
      sharpest = min(sharpness.lower, 4 * gap)
    }
  }

  /// The box of the parameters (a, beta, c0, then c, delta, ln f of each break).
  func box(breaks: Int) -> Box {
    var box = Box(count: 3 + 3 * breaks)
    func set(_ i: Int, _ range: Bounds) {
      box.lower[i] = range.lower
      box.upper[i] = range.upper
    }
    set(0, limit)
    if let range = constraints.logCoefficient(in: frame) { set(1, range) }
    if let range = constraints.ranges[.c0] { set(2, Bounds(range)) }
    let changes = Bounds(-Self.largestExponentChange, Self.largestExponentChange)
    for i in 0..<breaks {
      set(3 + 3 * i, constraints.ranges[.c(i + 1)].map(Bounds.init) ?? changes)
      set(4 + 3 * i, constraints.location(of: i + 1, in: frame) ?? location)
      set(5 + 3 * i, constraints.logSharpness(of: i + 1) ?? logSharpness)
    }
    if constraints.bindBreaks { order(&box, breaks: breaks) }
    return box
  }

  /// Leaves out of the ranges of delta what cannot be in ascending order; a range that was not asked
  /// for gives way to one that was.
  private func order(_ box: inout Box, breaks: Int) {
    let places = (0..<breaks).map { 4 + 3 * $0 }
    for (before, after) in zip(places, places.dropFirst()) {
      box.lower[after] = max(box.lower[after], box.lower[before])
    }
    for (after, before) in zip(places.reversed(), places.reversed().dropFirst()) {
      let isFree = constraints.ranges[.d((after - 4) / 3 + 1)] == nil
      if isFree { box.upper[after] = max(box.upper[after], box.lower[after]) }
      box.upper[before] = min(box.upper[before], box.upper[after])
      // Where the request leaves nothing it has been refused before.
      box.lower[before] = min(box.lower[before], box.upper[before])
    }
  }

  /// The box for a descent from some parameters. Where breaks are bound by their number each has a
  /// range of its own, up to the middle between it and the next, so that none passes another.
  func box(about theta: [Double]) -> Box {
    let breaks = theta.count / 3 - 1
    var box = box(breaks: breaks)
    guard constraints.bindBreaks else { return box }
    let start = box.clamping(theta)
    for after in (1..<max(breaks, 1)).map({ 4 + 3 * $0 }) {
      let before = after - 3
      let middle = min(
        max((start[before] + start[after]) / 2, box.lower[before]), box.upper[after])
      box.upper[before] = min(box.upper[before], middle)
      box.lower[after] = max(box.lower[after], middle)
    }
    return box
  }

  /// How many of the constants are free: neither held at a value nor at the end of a range that was
  /// asked for, nor a at its own least or largest value.
  ///
  /// Constants of breaks at the ends of the search's own ranges count as fitted.
  func freeCount(of theta: [Double]) -> Int {
    let box = box(breaks: theta.count / 3 - 1)
    let constants = Constant.all(breaks: theta.count / 3 - 1)
    return theta.indices.count { i in
      !((i == 0 || constraints.ranges[constants[i]] != nil)
        && Covariance.isAtBound(theta[i], box.lower[i], box.upper[i]))
    }
  }

  /// (c, delta, ln f) of a break that changes nothing.
  var idleBreak: [Double] {
    [
      0, location.middle,
      logSharpness.middle,
    ]
  }

  /// (c, delta, ln f) of breaks beyond the data, sharp enough to leave no more than a trace in them.
  var breaksBeyond: [[Double]] {
    let width = range.width
    let end = progress == .increasing ? range.upper : range.lower
    return [-2.0, 2].flatMap { change in
      [0.02, 0.05, 0.1, 0.2].flatMap { distance in
        [0.005, 0.01, 0.02, 0.04].map { sharpness in
          [change, end + progress.sign * distance * width, log(sharpness * width)]
        }
      }
    }
  }

  private var logSharpness: Bounds { Bounds(log(sharpest), log(sharpness.upper)) }

  /// The second range where it is given; asked for by the user, it overrules the usual one.
  private static func intersect(_ usual: Bounds, _ asked: Bounds?) -> Bounds {
    guard let asked else { return usual }
    // An open end of the request keeps the usual bound, as long as the range does not become empty.
    let lower = asked.lower.isFinite ? asked.lower : min(usual.lower, asked.upper)
    let upper = asked.upper.isFinite ? asked.upper : max(usual.upper, lower)
    return Bounds(lower, upper)
  }
}
