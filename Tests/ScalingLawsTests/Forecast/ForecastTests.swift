import Glibc
import TestSupport
import Testing

@testable import ScalingLaws

@Suite("The average over laws as a forecast", .computesAside)
struct ForecastTests {
  private func forecast(
    _ points: Points, at places: [Double], options: FitOptions = FitOptions()
  ) throws -> [Prediction] {
    var options = options
    options.predictions = places
    return try BrokenPowerLaw.fit(points, options: options).predictions
  }

  /// a + b x^-c with relative noise.
  private func points(
    _ count: Int, a: Double, c: Double, noise: Double, seed: UInt64, decades: Double = 2,
    knownNoise: Bool = false
  ) throws -> Points {
    var random = SplitMix64(seed: seed, stream: 0)
    let x = (0..<count).map { pow(10, decades * Double($0) / Double(count - 1)) }
    let y = x.map { (a + pow($0, -c)) * exp(noise * random.normal()) }
    return try Points(
      x: x, y: y, noise: knownNoise ? .standardErrors(y.map { $0 * noise }) : .unknown)
  }

  @Test("three points give an interval from a limit of 0 to the last value")
  func threePoints() throws {
    for y in [[3, 2, 1.5], [2.3, 1.714, 1.3], [0.9, 0.7, 0.6]] {
      let x: [Double] = [1, 10, 100]
      let prediction = try forecast(Points(x: x, y: y), at: [1000])[0]
      // The power law through them without a limit, by least squares of logarithms.
      let slope = (log(y[2]) - log(y[0])) / 2
      let straight = exp(y.reduce(0) { $0 + log($1) } / 3 + 2 * slope)
      #expect(try #require(prediction.lower) <= straight * 1.02)
      #expect(try #require(prediction.upper) >= y[2] * 0.97)
      let centre = try #require(prediction.y)
      #expect(straight < centre && centre < y[2])
    }
  }

