import Glibc
import TestSupport
import Testing

@testable import ScalingLaws

/// Standard errors and correlations against SciPy 1.17.
///
/// Made by `curve_fit(h(law), x, h(y), p0, sigma=, absolute_sigma=, xtol=ftol=gtol=1e-15)` with h
/// the objective's scale and the law in the paper's own constants. SciPy's Jacobian is a finite
/// difference, good to some 7 digits; those of a, c1, d1 and f1 here are worth fewer, since the
/// correlations come near 1.
@Suite("Standard errors and correlations")
struct CovarianceTests {
  /// A power law with a limit, seven points with standard errors.
  private let x: [Double] = [1, 2, 4, 8, 16, 32, 64]
  private let y = [3.1, 2.2, 1.72, 1.40, 1.24, 1.10, 1.07]
  private let sigma = [0.1, 0.08, 0.05, 0.04, 0.04, 0.03, 0.03]

  private func fit(_ noise: Noise, objective: Objective, predict: [Double] = [])
    throws -> FitReport
  {
    var options = FitOptions()
    options.breaks = .exactly(0)
    options.objective = .given(objective)
    options.predictions = predict
    return try BrokenPowerLaw.fit(Points(x: x, y: y, noise: noise), options: options)
  }

  private func values(_ report: FitReport) -> [Double] {
    report.model.constants.map { $0.value ?? .nan }
  }

  private func standardErrors(_ report: FitReport) -> [Double] {
    report.model.constants.map { $0.standardError ?? .nan }
  }

  @Test("standard errors of y are absolute, on the linear scale")
  func absoluteLinear() throws {
    let report = try fit(.standardErrors(sigma), objective: .linear)
    #expect(
      digits(values(report), [0.9694087713941494, 2.125072940581896, 0.7634651747548346]) >= 7)
    #expect(
      digits(
        standardErrors(report), [0.04233560986644636, 0.08688282553264325, 0.06521174744547333])
        >= 6)
    #expect(digits(report.model.quality.sumOfSquares, 0.8926132181140061) >= 8)
    let matrix = try #require(report.model.correlation).matrix
    #expect(digits(matrix[0][1], -0.1094522593441837) >= 6)
    #expect(digits(matrix[0][2], 0.8736011756341391) >= 6)
    #expect(digits(matrix[1][2], 0.22993471091708606) >= 6)
    #expect(matrix[2][1] == matrix[1][2] && matrix[1][1] == 1)
  }

  @Test("standard errors of y are divided by y on the log scale")
  func absoluteLog() throws {
    let report = try fit(.standardErrors(sigma), objective: .log)
    #expect(
      digits(values(report), [0.9698314471633694, 2.1247508658536103, 0.7636327762133265]) >= 7)
    #expect(
      digits(standardErrors(report), [0.042182946568469, 0.0869125218820537, 0.06498504692073194])
        >= 6)
  }

  @Test("weights are relative: the residuals say how large an error is")
  func weights() throws {
    let report = try fit(.weights([1, 2, 3, 4, 3, 2, 1]), objective: .linear)
    #expect(
      digits(values(report), [0.971298239863957, 2.1181333425255016, 0.7630992428459851]) >= 7)
    #expect(
      digits(
        standardErrors(report), [0.02423124771929505, 0.02900018744900669, 0.02653860744462226])
        >= 6)
  }

  @Test("an interval of the mean is the delta method's, made on the objective's scale")
  func interval() throws {
    let report = try fit(.standardErrors(sigma), objective: .log, predict: [0.5, 10, 128])
    // By the same covariance: exp(ln yhat -+ 1.6448536 sqrt(g'Cg)), g the gradient of ln yhat.
    let expected = [
      (4.577149092844098, 4.15753334975795, 5.039116239282427),
      (1.3359951056734118, 1.3013809916103483, 1.3715298854754825),
      (1.022091929738965, 0.9764365310386933, 1.0698820452018958),
    ]
    for (prediction, (mean, lower, upper)) in zip(report.predictions, expected) {
      #expect(digits(prediction.y ?? .nan, mean) >= 7)
      #expect(digits(prediction.meanLower ?? .nan, lower) >= 6)
      #expect(digits(prediction.meanUpper ?? .nan, upper) >= 6)
    }
  }

  @Test("4-digit addition: six constants whose correlations come near 1")
  func fourDigitAddition() throws {
    let report = try FourDigitAddition.fit(breaks: 1, objective: .log)
    let expected = [
      (0.41719180844095044, 5.2310167413365083e-02), (2.2736894463355641, 5.5383296007303857e-02),
      (5.5149177170790951e-02, 1.6579606503083039e-03), (5.6942343852053998, 0.49862396014967120),
      (612.80314025946905, 3.5588448718700083), (5.9263549971330341e-02, 1.2544715023961907e-03),
    ]
    for (constant, (value, error)) in zip(report.model.constants, expected) {
      #expect(digits(constant.value ?? .nan, value) >= 6, "\(constant.constant)")
      #expect(digits(constant.standardError ?? .nan, error) >= 5, "\(constant.constant)")
    }
    let matrix = try #require(report.model.correlation).matrix
    let correlations = [
      -0.9739355007180248, 0.8111948073278368, 0.9971613293528502, 0.9793606040035922,
      0.8771544739792652,
    ]
    #expect(digits(Array(matrix[0].dropFirst()), correlations) >= 5)
  }

  @Test("standard errors of a robust fit are how its constants scatter, with outliers and without")
  func huber() throws {
    for share in [0, 0.1] {
      var (values, errors): ([Double], [Double]) = ([], [])
      for seed in 1...120 as ClosedRange<UInt64> {
        var generator = SeededGenerator(seed: seed)
        let x = (0..<40).map { pow(10, 0.1 * Double($0)) }
        let y = x.map { x in
          let noise = generator.uniform(0...1) < share ? 0.2 : 0.02
          return 2 * pow(x, -0.3) * exp(noise * generator.normal())
        }
        var options = FitOptions()
        options.breaks = .exactly(0)
        options.loss = .huber
        options.fixed[.a] = 0
        options.predictions = []
        let report = try BrokenPowerLaw.fit(Points(x: x, y: y), options: options)
        values.append(report[.c0])
        errors.append(try #require(report.model.constants[2].standardError))
      }
      let scatter = (values.reduce(0) { $0 + ($1 - 0.3) * ($1 - 0.3) } / 120).squareRoot()
      let stated = errors.sorted()[60]
      #expect(abs(log(stated / scatter)) < 0.2, "\(stated) for \(scatter)")
    }
  }

  @Test("without more points than constants there is none, and the report says why")
  func noDegreesOfFreedom() throws {
    var options = FitOptions()
    options.breaks = .exactly(0)
    let report = try BrokenPowerLaw.fit(Points(x: [1, 2, 4], y: [3, 2, 1.6]), options: options)
    #expect(report.model.covarianceFault == .noDegreesOfFreedom(points: 3, constants: 3))
    #expect(report.model.correlation == nil)
    #expect(report.model.constants.allSatisfy { $0.standardError == nil && $0.lower == nil })
    #expect(report.hasWarning("covarianceUnavailable"))
  }
}
