import Glibc

/// What the constants of a law may be, in the coordinates of a fit.
struct LawBounds: Sendable {
  var limit: ClosedRange<Double>
  /// delta: where breaks may be centred.
  var location: ClosedRange<Double>
  /// f, in units of ln x, where laws are sought.
  var sharpness: ClosedRange<Double>
  /// The least f that a descent may reach: where a bend holds fewer points, they could be spikes.
  private let sharpest: Double
  /// |c|: a steeper change is a jump to every metric there is.
  static let largestExponentChange = 20.0

  private let range: ClosedRange<Double>
  private let progress: Progress
  private let constraints: Constraints
  private let frame: Frame

  /// The ranges for points on `observations.range`.
  ///
  /// With a prior breaks stay inside the data and are not sharper than a twentieth of their range:
  /// such breaks cannot be foreseen and only add variance. Free laws reach a little beyond.
  init(
    _ observations: Observations, hasPrior: Bool, progress: Progress, constraints: Constraints
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
    case .log, .log1p: floor = max(smallest - spread, -(1 - 1e-9) / observations.frame.unit)
    case .linear: floor = smallest - 3 * spread
    }
    let ceiling = smallest > 0 ? 1.05 * smallest : smallest + 0.05 * spread
    limit = Self.intersect(floor...ceiling, constraints.limit(in: frame))
    range = observations.range
    let width = range.upperBound - range.lowerBound
    let beyond = hasPrior ? 0 : 0.3 * width
    let before = 0.1 * width
    location =
      switch progress {
      case .increasing: (range.lowerBound - before)...(range.upperBound + beyond)
      case .decreasing: (range.lowerBound - beyond)...(range.upperBound + before)
      }
    sharpness = ((hasPrior ? 0.05 : 0.01) * width)...width
    if hasPrior {
      sharpest = sharpness.lowerBound
    } else {
      let gap = width / Double(max(observations.places(along: progress).count - 1, 1))
      sharpest = min(sharpness.lowerBound, 4 * gap)
    }
  }

  /// The box of the parameters (a, beta, c0, then c, delta, ln f of each break).
  func box(breaks: Int) -> Box {
    var box = Box(count: 3 + 3 * breaks)
    func set(_ i: Int, _ range: ClosedRange<Double>) {
      box.lower[i] = range.lowerBound
      box.upper[i] = range.upperBound
    }
    set(0, limit)
    if let range = constraints.logCoefficient(in: frame) { set(1, range) }
    if let range = constraints.ranges[.c0] { set(2, range) }
    let changes = -Self.largestExponentChange...Self.largestExponentChange
    for i in 0..<breaks {
      set(3 + 3 * i, constraints.ranges[.c(i + 1)] ?? changes)
      set(4 + 3 * i, constraints.location(of: i + 1, in: frame) ?? location)
      set(5 + 3 * i, constraints.logSharpness(of: i + 1) ?? logSharpness)
    }
    return box
  }

  /// (c, delta, ln f) of a break that changes nothing.
  var idleBreak: [Double] {
    [
      0, (location.lowerBound + location.upperBound) / 2,
      (logSharpness.lowerBound + logSharpness.upperBound) / 2,
    ]
  }

  /// (c, delta, ln f) of breaks beyond the data, sharp enough to leave no more than a trace in them.
  var breaksBeyond: [[Double]] {
    let width = range.upperBound - range.lowerBound
    let end = progress == .increasing ? range.upperBound : range.lowerBound
    return [-2.0, 2].flatMap { change in
      [0.02, 0.05, 0.1, 0.2].flatMap { distance in
        [0.005, 0.01, 0.02, 0.04].map { sharpness in
          [change, end + progress.sign * distance * width, log(sharpness * width)]
        }
      }
    }
  }

  private var logSharpness: ClosedRange<Double> {
    log(sharpest)...log(sharpness.upperBound)
  }

  /// The second range where it is given; asked for by the user, it overrules the usual one.
  private static func intersect(_ usual: ClosedRange<Double>, _ asked: ClosedRange<Double>?)
    -> ClosedRange<Double>
  {
    guard let asked else { return usual }
    // An open end of the request keeps the usual bound, as long as the range does not become empty.
    let lower =
      asked.lowerBound.isFinite ? asked.lowerBound : min(usual.lowerBound, asked.upperBound)
    let upper = asked.upperBound.isFinite ? asked.upperBound : max(usual.upperBound, lower)
    return lower...max(lower, upper)
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
  var constrainsCoefficient: Bool { ranges[.b] != nil }

  /// The range of a as values of the frame.
  func limit(in frame: Frame) -> ClosedRange<Double>? {
    guard let range = ranges[.a] else { return nil }
    let ends = [frame.value(range.lowerBound), frame.value(range.upperBound)].sorted()
    return ends[0]...ends[1]
  }

  /// The range of beta; the frame is not centred when b is constrained.
  func logCoefficient(in frame: Frame) -> ClosedRange<Double>? {
    guard let range = ranges[.b] else { return nil }
    let magnitudes = [abs(range.lowerBound), abs(range.upperBound)].sorted()
    return (log(magnitudes[0]) - log(frame.scale))...(log(magnitudes[1]) - log(frame.scale))
  }

  func location(of index: Int, in frame: Frame) -> ClosedRange<Double>? {
    guard let range = ranges[.d(index)] else { return nil }
    return (log(range.lowerBound) - frame.origin)...(log(range.upperBound) - frame.origin)
  }

  func logSharpness(of index: Int) -> ClosedRange<Double>? {
    guard let range = ranges[.f(index)] else { return nil }
    return log(range.lowerBound)...log(range.upperBound)
  }
}
