import Glibc
import Testing

@testable import ScalingLaws

@Suite("Quantiles of a normal mixture")
struct PosteriorMixtureTests {
  /// Quantiles of the standard normal distribution, to the digits of printed tables.
  private static let table: [(probability: Double, quantile: Double)] = [
    (0.5, 0), (0.75, 0.674489750196082), (0.9, 1.281551565544601), (0.95, 1.644853626951473),
    (0.975, 1.959963984540054), (0.99, 2.326347874040841), (0.9999, 3.719016485455709),
  ]

  @Test("one component, however often repeated, has the quantiles of a normal", arguments: table)
  func oneComponent(probability: Double, quantile: Double) throws {
    let component = NormalMixture.Component(weight: 3, mean: 5, variance: 4)
    let mixture = try #require(
      NormalMixture(components: [component, component, component]))
    #expect(abs(mixture.quantile(probability) - (5 + 2 * quantile)) < 1e-6)
  }

  @Test("far apart components each answer for their own share", arguments: [0.1, 0.2, 0.25])
  func separated(probability: Double) throws {
    let mixture = try #require(
      NormalMixture(components: [
      .init(weight: 0.3, mean: 0, variance: 1), .init(weight: 0.7, mean: 1000, variance: 9),
    ]))
    let low = Normal.quantile(probability / 0.3)
    let high = 1000 + 3 * Normal.quantile(probability / 0.7)
    #expect(abs(mixture.quantile(probability) - low) < 1e-4)
    #expect(abs(mixture.quantile(0.3 + probability) - high) < 1e-4)
  }

  @Test("a component without width is a step")
  func step() throws {
    let mixture = try #require(
      NormalMixture(components: [
      .init(weight: 0.5, mean: 2, variance: 0), .init(weight: 0.5, mean: 0, variance: 1),
    ]))
    #expect(abs(mixture.quantile(0.8) - 2) < 1e-6)
    #expect(mixture.cumulative(1.9) < 0.5 && mixture.cumulative(2) > 0.98)
  }

  @Test("mean and variance are those of the mixture")
  func moments() throws {
    let mixture = try #require(
      NormalMixture(components: [
      .init(weight: 1, mean: -1, variance: 2), .init(weight: 3, mean: 3, variance: 4),
    ]))
    #expect(mixture.mean == 2)
    #expect(mixture.variance == 3.5 + 3)
  }

  @Test("a mean, variance or weight that is not finite makes no mixture")
  func notFinite() {
    for bad in [Double.nan, .infinity] {
      #expect(NormalMixture(components: [.init(weight: 1, mean: bad, variance: 1)]) == nil)
      #expect(NormalMixture(components: [.init(weight: 1, mean: 0, variance: bad)]) == nil)
      #expect(NormalMixture(components: [.init(weight: bad, mean: 0, variance: 1)]) == nil)
    }
    #expect(NormalMixture(components: []) == nil)
  }
}
