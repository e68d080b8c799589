import Glibc
import TestSupport
import Testing

@testable import ScalingLaws

/// Four-lane functions against mpmath 1.3.0 (typed-in figures, 40 digits) and, on random arguments,
/// against the C library, whose own error is below 1 unit in the last place (ulp).
@Suite("Elementary functions of four lanes")
struct LanesTests {
  /// Every lane goes through the same arithmetic, so one lane can stand for all.
  private func single(_ f: (Lanes) -> Lanes, _ x: Double) -> Double { f(Lanes(repeating: x))[2] }

  static let exponentials: [(x: Double, value: Double)] = [
    (-708, 3.3075530036384079962e-308), (-700.5, 5.9801961186397912064e-305),
    (-100, 3.720075976020835963e-44), (-1, 0.3678794411714423216),
    (-0.34657359027997264, 0.7071067811865475326), (-1e-10, 0.9999999999), (0, 1),
    (1e-300, 1), (1e-10, 1.0000000001), (0.34657359027997264, 1.4142135623730950324),
    (0.3465735902799727, 1.4142135623730951109), (1, 2.7182818284590452354),
    (10, 22026.465794806716517), (100, 2.6881171418161354484e+43),
    (700.5, 1.6721859620674985572e+304), (709, 8.2184074615549721892e+307),
  ]

  @Test("e^x is exact to 1 ulp at powers, ends and edges of the reduction", arguments: exponentials)
  func exponential(x: Double, value: Double) {
    #expect(unitsInLastPlace(single(\.exponential, x), value) <= 1)
  }

  static let logarithms: [(x: Double, value: Double)] = [
    (0x1p-1022, -708.39641853226410622), (1e-300, -690.77552789821370518),
    (1e-10, -23.025850929940456804), (0.70710678118654746, -0.34657359027997274336),
    (0.70710678118654757, -0.34657359027997258635),
    (0.9999999999999999, -1.1102230246251566021e-16), (1, 0),
    (1.0000000000000002, 2.2204460492503128343e-16),
    (1.4142135623730949, 0.34657359027997256606), (1.4142135623730951, 0.34657359027997272307),
    (2, 0.69314718055994530942), (10, 2.302585092994045684), (1e300, 690.77552789821370526),
    (1.7976931348623157e308, 709.78271289338399673),
  ]

  @Test("ln x is exact to 1 ulp at powers, ends and edges of the reduction", arguments: logarithms)
  func logarithm(x: Double, value: Double) {
    #expect(unitsInLastPlace(single(\.logarithm, x), value) <= 1)
  }

  static let logarithmsOfOnePlus: [(x: Double, value: Double)] = [
    (0, 0), (1e-300, 1e-300), (1e-16, 9.999999999999999291e-17),
    (1e-8, 9.9999999500000005426e-9), (0.1, 0.09531017980432486509),
    (0.41421356237309503, 0.34657359027997264456), (0.4142135623730951, 0.34657359027997268381),
    (0.5, 0.40546510810816438198), (0.9999999999999999, 0.69314718055994525391),
    (1, 0.69314718055994530942),
  ]

  @Test("ln(1 + x) is exact to 1 ulp, also where 1 + x rounds to 1", arguments: logarithmsOfOnePlus)
  func logarithmOfOnePlus(x: Double, value: Double) {
    #expect(unitsInLastPlace(single(\.logarithmOfOnePlus, x), value) <= 1)
  }

  @Test("a million random arguments stay within 2 ulp of the C library", arguments: [1, 2, 3, 4])
  func randomArguments(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    func draw(_ range: ClosedRange<Double>) -> Lanes {
      Lanes(
        generator.uniform(range), generator.uniform(range), generator.uniform(range),
        generator.uniform(range))
    }
    var worst = (exponential: 0.0, small: 0.0, logarithm: 0.0, near1: 0.0, onePlus: 0.0)
    for _ in 0..<62_500 {
      let wide = draw(-708...709)
      let small = draw(-2...2)
      let power = draw(-700...700)
      let near1 = draw(0.5...2)
      let share = draw(0...1)
      let exponential = wide.exponential
      let ofSmall = small.exponential
      let positive = Lanes(exp(power[0]), exp(power[1]), exp(power[2]), exp(power[3]))
      let logarithm = positive.logarithm
      let ofNear1 = near1.logarithm
      let onePlus = share.logarithmOfOnePlus
      for k in 0..<4 {
        worst.exponential = max(
          worst.exponential, unitsInLastPlace(exponential[k], exp(wide[k])))
        worst.small = max(worst.small, unitsInLastPlace(ofSmall[k], exp(small[k])))
        worst.logarithm = max(worst.logarithm, unitsInLastPlace(logarithm[k], log(positive[k])))
        worst.near1 = max(worst.near1, unitsInLastPlace(ofNear1[k], log(near1[k])))
        worst.onePlus = max(worst.onePlus, unitsInLastPlace(onePlus[k], log1p(share[k])))
      }
    }
    #expect(worst.exponential <= 2)
    #expect(worst.small <= 2)
    #expect(worst.logarithm <= 2)
    #expect(worst.near1 <= 2)
    #expect(worst.onePlus <= 2)
  }

