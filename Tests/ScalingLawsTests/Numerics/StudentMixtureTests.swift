import Glibc
import Testing

@testable import ScalingLaws

@Suite("Quantiles of a mixture of Student's distributions")
struct StudentMixtureTests {
  private typealias Component = StudentMixture.Component

  @Test(
    "one component, however often repeated, has the quantiles of Student's distribution",
    arguments: [4.0, 12, .infinity], [0.01, 0.05, 0.5, 0.9])
  func oneComponent(degrees: Double, probability: Double) throws {
    let component = Component(weight: 3, centre: 5, scale: 2, degreesOfFreedom: degrees)
    let mixture = try #require(StudentMixture([component, component]))
    let exact = 5 + 2 * StudentT(degreesOfFreedom: degrees).quantile(probability)
    #expect(abs(mixture.quantile(probability) - exact) < (degrees.isFinite ? 0.1 : 1e-6))
  }

  @Test("far apart components each answer for their own share", arguments: [0.1, 0.2, 0.25])
  func separated(probability: Double) throws {
    let mixture = try #require(
      StudentMixture([
        Component(weight: 0.3, centre: 0, scale: 1, degreesOfFreedom: .infinity),
        Component(weight: 0.7, centre: 1000, scale: 3, degreesOfFreedom: .infinity),
      ]))
    let normal = StudentT(degreesOfFreedom: .infinity)
    let low = normal.quantile(probability / 0.3)
    let high = 1000 + 3 * normal.quantile(probability / 0.7)
    #expect(abs(mixture.quantile(probability) - low) < 1e-4)
    #expect(abs(mixture.quantile(0.3 + probability) - high) < 1e-4)
  }

  @Test("components without width are steps, and an interval reaches from step to step")
  func steps() throws {
    let mixture = try #require(
      StudentMixture(
        (0..<100).map {
          Component(weight: 1, centre: Double($0), scale: 0, degreesOfFreedom: .infinity)
        }))
    let interval = mixture.interval(0.9)
    #expect(abs(interval.lower - 4) < 1.01 && abs(interval.upper - 95) < 1.01)
  }

  @Test("the centre leaves out the laws at either end by their weight")
  func trimmed() throws {
    let mixture = try #require(
      StudentMixture([
        Component(weight: 0.05, centre: -1000, scale: 1, degreesOfFreedom: 5),
        Component(weight: 0.45, centre: 1, scale: 1, degreesOfFreedom: 5),
        Component(weight: 0.45, centre: 3, scale: 1, degreesOfFreedom: 5),
        Component(weight: 0.05, centre: 1e6, scale: 1, degreesOfFreedom: 5),
      ]))
    #expect(abs(mixture.centre(trim: 0.1) - 2) < 1e-9)
  }

  @Test("a centre, scale or weight that is not finite makes no mixture")
  func notFinite() {
    for bad in [Double.nan, .infinity] {
      #expect(
        StudentMixture([Component(weight: 1, centre: bad, scale: 1, degreesOfFreedom: 3)]) == nil)
      #expect(
        StudentMixture([Component(weight: 1, centre: 0, scale: bad, degreesOfFreedom: 3)]) == nil)
      #expect(
        StudentMixture([Component(weight: bad, centre: 0, scale: 1, degreesOfFreedom: 3)]) == nil)
    }
    #expect(StudentMixture([]) == nil)
  }

  @Test("an end between components of equal weights is that of the outer one")
  func endBetweenComponents() throws {
    // Nine tenths of the weight lie between the first and the last centre.
    for rounding in [0, 1e-15, -1e-15] {
      let components = (0..<20).map {
        StudentMixture.Component(
          weight: $0 == 3 ? 0.05 + rounding : 0.05, centre: Double($0), scale: 1e-3,
          degreesOfFreedom: .infinity)
      }
      let interval = try #require(StudentMixture(components)).interval(0.9)
      #expect(abs(interval.lower) < 0.01)
      #expect(abs(interval.upper - 19) < 0.01)
    }
  }
}
