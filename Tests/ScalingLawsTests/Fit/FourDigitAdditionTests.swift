import TestSupport
import Testing

@testable import ScalingLaws

/// Test loss of a transformer on 4-digit addition against the number of training examples (paper
/// section 5): 14 points to fit, 3 to forecast, one sharp break.
enum FourDigitAddition {
  static let x: [Double] = [
    160, 192, 256, 320, 384, 448, 480, 512, 544, 576, 608, 640, 672, 736,
  ]
  static let y = [
    2.13809046, 2.11813418, 2.08955508, 2.06988398, 2.05404987, 2.03837089, 2.02814281, 2.00496872,
    1.95576149, 1.86313841, 1.70891537, 1.50637664, 1.29754721, 0.96559684,
  ]
  static let heldOutX: [Double] = [800, 864, 928]
  static let heldOutY = [0.75856477, 0.64768338, 0.55695445]

  /// The optimum of the log1p objective, which the authors' published constants come near to.
  static let constants = [
    0.413884465683, 2.27727230483, 0.0550773425874, 5.66290339565, 612.583616651, 0.0591930386862,
  ]

  /// Fits with the default options, or a given number of breaks.
  static func fit(breaks: Int? = nil, objective: Objective? = nil) throws -> FitReport {
    var options = FitOptions()
    if let breaks { options.breaks = .exactly(breaks) }
    if let objective { options.objective = .given(objective) }
    options.predictions = heldOutX
    options.heldOut = .points(try Points(x: heldOutX, y: heldOutY))
    return try BrokenPowerLaw.fit(Points(x: x, y: y), options: options)
  }
}

@Suite("4-digit addition", .computesAside)
struct FourDigitAdditionTests {
  @Test("all six constants of the known optimum are found")
  func constants() throws {
    let report = try FourDigitAddition.fit(breaks: 1, objective: .log1p)
    let constants = report.model.constants.map { $0.value ?? .nan }
    #expect(digits(constants, FourDigitAddition.constants) >= 6)
    // The points have nine digits, which are known of the residuals to seven.
    #expect(digits(report.model.quality.sumOfSquares, 2.267458519552e-6) >= 6)
    #expect(report.model.quality.isConverged)
  }

  @Test("the errors of fit and extrapolation are those of the optimum")
  func errors() throws {
    let report = try FourDigitAddition.fit(breaks: 1, objective: .log1p)
    let fit = try #require(report.model.quality.rmsle)
    #expect(digits(fit.rmsle, 5.985e-4) >= 3.9)
    #expect(digits(fit.rsle, 0.91e-4) >= 2.2)
    let heldOut = try #require(report.heldOut?.rmsle)
    #expect(digits(heldOut.rmsle, 0.010916) >= 4.4)
    #expect(digits(heldOut.rsle, 0.0024) >= 2)
    let predictions = report.predictions.map { $0.y ?? .nan }
    #expect(digits(predictions, [0.760188, 0.637498, 0.562598]) >= 6)
    #expect(report.predictions.allSatisfy { $0.y == $0.yLaw && $0.isExtrapolated })
  }

  @Test("its limit and its change of slope cannot be told apart")
  func correlation() throws {
    let report = try FourDigitAddition.fit(breaks: 1, objective: .log1p)
    let correlation = try #require(report.model.correlation)
    #expect(correlation.order.map(\.description) == ["a", "b", "c0", "c1", "d1", "f1"])
    #expect(digits(correlation.matrix[0][3], 0.997) >= 3)
    #expect(correlation.matrix[3][0] == correlation.matrix[0][3])
  }

  @Test("with the defaults the forecast sees the break")
  func defaults() throws {
    let report = try FourDigitAddition.fit()
    #expect(report.breaks.count == 1)
    #expect(try #require(report.heldOut?.rmsle).rmsle < 0.012)
  }

  @Test("its break is reported with its bend, slopes and points")
  func breakReport() throws {
    let report = try FourDigitAddition.fit(breaks: 1, objective: .log1p)
    let bend = try #require(report.breaks.first)
    #expect(digits(bend.x ?? .nan, 612.583616651) >= 7)
    #expect(digits([bend.starts ?? .nan, bend.ends ?? .nan], [537.9, 697.7]) >= 4)
    #expect(digits(bend.slopeBefore, -0.0550773425874) >= 6)
    #expect(digits(bend.slopeAfter, -0.0550773425874 - 5.66290339565) >= 6)
    #expect(bend.sharpness == .sharp)
    #expect(bend.place == .inData)
    #expect([bend.pointsBefore, bend.pointsAfter] == [11, 3])
    #expect(report.hasWarning("fewPointsAfterBreak"))
  }

  @Test("its two segments meet at the break (paper A.2)")
  func segments() throws {
    let report = try FourDigitAddition.fit(breaks: 1, objective: .log1p)
    #expect(report.segments.map(\.index) == [1, 2])
    #expect(report.segments.map { $0.from == nil } == [true, false])
    #expect(report.segments.map { $0.to == nil } == [false, true])
    let exponents = report.segments.map(\.exponent)
    #expect(digits(exponents, [-0.0550773425874, -5.7179807382374]) >= 6)
    let d = report.breaks[0].log10X
    let ends = report.segments.map { $0.log10Coefficient + $0.exponent * d }
    #expect(digits(ends[1], ends[0]) >= 12)
    // At d itself the law is 2^(-c f) = 0.79 of its segments: a gap of 0.21.
    #expect(digits(report.segments[0].largestGap ?? .nan, 0.207) >= 2)
  }

  @Test(
    "free laws of the other objectives find the same curve", arguments: [Objective.log, .linear])
  func otherObjectives(objective: Objective) throws {
    let report = try FourDigitAddition.fit(breaks: 1, objective: objective)
    #expect(try #require(report.heldOut?.rmsle).rmsle < 0.02)
    #expect(digits(report.breaks[0].x ?? .nan, 612.6) >= 2.5)
  }
}
