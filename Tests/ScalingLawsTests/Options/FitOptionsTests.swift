import Testing

@testable import ScalingLaws

@Suite("Options that no fit can use")
struct FitOptionsTests {
  private static let points = try? Points(x: [1, 2, 4, 8, 16, 32], y: [3, 2, 1.5, 1.25, 1.1, 1])

  typealias Wrong = (option: String, change: @Sendable (inout FitOptions) -> Void)

  /// Each trapped or gave an answer of NaN before options were checked.
  static let wrong: [Wrong] = [
    ("breaks", { $0.breaks = .exactly(-1) }),
    ("breaks", { $0.breaks = .exactly(.max) }),
    ("breaks", { $0.breaks = .automatic(max: -1) }),
    ("breaks", { $0.breaks = .automatic(max: .max) }),
    ("intervals.level", { $0.intervals.level = 1 }),
    ("intervals.level", { $0.intervals.level = 0 }),
    ("intervals.level", { $0.intervals.level = 0.9999999999999999 }),
    ("intervals.level", { $0.intervals.level = .nan }),
    ("intervals.level", { $0.intervals = .init(method: .bootstrap, level: 1 - 1e-8) }),
    ("intervals.samples", { $0.intervals.samples = -1 }),
    ("intervals.samples", { $0.intervals.samples = .max }),
    ("predictions", { $0.predictions = [-1] }),
    ("predictions", { $0.predictions = [100, .infinity] }),
    ("predictions", { $0.predictions = [.nan] }),
    ("solveFor", { $0.solveFor = [.nan] }),
    ("ceiling", { $0.ceiling = .infinity }),
    ("randomGuess", { $0.randomGuess = .nan }),
    ("measureWithin", { $0.measureWithin = .nan }),
    ("measureWithin", { $0.measureWithin = 0.5 }),
    ("curveSamples", { $0.curveSamples = -1 }),
    ("curveSamples", { $0.curveSamples = .max }),
    ("crop", { $0.crop = .from(-1) }),
    ("crop", { $0.crop = .from(.nan) }),
    ("heldOut", { $0.heldOut = .last(0) }),
    ("heldOut", { $0.heldOut = .last(.min) }),
  ]

  @Test("are refused by name, with what is allowed, before any work", arguments: wrong)
  func refusal(wrong: Wrong) throws {
    var options = FitOptions()
    wrong.change(&options)
    do {
      _ = try BrokenPowerLaw.fit(#require(Self.points), options: options)
      Issue.record("\(wrong.option) was accepted")
    } catch FitError.impossibleOption(let option, let allowed) {
      #expect(option == wrong.option)
      #expect(!allowed.isEmpty)
    }
  }

  static let wrongConstants: [(constant: Constant, change: @Sendable (inout FitOptions) -> Void)] =
    [
      (.a, { $0.fixed[.a] = .nan }),
      (.a, { $0.bounds[.a] = .infinity ... .infinity }),
      (.c0, { $0.fixed[.c0] = -.infinity }),
      (.b, { ($0.fixed[.b], $0.bounds[.b]) = (1, 1...2) }),
    ]

  @Test("constants that are no numbers are refused by name", arguments: wrongConstants)
  func constants(wrong: (constant: Constant, change: @Sendable (inout FitOptions) -> Void)) throws {
    var options = FitOptions()
    options.breaks = .exactly(1)
    wrong.change(&options)
    do {
      _ = try BrokenPowerLaw.fit(#require(Self.points), options: options)
      Issue.record("\(wrong.constant) was accepted")
    } catch FitError.impossibleConstant(let constant, _) {
      #expect(constant == wrong.constant)
    }
  }

  @Test("a law has no break 0, and none below it", arguments: [0, -3, Int.max])
  func breakIndex(index: Int) throws {
    var options = FitOptions()
    options.breaks = .exactly(1)
    options.fixed[.c(index)] = 1
    #expect(throws: FitError.unknownConstant(.c(index), breaks: 1)) {
      try BrokenPowerLaw.fit(#require(Self.points), options: options)
    }
  }

  @Test("the number of resamples exists for every level", arguments: [-1, 0, 0.9, 1, 2, .nan])
  func fewestSamples(level: Double) {
    #expect(FitOptions.Intervals.fewestSamples(level: level) >= 20)
  }

  @Test("the defaults are allowed")
  func defaults() throws {
    try FitOptions().check()
  }
}
