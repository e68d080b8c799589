import TestSupport
import Testing

@testable import ScalingLaws

@Suite(
  "NIST's nonlinear regression problems",
  .enabled(if: MeasuredData.isPresent, "BNSL_DATA names no directory with reference data"))
struct NISTTests {
  @Test("every file holds as many points and constants as its problem", arguments: NISTProblem.all)
  func files(problem: NISTProblem) throws {
    let certificate = try problem.certificate()
    #expect(certificate.starts.allSatisfy { $0.count == certificate.parameters.count })
    #expect(certificate.sumOfSquares > 0)
    let columns = problem.name == "Nelson" ? 3 : 2
    #expect(certificate.data.count > certificate.parameters.count)
    #expect(certificate.data.allSatisfy { $0.count == columns })
  }

  // One setting for all; from afar it takes a few hundred steps (MGH10: 800).
  @Test(
    "6 digits of all constants and of the sum of squares from both starts",
    arguments: NISTProblem.all, [0, 1])
  func certified(problem: NISTProblem, start: Int) throws {
    let certificate = try problem.certificate()
    let solver = LevenbergMarquardt(
      maximumIterations: 2000, costTolerance: 1e-13, minimumDamping: 1e-16, refinements: 20)
    let solution = solver.minimize(
      problem.residuals(certificate), from: certificate.starts[start],
      in: Box(count: certificate.parameters.count))
    #expect(digits(solution.parameters, certificate.parameters) >= 6)
    // Lanczos1 was made without noise: its residuals, 1e-13 of y, are known to doubles in y to
    // three digits only.
    #expect(digits(solution.cost, certificate.sumOfSquares) >= (problem.name == "Lanczos1" ? 2 : 6))
  }
}
