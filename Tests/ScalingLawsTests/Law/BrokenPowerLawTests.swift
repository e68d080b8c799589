import Glibc
import TestSupport
import Testing

@testable import ScalingLaws

@Suite("The law")
struct BrokenPowerLawTests {
  /// A law whose direct formula stays within the range of a double for x in [0.1, 1e4].
  static func random(seed: UInt64, breaks: Int) -> BrokenPowerLaw {
    var generator = SeededGenerator(seed: seed)
    return BrokenPowerLaw(
      limit: generator.uniform(-1...1), sign: seed % 2 == 0 ? .positive : .negative,
      logCoefficient: generator.uniform(-2...2), exponent: generator.uniform(-0.5...1),
      breaks: (0..<breaks).map { _ in
        .init(
          exponentChange: generator.uniform(-2...2), logLocation: generator.uniform(0...7),
          width: generator.uniform(0.1...2))
      })
  }

  /// Equation 1 of the paper as it is printed.
  static func direct(_ law: BrokenPowerLaw, _ x: Double) -> Double {
    let b = law.sign.rawValue * exp(law.logCoefficient)
    return law.breaks.reduce(b * pow(x, -law.exponent)) { product, bend in
      product
        * pow(
          1 + pow(x / bend.location, 1 / bend.width),
          -bend.exponentChange * bend.width)
    } + law.limit
  }

  static let lawsAndBreaks = (0..<30).map { (UInt64($0), $0 % 6) }

  @Test("the value is the paper's equation 1", arguments: lawsAndBreaks)
  func equation(seed: UInt64, breaks: Int) {
    let law = Self.random(seed: seed, breaks: breaks)
    for x in [0.1, 1, 3, 20, 150, 1100, 1e4] {
      // The sum a + e^g may cancel: count digits of the power-law part.
      #expect(digits(law.value(at: x) - law.limit, Self.direct(law, x) - law.limit) >= 11)
    }
  }

  @Test("without breaks it is a + b x^-c0", arguments: [1e-3, 0.5, 1, 7, 1e10, 1e26])
  func withoutBreaks(x: Double) {
    let law = BrokenPowerLaw(limit: 0.25, logCoefficient: log(3), exponent: 0.4)
    #expect(digits(law.value(at: x), 0.25 + 3 * pow(x, -0.4)) >= 14)
    #expect(law.slope(atLogX: log(x)) == -0.4)
    #expect(law.slopeDerivative(atLogX: log(x)) == 0)
  }

  @Test("a sharp break follows its two power laws where the direct form overflows")
  func sharpBreak() {
    // At x = 1e26, (x/d)^(1/f) is 10^(24/0.003): far beyond any double.
    let law = BrokenPowerLaw(
      limit: 0, logCoefficient: 0.5, exponent: 0.1,
      breaks: [.init(exponentChange: 0.3, logLocation: log(100), width: 0.003)])
    let b = exp(0.5)
    #expect(digits(law.value(at: 1e26), b * pow(100, 0.3) * pow(1e26, -0.4)) >= 13)
    #expect(digits(law.value(at: 1), b) >= 15)
    #expect(digits(law.value(at: 1e-26), b * pow(1e-26, -0.1)) >= 13)
    // At d itself the factor is 2^(-c f).
    #expect(digits(law.value(at: 100), b * pow(100, -0.1) * pow(2, -0.3 * 0.003)) >= 14)
    #expect(!Self.direct(law, 1e26).isNormal)
  }

  @Test("a coefficient beyond any double still gives a value")
  func hugeCoefficient() {
    // b = e^1200, x^-c0 = e^-1210.
    let law = BrokenPowerLaw(limit: 1, logCoefficient: 1200, exponent: 121)
    #expect(digits(law.value(atLogX: 10), 1 + exp(-10)) >= 14)
  }

  @Test("the gradient agrees with central differences", arguments: lawsAndBreaks)
  func gradient(seed: UInt64, breaks: Int) {
    let law = Self.random(seed: seed, breaks: breaks)
    let u = [0.3, 2.5, 6.0][Int(seed) % 3]
    let h = 1e-5
    for (k, derivative) in law.gradient(atLogX: u).enumerated() {
      let above = law.moving(k, by: h).value(atLogX: u)
      let below = law.moving(k, by: -h).value(atLogX: u)
      // Differences of values of size |y| carry errors of |y| eps/h = 1e-11 |y|, and h^2 curvature.
      let tolerance = 1e-8 * (1 + abs(derivative) + abs(law.value(atLogX: u)))
      #expect(abs((above - below) / (2 * h) - derivative) <= tolerance, "parameter \(k)")
    }
  }