  @Test("e^x holds its value at the ends beyond which it would overflow or vanish")
  func saturation() {
    #expect(single(\.exponential, 710) == single(\.exponential, 709))
    #expect(single(\.exponential, .infinity) == single(\.exponential, 709))
    #expect(single(\.exponential, -.infinity) == single(\.exponential, -708))
    #expect(single(\.exponential, .nan).isNaN)
  }

  @Test(
    "ln x is NaN for all that is not positive and normal",
    arguments: [0, -0.0, -1, -Double.infinity, .infinity, .nan, 0x1p-1023])
  func domain(x: Double) {
    #expect(single(\.logarithm, x).isNaN)
  }

  @Test("a bad lane leaves its neighbours alone")
  func independence() {
    let x = Lanes(2, .nan, 3, -1)
    #expect(unitsInLastPlace(x.logarithm[0], log(2)) <= 1)
    #expect(unitsInLastPlace(x.logarithm[2], log(3)) <= 1)
    #expect(unitsInLastPlace(x.exponential[3], exp(-1)) <= 1)
  }

  @Test("softplus and logistic agree with the scalar ones to 3 ulp", arguments: [5, 6])
  func softplusAndLogistic(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var worst = 0.0
    for _ in 0..<50_000 {
      let z = generator.uniform(-300...300) * generator.uniform(0...1)
      let (p, w) = Lanes(repeating: z).softplusAndLogistic
      worst = max(worst, unitsInLastPlace(p[1], softplus(z)), unitsInLastPlace(w[3], logistic(z)))
    }
    #expect(worst <= 3)
  }

  @Test("far on either side of a break nothing is left of it", arguments: [301, 1e3, .infinity])
  func farFromBreak(z: Double) {
    #expect(Lanes(repeating: -z).softplus == .zero)
    #expect(Lanes(repeating: z).softplus == Lanes(repeating: z))
    #expect(Lanes(repeating: -z).softplusAndLogistic == (.zero, .zero))
    #expect(
      Lanes(repeating: z).softplusAndLogistic == (Lanes(repeating: z), Lanes(repeating: 1)))
  }

  @Test("dot sums every lane of every group")
  func dotProduct() {
    let a = [Lanes(1, 2, 3, 4), Lanes(5, 6, 7, 8)]
    let b = [Lanes(8, 7, 6, 5), Lanes(4, 3, 2, 1)]
    #expect(dot(a, b, lanes: 2) == 120)
    #expect(dot(a, b, lanes: 0) == 0)
  }

  @Test("products with several columns are those with each", arguments: [0, 1, 3, 4, 5, 8, 10])
  func productsWithColumns(count: Int) {
    var generator = SeededGenerator(seed: 7)
    let lanes = 3
    func draw() -> Lanes {
      Lanes(generator.normal(), generator.normal(), generator.normal(), generator.normal())
    }
    let a = (0..<lanes).map { _ in draw() }
    let columns = (0..<(lanes * count)).map { _ in draw() }
    var products = [Double](repeating: .nan, count: count + 1)
    writeProducts(of: a, with: columns, count: count, lanes: lanes, to: &products)
    for k in 0..<count {
      let column = Array(columns[(lanes * k)..<(lanes * (k + 1))])
      #expect(products[k] == dot(a, column, lanes: lanes))
    }
    #expect(products[count].isNaN)
  }

  @Test("a product plus a term is rounded once")
  func fusedProduct() {
    // Rounded by itself, (1 + u)(1 - u) = 1 - u^2 is 1.
    let u = Double.ulpOfOne
    #expect(Lanes(repeating: 1 + u).times(1 - u, plus: -1)[0] == -u * u)
  }
}