  @Test("known noise is absolute: a new measurement scatters by it at its own x")
  func knownNoise() throws {
    let x: [Double] = [1, 2, 4, 8, 16, 32, 64, 128]
    let y = [3.0028, 2.41, 1.998, 1.7082, 1.497, 1.3533, 1.2505, 1.1743]
    var widths: [Double] = []
    for sigma in [0.01, 0.05, 0.2] {
      let points = try Points(x: x, y: y, noise: .standardErrors(x.map { _ in sigma }))
      for prediction in try forecast(points, at: [20, 256]) {
        let (lower, upper) = (try #require(prediction.lower), try #require(prediction.upper))
        #expect(upper - lower > 2 * 1.6 * sigma)
        if prediction.x == 20 { widths.append(upper - lower) }
      }
    }
    #expect(widths[0] < widths[1] && widths[1] < widths[2])
    #expect(widths[1] < 0.25)
    // At an x with noise of its own.
    let uneven = try Points(
      x: x, y: y, noise: .standardErrors([0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.3, 0.3]))
    let (quiet, loud) = (try forecast(uneven, at: [5])[0], try forecast(uneven, at: [100])[0])
    #expect(try #require(quiet.upper) - #require(quiet.lower) < 0.1)
    #expect(try #require(loud.upper) - #require(loud.lower) > 2 * 1.6 * 0.3)
  }

  @Test("other units of x and y change the units of the forecast and nothing else")
  func units() throws {
    let points = try points(12, a: 0.3, c: 0.6, noise: 0.01, seed: 3)
    let plain = try forecast(points, at: [300, 3000])
    let scaled = try forecast(
      Points(x: points.x.map { $0 * 1e9 }, y: points.y.map { $0 * 8 }), at: [3e11, 3e12])
    for (one, other) in zip(plain, scaled) {
      for path in [\Prediction.y, \.lower, \.upper, \.meanLower, \.meanUpper] {
        let (a, b) = (try #require(one[keyPath: path]), try #require(other[keyPath: path]))
        #expect(abs(b / 8 / a - 1) < 1e-6)
      }
    }
  }

  @Test("progress to smaller x gives the mirrored forecast")
  func mirrored() throws {
    let points = try points(15, a: 0.2, c: 0.5, noise: 0.01, seed: 4)
    let plain = try forecast(points, at: [1000])[0]
    var options = FitOptions()
    options.progress = .decreasing
    let mirrored = try forecast(
      Points(x: points.x.map { 1 / $0 }, y: points.y), at: [0.001], options: options)[0]
    for path in [\Prediction.y, \.lower, \.upper] {
      #expect(
        abs(try #require(mirrored[keyPath: path]) / #require(plain[keyPath: path]) - 1) < 1e-6)
    }
  }

  @Test("the order of points and of replicates changes no bit")
  func order() throws {
    let x: [Double] = [1, 1, 1, 5, 5, 25, 25, 25, 125, 125, 625, 625]
    let y = [3, 3.1, 2.9, 2, 2.05, 1.5, 1.45, 1.52, 1.2, 1.18, 1.0, 1.02]
    let plain = try forecast(Points(x: x, y: y), at: [5000])[0]
    let order = [7, 2, 11, 0, 5, 9, 1, 3, 10, 4, 8, 6]
    let shuffled = try forecast(
      Points(x: order.map { x[$0] }, y: order.map { y[$0] }), at: [5000])[0]
    #expect(plain.y?.bitPattern == shuffled.y?.bitPattern)
    #expect(plain.lower?.bitPattern == shuffled.lower?.bitPattern)
    #expect(plain.upper?.bitPattern == shuffled.upper?.bitPattern)
  }

  @Test("fixed and bounded constants hold for every law of the average")
  func constraints() throws {
    let points = try points(14, a: 0.3, c: 0.6, noise: 0.02, seed: 5)
    func laws(_ change: (inout FitOptions) -> Void) throws -> [BrokenPowerLaw] {
      var options = FitOptions()
      change(&options)
      let report = try BrokenPowerLaw.fit(points, options: options)
      #expect(report.forecast.kind == .combined)
      return report.forecast.members.map(\.law)
    }
    for law in try laws({ $0.fixed[.a] = 0.25 }) { #expect(abs(law.limit - 0.25) < 1e-9) }
    for law in try laws({ $0.bounds[.a] = 0.1...0.2 }) {
      #expect(law.limit > 0.1 - 1e-9 && law.limit < 0.2 + 1e-9)
    }
    for law in try laws({ $0.fixed[.c0] = 0.5 }) { #expect(abs(law.exponent - 0.5) < 1e-9) }
    for law in try laws({ $0.bounds[.c0] = 0.7...2 }) { #expect(law.exponent > 0.7 - 1e-9) }
    for law in try laws({ $0.fixed[.b] = 1.1 }) {
      #expect(abs(exp(law.logCoefficient) - 1.1) < 1e-9)
    }
  }

  @Test("constants of single breaks leave the forecast to the law that has them")
  func breakConstraints() throws {
    var options = FitOptions()
    options.breaks = .exactly(1)
    options.forecast = .combined
    options.fixed[.c(1)] = 0.2
    let points = try points(20, a: 0.3, c: 0.6, noise: 0.02, seed: 6)
    #expect(try BrokenPowerLaw.fit(points, options: options).forecast.kind == .single)
  }

  @Test(
    "steep and shallow power laws are foreseen a decade on", arguments: [0.1, 0.3, 1, 2, 3])
  func exponents(c: Double) throws {
    var ratios: [Double] = []
    for seed in 1...7 as ClosedRange<UInt64> {
      let points = try points(17, a: 0, c: c, noise: 0.05, seed: seed, decades: 4)
      let prediction = try forecast(points, at: [1e5])[0]
      ratios.append(try #require(prediction.y) / pow(1e5, -c))
      #expect(try #require(prediction.lower) < pow(1e5, -c))
      #expect(try #require(prediction.upper) > pow(1e5, -c))
    }
    ratios.sort()
    #expect(abs(ratios[3] - 1) < 0.15, "\(ratios)")
  }

  @Test("a ceiling and 0 are crossed by no forecast of an accuracy")
  func accuracies() throws {
    var options = FitOptions()
    options.direction = .higherIsBetter
    options.ceiling = 1
    options.randomGuess = 0.25
    for seed in 1...5 as ClosedRange<UInt64> {
      var random = SplitMix64(seed: seed, stream: 0)
      let x = (0..<10).map { pow(10, 0.4 * Double($0)) }
      let y = x.map { x in
        let p = 0.25 + 0.7 / (1 + pow(40 / x, 1.2))
        let hits = (0..<300).filter { _ in random.uniform() < p }.count
        return Double(hits) / 300
      }
      let points = try Points(x: x, y: y, noise: .trials(x.map { _ in 300 }))
      for prediction in try forecast(points, at: [1e4, 1e5, 1e7], options: options) {
        let values = [
          prediction.lower, prediction.meanLower, prediction.y, prediction.meanUpper,
          prediction.upper,
        ]
        for (less, more) in zip(values, values.dropFirst()) {
          #expect(try #require(less) <= #require(more))
        }
        #expect(try #require(prediction.lower) >= 0 && #require(prediction.upper) <= 1)
      }
    }
  }

  @Test("a metric that rises without a known ceiling is not stopped by an invented one")
  func rising() throws {
    let y: [Double] = [
      20.9, 22.9, 25.2, 26.9, 28.3, 29.5, 30.7, 31.8, 32.9, 34.0, 35.3, 36.4, 37.5, 38.6, 39.6,
      40.6,
      41.6, 42.5, 43.2, 44.2, 45.0, 45.8, 46.5, 47.3,
    ]
    var options = FitOptions()
    options.direction = .higherIsBetter
    let predictions = try forecast(
      Points(x: (1...24).map(Double.init), y: y), at: [25, 27, 29, 1e4], options: options)
    for (prediction, measured) in zip(predictions, [48.0, 49.2, 50.4]) {
      #expect(try #require(prediction.lower) < measured && measured < #require(prediction.upper))
    }
    #expect(try #require(predictions[3].upper) > 100)
  }

  @Test("a plateau with a sharp fall is foreseen where its points determine the law")
  func fourDigitAddition() throws {
    let law = { (x: Double) -> Double in
      let bend =
        5.66290339565 * 0.0591930386862 * log1p(pow(x / 612.583616651, 1 / 0.0591930386862))
      return 0.413884465683 + 2.27727230483 * pow(x, -0.0550773425874) * exp(-bend)
    }
    let x: [Double] = [160, 192, 256, 320, 384, 448, 480, 512, 544, 576, 608, 640, 672, 736]
    for prediction in try forecast(Points(x: x, y: x.map(law)), at: [800, 864, 928]) {
      #expect(abs(log(try #require(prediction.y) / law(prediction.x))) < 0.01)
      #expect(try #require(prediction.lower) < law(prediction.x))
      #expect(try #require(prediction.upper) > law(prediction.x))
    }
  }

  @Test("among the points the forecast follows them")
  func inside() throws {
    // A wave that no law of two breaks follows.
    let x = (0..<30).map { pow(10, 0.1 * Double($0)) }
    let y = x.map { pow($0, -0.3) * exp(0.1 * sin(3 * log($0))) }
    let between = pow(10, 1.45)
    let prediction = try forecast(Points(x: x, y: y), at: [between])[0]
    let truth = pow(between, -0.3) * exp(0.1 * sin(3 * log(between)))
    #expect(abs(log(try #require(prediction.y) / truth)) < 0.05)
  }
}