  @Test("the slope and its derivative agree with central differences", arguments: lawsAndBreaks)
  func slope(seed: UInt64, breaks: Int) {
    let law = Self.random(seed: seed, breaks: breaks)
    let h = 1e-5
    for u in [-1.0, 0.5, 3, 5, 8] {
      let difference = (law.logExcess(atLogX: u + h) - law.logExcess(atLogX: u - h)) / (2 * h)
      #expect(abs(law.slope(atLogX: u) - difference) <= 1e-8)
      let second = (law.slope(atLogX: u + h) - law.slope(atLogX: u - h)) / (2 * h)
      // The third derivative of g is at most |c|/f^2 <= 200 a break.
      #expect(abs(law.slopeDerivative(atLogX: u) - second) <= 1e-7)
    }
  }

  @Test("far from all bends the slope is that of the segment", arguments: 0...3)
  func segmentSlopes(after count: Int) {
    let law = BrokenPowerLaw(
      limit: 0, logCoefficient: 0, exponent: 0.2,
      breaks: [10.0, 20, 30].map {
        .init(exponentChange: 0.1 * $0, logLocation: $0, width: 0.01)
      })
    let expected = [-0.2, -1.2, -3.2, -6.2][count]
    #expect(digits(law.slope(afterBreaks: count), expected) >= 15)
    #expect(digits(law.slope(atLogX: 10 * Double(count) + 5), expected) >= 15)
  }

  @Test("reflection turns the law over and twice gives it back", arguments: lawsAndBreaks)
  func reflection(seed: UInt64, breaks: Int) {
    let law = Self.random(seed: seed, breaks: breaks)
    let mirror = law.reflected(at: 1.5)
    for u in [0.0, 2, 7] {
      let scale = abs(law.value(atLogX: u)) + 1.5 + abs(law.limit)
      #expect(abs(mirror.value(atLogX: u) - (1.5 - law.value(atLogX: u))) <= 1e-15 * 4 * scale)
    }
    #expect(abs(mirror.reflected(at: 1.5).limit - law.limit) <= 1e-15)
    #expect(mirror.reflected(at: 1.5).sign == law.sign)
  }

  @Test("breaks come out in ascending order")
  func order() {
    let breaks = [3.0, 1, 2].map {
      BrokenPowerLaw.Break(exponentChange: $0, logLocation: $0, width: 1)
    }
    let law = BrokenPowerLaw(limit: 0, logCoefficient: 0, exponent: 0, breaks: breaks)
    #expect(law.breaks.map(\.logLocation) == [1, 2, 3])
  }

  @Test("completion and its inverse agree", arguments: [0.0014, 0.1, 0.5, 0.9, 0.999])
  func completion(share: Double) {
    let bend = BrokenPowerLaw.Break(exponentChange: 5, logLocation: 6.4, width: 0.06)
    #expect(digits(bend.completion(atLogX: bend.logX(atCompletion: share)), share) >= 12)
  }

  @Test("the bend of 4-digit addition runs from 538 to 698")
  func bendOfAddition() {
    let bend = BrokenPowerLaw.Break(
      exponentChange: 5.66290339565, logLocation: log(612.583616651),
      width: 0.0591930386862)
    let places = [0.1, 0.5, 0.9].map { exp(bend.logX(atCompletion: $0)) }
    #expect(digits(places, [537.9, 612.6, 697.7]) >= 4)
    // The paper sees the break begin at about 415, where 0.14 % of the change is done.
    #expect(digits(bend.completion(atLogX: log(415)), 0.0014) >= 1.5)
  }
}

extension BrokenPowerLaw {
  /// The law with one of (a, ln|b|, c0, then c, ln d, ln f of each break) moved.
  func moving(_ parameter: Int, by h: Double) -> BrokenPowerLaw {
    var breaks = breaks
    var law = self
    switch parameter {
    case 0: law.limit += h
    case 1: law.logCoefficient += h
    case 2: law.exponent += h
    default:
      let k = parameter / 3 - 1
      switch parameter % 3 {
      case 0: breaks[k].exponentChange += h
      case 1: breaks[k].logLocation += h
      default: breaks[k].width *= exp(h)
      }
    }
    return BrokenPowerLaw(
      limit: law.limit, sign: law.sign, logCoefficient: law.logCoefficient,
      exponent: law.exponent, breaks: breaks)
  }
}
