import Glibc
import TestSupport
import Testing

@testable import ScalingLaws

/// What must not change a fit, or change it in a known way.
@Suite("Laws of fitting", .computesAside)
struct InvarianceTests {
  static let breaks = [0, 1, 2]

  private func options(_ breaks: Int, objective: Objective = .log) -> FitOptions {
    var options = FitOptions()
    options.breaks = .exactly(breaks)
    options.objective = .given(objective)
    return options
  }

  private func curve(_ breaks: Int) -> SimulatedCurve {
    .clear(breaks: breaks, count: 40, noise: 0.01, seed: 11)
  }

  // A sum of squares is flat to rounding within 1e-8 of its minimum, and two-break constants are
  // correlated: that leaves 5 digits at least.

  @Test("scaling x moves only b and the d's", arguments: breaks, [1e-6, 3, 1e18])
  func scalingX(breaks: Int, factor: Double) throws {
    let curve = curve(breaks)
    let plain = try BrokenPowerLaw.fit(curve.points(), options: options(breaks))
    let scaled = try BrokenPowerLaw.fit(
      Points(x: curve.x.map { $0 * factor }, y: curve.y), options: options(breaks))
    for (was, now) in zip(plain.model.constants, scaled.model.constants) {
      let expected =
        switch was.constant {
        case .b: (was.value ?? .nan) * pow(factor, plain[.c0])
        case .d: (was.value ?? .nan) * factor
        default: was.value ?? .nan
        }
      #expect(digits(now.value ?? .nan, expected) >= 5, "\(was.constant)")
    }
    for (was, now) in zip(plain.predictions, scaled.predictions) {
      #expect(digits(now.x, was.x * factor) >= 15)
      #expect(digits(now.y ?? .nan, was.y ?? .nan) >= 7)
      #expect(digits(now.lower ?? .nan, was.lower ?? .nan) >= 5)
    }
  }

