import Foundation
public import ScalingLaws
import TestSupport

/// Points and options drawn at random: whatever they are, `BrokenPowerLaw.fit` answers them with a
/// report or a `FitError`.
public struct RandomFit: Sendable {
  public var points: Points
  public var options: FitOptions
  /// The standard deviation of the noise that was drawn, relative to y.
  public var noise: Double

  /// Nil where the points drawn are none, such as those with a y beyond the doubles.
  public init?(using generator: inout some RandomNumberGenerator) {
    let kind = CurveKind.allCases.randomElement(using: &generator) ?? .powerLaw
    let curve = RandomCurve(kind, using: &generator)
    let known = RandomFit.noise(of: curve, isShare: kind == .accuracy, using: &generator)
    guard let points = try? Points(x: curve.x, y: curve.y, noise: known) else { return nil }
    self.points = points
    noise = curve.noise
    options = FitOptions()
    drawModel(&generator)
    drawConstants(&generator)
    drawQuestions(&generator)
    if Int.random(in: 0..<25, using: &generator) == 0 { spoilOption(&generator) }
  }

  /// As `seed` has it, the first of its draws that has points.
  public init(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    while true {
      if let fit = RandomFit(using: &generator) {
        self = fit
        return
      }
    }
  }

  private static func noise(
    of curve: RandomCurve, isShare: Bool, using generator: inout some RandomNumberGenerator
  ) -> Noise {
    let spread = pow(10, generator.uniform(-4...1))
    switch Int.random(in: 0..<6, using: &generator) {
    case 0: return .standardErrors(curve.y.map { max(abs($0), 1e-3) * spread })
    case 1: return .weights(curve.y.map { _ in pow(10, generator.uniform(-2...2)) })
    case 2 where isShare:
      return .trials(curve.y.map { _ in Double(Int.random(in: 5...10_000, using: &generator)) })
    default: return .unknown
    }
  }

  private mutating func drawModel(_ generator: inout some RandomNumberGenerator) {
    func oneIn(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &generator) == 0 }
    options.breaks =
      oneIn(3)
      ? .exactly(Int.random(in: 0...2, using: &generator))
      : .automatic(max: Int.random(in: 0...3, using: &generator))
    if oneIn(4) { options.selection = .holdOut }
    if oneIn(4) { options.forecast = .single }
    if oneIn(4) { options.prior = Bool.random(using: &generator) }
    if oneIn(3) { options.direction = .higherIsBetter }
    if oneIn(6) { options.progress = .decreasing }
    if oneIn(8) { options.crop = .automatic }
    if oneIn(12) { options.crop = .from(points.x[points.count / 4]) }
    let largest = points.y.max() ?? 0
    if oneIn(5) { options.ceiling = largest + generator.uniform(0...1) * abs(largest) }
    if oneIn(3) {
      options.objective = .given(
        [.log, .log1p, .linear].randomElement(using: &generator) ?? .log)
    }
    if oneIn(6) { options.loss = .huber }
  }

  private mutating func drawConstants(_ generator: inout some RandomNumberGenerator) {
    func oneIn(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &generator) == 0 }
    guard oneIn(3) else { return }
    var constants: [Constant] = [.a, .a, .b, .c0]
    if case .exactly(let breaks) = options.breaks { constants = Constant.all(breaks: breaks) }
    for constant in Set((0...1).map { _ in constants.randomElement(using: &generator) ?? .a })
      .sorted(by: { $0.description < $1.description })
    {
      let value: Double
      switch constant {
      case .a: value = generator.uniform(-1...1) * (points.y.map(abs).max() ?? 1)
      case .b: value = pow(10, generator.uniform(-2...3)) * (oneIn(4) ? -1 : 1)
      case .c0, .c: value = generator.uniform(-1.5...1.5)
      case .d: value = points.x[points.count / 2] * pow(10, generator.uniform(-1...1))
      case .f: value = generator.uniform(0.05...1)
      }
      let other = value * generator.uniform(0.2...3)
      if oneIn(2) {
        options.fixed[constant] = value
      } else {
        options.bounds[constant] = min(value, other)...max(value, other)
      }
    }
  }

  private mutating func drawQuestions(_ generator: inout some RandomNumberGenerator) {
    func oneIn(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &generator) == 0 }
    let levels = [0.5, 0.68, 0.9, 0.9, 0.99, 1 - 1e-9, 1e-9]
    options.intervals.level = levels.randomElement(using: &generator) ?? 0.9
    if oneIn(4) {
      options.intervals.method = [.delta, .none].randomElement(using: &generator) ?? .delta
    }
    // Refits cost as much as they are many.
    if oneIn(24), options.intervals.level <= 0.9 {
      options.intervals.method = .bootstrap
      options.intervals.samples = 20
    }
    let ends = (points.x[0], points.x[points.count - 1])
    let width = log(ends.1 / ends.0)
    if oneIn(2) {
      options.predictions = (0..<3).map { _ in
        min(ends.0 * exp(width * generator.uniform(-1...3)), .greatestFiniteMagnitude)
      }
    }
    if oneIn(5) { options.heldOut = .last(Int.random(in: 1...4, using: &generator)) }
    if oneIn(8) { options.curveSamples = Int.random(in: 0...40, using: &generator) }
    if oneIn(6) { options.solveFor = [generator.uniform(0...2) * points.y[0]] }
    if oneIn(8) { options.measureWithin = generator.uniform(1...10) }
    if oneIn(6) { options.randomGuess = generator.uniform(0...1) }
    if oneIn(8) { options.forms = ComparisonForm.allCases }
    options.seed = generator.next()
  }

  /// Gives an option a value that no fit can use.
  private mutating func spoilOption(_ generator: inout some RandomNumberGenerator) {
    let number =
      [.nan, .infinity, -.infinity, -1, 0].randomElement(using: &generator) ?? Double.nan
    let count = [-1, .min, .max].randomElement(using: &generator) ?? -1
    switch Int.random(in: 0..<12, using: &generator) {
    case 0: options.breaks = .exactly(count)
    case 1: options.breaks = .automatic(max: count)
    case 2: options.intervals.level = number
    case 3: options.intervals.samples = count
    case 4: options.predictions = [number]
    case 5: options.solveFor = [number]
    case 6: options.ceiling = number
    case 7: options.measureWithin = number
    case 8: options.fixed[.a] = number
    case 9: options.bounds[.c0] = -.infinity ... .infinity
    case 10: options.heldOut = .last(count)
    default: options.crop = .from(number)
    }
  }
}
