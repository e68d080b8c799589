import TestSupport
import Testing

@testable import ScalingLaws

/// Figures by mpmath 1.3.0 with 40 digits, at the doubles that the literals name.
@Suite("Softplus and logistic function")
struct SoftplusTests {
  static let figures: [(z: Double, softplus: Double, logistic: Double)] = [
    (-745, 0x0.0000000000001p-1022, 0x0.0000000000001p-1022),
    (-100, 3.720075976020835963e-44, 3.720075976020835963e-44),
    (-40, 4.2483542552915889863e-18, 4.2483542552915889773e-18),
    (-20, 2.0611536203143807032e-9, 2.0611536181902035814e-9),
    (-1, 0.31326168751822283405, 0.26894142136999512075),
    (-1e-9, 0.69314718005994530954, 0.49999999975),
    (0, 0.69314718055994530942, 0.5),
    (1e-9, 0.69314718105994530954, 0.50000000025),
    (0.5, 0.97407698418010668087, 0.62245933120185456464),
    (1, 1.313261687518222834, 0.73105857863000487925),
    (20, 20.00000000206115362, 0.99999999793884638181),
    (36.5, 36.500000000000000141, 0.99999999999999985931),
    (700, 700, 1),
    (1e6, 1e6, 1),
  ]

  @Test("both are exact to 2 units in the last place", arguments: figures)
  func agreement(z: Double, softplus: Double, logistic: Double) {
    #expect(unitsInLastPlace(ScalingLaws.softplus(z), softplus) <= 2)
    #expect(unitsInLastPlace(ScalingLaws.logistic(z), logistic) <= 2)
  }

  @Test("neither overflows at the ends of the line")
  func ends() {
    #expect(softplus(-.infinity) == 0)
    #expect(softplus(.infinity) == .infinity)
    #expect(logistic(-.infinity) == 0)
    #expect(logistic(.infinity) == 1)
    #expect(softplus(.nan).isNaN)
    #expect(logistic(.nan).isNaN)
  }

  @Test("softplus(z) - softplus(-z) = z, and the logistic function is its slope", arguments: 0..<20)
  func identities(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let z = generator.uniform(-30...30)
    #expect(digits(softplus(z) - softplus(-z), z) >= 13)
    #expect(digits(logistic(z) + logistic(-z), 1) >= 15)
    let h = 1e-5
    #expect(digits((softplus(z + h) - softplus(z - h)) / (2 * h), logistic(z)) >= (z < -10 ? 4 : 7))
  }
}