  @Test("scaling y under log moves only a and b", arguments: breaks, [1e-6, 7, 1e6])
  func scalingY(breaks: Int, factor: Double) throws {
    let curve = curve(breaks)
    let plain = try BrokenPowerLaw.fit(curve.points(), options: options(breaks))
    let scaled = try BrokenPowerLaw.fit(
      Points(x: curve.x, y: curve.y.map { $0 * factor }), options: options(breaks))
    for (was, now) in zip(plain.model.constants, scaled.model.constants) {
      let isScaled = was.constant == .a || was.constant == .b
      let expected = (was.value ?? .nan) * (isScaled ? factor : 1)
      #expect(digits(now.value ?? .nan, expected) >= 5, "\(was.constant)")
    }
    #expect(
      digits(scaled.model.quality.sumOfSquares, plain.model.quality.sumOfSquares) >= 10)
  }

  @Test("the order of the points does not matter, to the last bit")
  func order() throws {
    let curve = curve(1)
    var generator = SeededGenerator(seed: 5)
    let shuffled = curve.x.indices.shuffled(using: &generator)
    let plain = try BrokenPowerLaw.fit(curve.points())
    let other = try BrokenPowerLaw.fit(
      Points(x: shuffled.map { curve.x[$0] }, y: shuffled.map { curve.y[$0] }))
    #expect(other.model.law == plain.model.law)
    #expect(other.predictions.map(\.y) == plain.predictions.map(\.y))
    #expect(other.predictions.map(\.upper) == plain.predictions.map(\.upper))
  }

  @Test("1/x with progress to smaller x gives the mirrored law", arguments: breaks)
  func mirror(breaks: Int) throws {
    let curve = curve(breaks)
    let plain = try BrokenPowerLaw.fit(curve.points(), options: options(breaks))
    var mirroredOptions = options(breaks)
    mirroredOptions.progress = .decreasing
    let mirrored = try BrokenPowerLaw.fit(
      Points(x: curve.x.map { 1 / $0 }, y: curve.y), options: mirroredOptions)
    // (1 + (1/(x d))^(1/f))^(-c f) = (1 + (x d)^(1/f))^(-c f) (x d)^c: the exponents are counted
    // from the other end.
    let law = plain.model.law
    let expected = BrokenPowerLaw(
      limit: law.limit,
      logCoefficient: law.breaks.reduce(law.logCoefficient) {
        $0 + $1.exponentChange * $1.logLocation
      },
      exponent: law.slope(afterBreaks: breaks),
      breaks: law.breaks.map {
        .init(
          exponentChange: $0.exponentChange, logLocation: -$0.logLocation,
          width: $0.width)
      })
    let found = mirrored.model.law
    #expect(digits(found.limit, expected.limit) >= 5)
    #expect(digits(found.logCoefficient, expected.logCoefficient) >= 5)
    #expect(digits(found.exponent, expected.exponent) >= 5)
    for (f, e) in zip(found.breaks, expected.breaks) {
      #expect(
        digits(
          [f.exponentChange, f.logLocation, f.width],
          [e.exponentChange, e.logLocation, e.width]) >= 5)
    }
  }

  @Test("1/x with progress to smaller x gives the same default forecast")
  func mirroredForecast() throws {
    let curve = curve(1)
    let plain = try BrokenPowerLaw.fit(curve.points())
    var options = FitOptions()
    options.progress = .decreasing
    let mirrored = try BrokenPowerLaw.fit(
      Points(x: curve.x.map { 1 / $0 }, y: curve.y), options: options)
    #expect(mirrored.breaks.count == plain.breaks.count)
    for (p, m) in zip(plain.predictions, mirrored.predictions) {
      #expect(digits(m.x, 1 / p.x) >= 14)
      #expect(digits(m.y ?? .nan, p.y ?? .nan) >= 4)
      #expect(digits(m.lower ?? .nan, p.lower ?? .nan) >= 3)
    }
  }

  @Test("numbers do not depend on how the work is run")
  func execution() throws {
    let points = try curve(1).points()
    let forwards = try BrokenPowerLaw.fit(points)
    let backwards = try BrokenPowerLaw.fit(points, execution: .backwards)
    #expect(backwards.model.law == forwards.model.law)
    #expect(backwards.predictions.map(\.y) == forwards.predictions.map(\.y))
    #expect(backwards.predictions.map(\.upper) == forwards.predictions.map(\.upper))
  }

  @Test("every point given twice gives the same law with the same weight for each")
  func replicates() throws {
    let curve = curve(1)
    let plain = try BrokenPowerLaw.fit(curve.points(), options: options(1))
    let twice = try BrokenPowerLaw.fit(
      Points(x: curve.x + curve.x, y: curve.y + curve.y), options: options(1))
    #expect(digits(twice.values, plain.values) >= 5)
    #expect(
      digits(twice.model.quality.sumOfSquares, 2 * plain.model.quality.sumOfSquares) >= 10)
    #expect(twice.data.distinctCount == plain.data.distinctCount)
  }

  @Test(
    "in other units the observations have the same bits", arguments: [1, 1e-3, 1e-9],
    [(1e-6, 1000), (3, 7), (1e18, 1e-6)])
  func observations(range: Double, units: (x: Double, y: Double)) throws {
    let curve = curve(1)
    let y = curve.y.map { 2 + range * $0 }
    func observations(_ x: Double, _ yUnit: Double) throws -> Observations {
      let points = try Points(x: curve.x.map { $0 * x }, y: y.map { $0 * yUnit })
      return Observations(
        points, in: Frame(points: points, orientation: .direct, objective: .given(.log)))
    }
    let (plain, scaled) = (try observations(1, 1), try observations(units.x, units.y))
    #expect(scaled.t == plain.t)
    #expect(scaled.targets == plain.targets)
  }

  @Test("small values keep their digits on every scale", arguments: Objective.allCases)
  func smallValues(objective: Objective) throws {
    let curve = curve(1)
    let points = try Points(x: curve.x, y: curve.y.map { 1e-20 * $0 })
    let observations = Observations(
      points, in: Frame(points: points, orientation: .direct, objective: .given(objective)))
    let frame = observations.frame
    let back = observations.targets.map { frame.y(transformed: $0) }
    #expect(digits(back, points.y) >= 9)
  }

  @Test("values are exact by their distance from the law as a share of their own range")
  func exactness() throws {
    let curve = curve(0)
    func isExact(_ y: [Double]) throws -> Bool {
      let search = LawSearch(
        try Points(x: curve.x, y: y), objective: .automatic, isCancelled: { false })
      return search.isExact(try #require(search.fit(breaks: 0)))
    }
    #expect(try !isExact(curve.y))
    // The same noise, on a small part of y.
    #expect(try !isExact(curve.y.map { 2 + 1e-6 * $0 }))
    #expect(try isExact(curve.x.map { 2 + 1e-3 * pow($0, -0.3) }))
  }

  @Test("the order of replicates changes no bit")
  func replicateOrder() throws {
    var generator = SeededGenerator(seed: 5)
    let places: [Double] = [1, 3, 9, 27, 81, 243]
    let x: [Double] = places.flatMap { (place: Double) in [Double](repeating: place, count: 10) }
    let y: [Double] = x.map { (x: Double) -> Double in
      let noise = 1 + 0.05 * generator.normal()
      return 0.2 + 3 * pow(x, -0.4) * noise
    }
    let sigma: [Double] = x.map { _ in generator.uniform(0.02...0.05) }
    let order = x.indices.shuffled(using: &generator)
    for noisy in [false, true] {
      func report(_ order: [Int]) throws -> FitReport {
        try BrokenPowerLaw.fit(
          Points(
            x: order.map { x[$0] }, y: order.map { y[$0] },
            noise: noisy ? .standardErrors(order.map { sigma[$0] }) : .unknown))
      }
      let (sorted, shuffled) = (
        try report(x.indices.sorted { (x[$0], y[$0]) < (x[$1], y[$1]) }), try report(order)
      )
      #expect(sorted.values == shuffled.values)
      #expect(sorted.predictions.map(\.y) == shuffled.predictions.map(\.y))
      #expect(sorted.predictions.map(\.lower) == shuffled.predictions.map(\.lower))
      #expect(
        sorted.model.quality.residualAutocorrelation
          == shuffled.model.quality.residualAutocorrelation)
    }
  }

  @Test("on the linear scale sums of squares are in units of y")
  func linearUnits() throws {
    var options = FitOptions()
    options.objective = .given(.linear)
    options.breaks = .exactly(0)
    options.fixed[.a] = 0
    let points = try Points(x: [0.27, 0.34, 0.57], y: [383.51, 424.83, 511.48])
    let report = try BrokenPowerLaw.fit(points, options: options)
    #expect(digits(report.model.quality.sumOfSquares, 19.79) >= 2.5)
    #expect(digits(report.model.quality.residualDeviation, 4.449) >= 2.5)
  }
}

extension Execution {
  /// Runs the last piece of the work first.
  static let backwards = Execution(forEach: { count, body in
    for index in (0..<count).reversed() { body(index) }
  })
}
