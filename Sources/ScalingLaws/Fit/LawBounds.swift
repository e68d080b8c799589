import Glibc

/// The ranges of the constants of a law, in the coordinates of a fit.
struct LawBounds: Sendable {
  var limit: Bounds
  /// The range of delta.
  var location: Bounds
  /// The range of f for starts, in units of ln x.
  var width: Bounds
  /// The smallest f of a descent; a sharper bend would contain too few points.
  private let sharpest: Double
  /// The largest |c|; a larger change would be a jump.
  static let largestExponentChange = 20.0

  private let range: Bounds
  private let progress: Progress
  private let constraints: Constraints
  private let frame: Frame

  /// The ranges for points on `observations.range`.
  ///
  /// With a prior, breaks stay inside the data and are not sharper than a twentieth of their range;
  /// others only add variance to a forecast. Without a prior the ranges are a little wider.
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
      // log1p is defined above -1; near it a law would bend without limit.
      let room = smallest + 1 / observations.frame.unit
      floor = smallest - min(spread, (1 - 1e-9) * room)
    case .linear: floor = smallest - 3 * spread
    }
    let ceiling = smallest > 0 ? 1.05 * smallest : smallest + 0.05 * spread
    limit = Self.intersect(Bounds(floor, ceiling), constraints.limit(in: frame))
    range = observations.range
    let span = range.width
    // A margin larger than rounding errors keeps breaks off the end points themselves.
    let inside = -1e-9 * span
    let beyond = keepsBreaksInside ? inside : hasPrior ? 0 : 0.3 * span
    let before = keepsBreaksInside ? inside : 0.1 * span
    location =
      switch progress {
      case .increasing: Bounds(range.lower - before, range.upper + beyond)
      case .decreasing: Bounds(range.lower - beyond, range.upper + before)
      }
    width = Bounds((hasPrior ? 0.05 : 0.01) * span, span)
    if hasPrior {
      sharpest = width.lower
    } else {
      let gap = span / Double(max(observations.places(along: progress).count - 1, 1))
      sharpest = min(width.lower, 4 * gap)
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
      set(5 + 3 * i, constraints.logWidth(of: i + 1) ?? logWidth)
    }
    if constraints.bindBreaks { order(&box, breaks: breaks) }
    return box
  }

  /// Narrows the ranges of delta so that the locations can ascend; only ranges that the user did
  /// not set are narrowed.
  private func order(_ box: inout Box, breaks: Int) {
    let places = (0..<breaks).map { 4 + 3 * $0 }
    for (before, after) in zip(places, places.dropFirst()) {
      box.lower[after] = max(box.lower[after], box.lower[before])
    }
    for (after, before) in zip(places.reversed(), places.reversed().dropFirst()) {
      let isFree = constraints.ranges[.d((after - 4) / 3 + 1)] == nil
      if isFree { box.upper[after] = max(box.upper[after], box.lower[after]) }
      box.upper[before] = min(box.upper[before], box.upper[after])
      // Contradictory bounds of the user have been refused before.
      box.lower[before] = min(box.lower[before], box.upper[before])
    }
  }

  /// The box for a descent from some parameters. When constants of single breaks are constrained,
  /// each delta is limited by the middles between it and its neighbours, so that breaks keep their
  /// order.
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

  /// The number of free constants: not fixed, not at a bound of the user, and a not at an end of
  /// its own range.
  ///
  /// Constants of breaks at the ends of the search's own ranges count as free.
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
    [0, location.middle, logWidth.middle]
  }

  /// (c, delta, ln f) of breaks beyond the data that are so sharp that they hardly change the data.
  var breaksBeyond: [[Double]] {
    let span = range.width
    let end = progress == .increasing ? range.upper : range.lower
    return [-2.0, 2].flatMap { change in
      [0.02, 0.05, 0.1, 0.2].flatMap { distance in
        [0.005, 0.01, 0.02, 0.04].map { width in
          [change, end + progress.sign * distance * span, log(width * span)]
        }
      }
    }
  }

  private var logWidth: Bounds { Bounds(log(sharpest), log(width.upper)) }

  /// The user's range if it is given, else the usual one.
  private static func intersect(_ usual: Bounds, _ asked: Bounds?) -> Bounds {
    guard let asked else { return usual }
    // An infinite end keeps the usual bound, unless the range would become empty.
    let lower = asked.lower.isFinite ? asked.lower : min(usual.lower, asked.upper)
    let upper = asked.upper.isFinite ? asked.upper : max(usual.upper, lower)
    return Bounds(lower, upper)
  }
}

/// Constants that the user holds at a value or inside a range, by the paper's letters.
struct Constraints: Sendable, Hashable {
  var ranges: [Constant: ClosedRange<Double>]

  init(_ options: FitOptions) {
    ranges = options.bounds
    for (constant, value) in options.fixed { ranges[constant] = value...value }
  }

  var isEmpty: Bool { ranges.isEmpty }
  /// Whether some constant of a break is fixed or bounded.
  var bindBreaks: Bool { ranges.keys.contains { $0.breakIndex != nil } }
  var constrainsCoefficient: Bool { ranges[.b] != nil }

  /// The value, moved exactly into its range, and for a location into what the ranges of the other
  /// breaks leave, because locations ascend. Corrects rounding errors of logarithms.
  func holding(_ value: Double, of constant: Constant) -> Double {
    var value = value
    if case .d(let own) = constant {
      for case (.d(let index), let range) in ranges where index != own {
        value = index < own ? max(value, range.lowerBound) : min(value, range.upperBound)
      }
    }
    return ranges[constant].map { min(max(value, $0.lowerBound), $0.upperBound) } ?? value
  }

  /// The range of a in the frame's coordinates.
  func limit(in frame: Frame) -> Bounds? {
    func value(_ a: Double) -> Double { frame.value(a).roundedDigits }
    return ranges[.a].map { Bounds(value($0.lowerBound), value($0.upperBound)) }
  }

  /// The range of beta; the frame is not centred when b is constrained.
  func logCoefficient(in frame: Frame) -> Bounds? {
    ranges[.b].map { range in
      func beta(_ b: Double) -> Double { (log(abs(b)) - log(frame.scale)).roundedLogarithm }
      return Bounds(beta(range.lowerBound), beta(range.upperBound))
    }
  }

  /// The range of delta of a break, counted from 1.
  func location(of index: Int, in frame: Frame) -> Bounds? {
    func place(_ x: Double) -> Double { frame.t(x).roundedLogarithm }
    return ranges[.d(index)].map { Bounds(place($0.lowerBound), place($0.upperBound)) }
  }

  /// The range of ln f of a break, counted from 1.
  func logWidth(of index: Int) -> Bounds? {
    ranges[.f(index)].map { Bounds(log($0.lowerBound), log($0.upperBound)) }
  }
}
