import Glibc
import TestSupport
import Testing

@testable import ScalingLaws

@Suite("Residuals of a law")
struct LawResidualsTests {
  /// 11 points, so that the last group of four is not full.
  private func observations(
    seed: UInt64, objective: Objective, noise: Noise = .unknown
  ) throws -> Observations {
    var generator = SeededGenerator(seed: seed)
    let x = (0..<11).map { _ in exp(generator.uniform(0...6)) }
    let points = try Points(x: x, y: x.map { _ in generator.uniform(0.5...2) }, noise: noise)
    return Observations(
      points, in: Frame(points: points, orientation: .direct, objective: .given(objective)),
      inAllDigits: true)
  }

  private func parameters(seed: UInt64, breaks: Int) -> [Double] {
    var generator = SeededGenerator(seed: 1000 + seed)
    let head = [
      generator.uniform(0.1...0.5), generator.uniform(-1...0.5), generator.uniform(-0.3...0.6),
    ]
    return head
      + (0..<breaks).flatMap { _ in
        [generator.uniform(-1...1), generator.uniform(-3...3), generator.uniform(-2...1)]
      }
  }

  /// Residuals, and the Jacobian column by column, lanes unpacked.
  private func evaluate(_ problem: LawResiduals, _ theta: [Double]) -> (
    residuals: [Double], columns: [[Double]]
  ) {
    let lanes = problem.laneCount
    var buffer = [Lanes](repeating: Lanes(repeating: .nan), count: lanes * (theta.count + 1))
    theta.withUnsafeBufferPointer { theta in
      buffer.withUnsafeMutableBufferPointer { buffer in
        problem.evaluate(
          at: theta.baseAddress!, residuals: buffer.baseAddress!,
          jacobian: buffer.baseAddress! + lanes)
      }
    }
    let columns = (0...theta.count).map { column in
      (0..<(4 * lanes)).map { buffer[column * lanes + $0 / 4][$0 % 4] }
    }
    return (columns[0], Array(columns.dropFirst()))
  }

  struct Setting: Sendable, CustomTestStringConvertible {
    var breaks: Int
    var objective: Objective
    var progress: Progress?
    var threshold: Double?
    var testDescription: String {
      "\(breaks) breaks, \(objective), prior \(progress.map { "\($0)" } ?? "none"), "
        + "Huber \(threshold.map { "\($0)" } ?? "none")"
    }
  }

  static let settings: [Setting] = (0...5).flatMap { breaks in
    [Objective.log, .log1p, .linear].flatMap { objective in
      [Progress?.none, .increasing, .decreasing].flatMap { progress in
        [Double?.none, 0.3].map {
          Setting(breaks: breaks, objective: objective, progress: progress, threshold: $0)
        }
      }
    }
  }

  @Test("the Jacobian agrees with central differences", arguments: settings)
  func jacobian(setting: Setting) throws {
    let seed = UInt64(setting.breaks)
    let prior = setting.progress.map { ExponentPrior(centre: 0.7, strength: 0.04, progress: $0) }
    let problem = LawResiduals(
      try observations(seed: seed, objective: setting.objective), breaks: setting.breaks,
      prior: prior, threshold: setting.threshold)
    let theta = parameters(seed: seed, breaks: setting.breaks)
    #expect(problem.parameterCount == theta.count)
    let columns = evaluate(problem, theta).columns
    let h = 1e-6
    for (k, column) in columns.enumerated() {
      var above = theta
      var below = theta
      above[k] += h
      below[k] -= h
      let high = evaluate(problem, above).residuals
      let low = evaluate(problem, below).residuals
      for i in column.indices {
        let difference = (high[i] - low[i]) / (2 * h)
        #expect(
          abs(column[i] - difference) <= 1e-8 * (1 + abs(difference)), "row \(i), column \(k)")
      }
    }
  }

  @Test("the curvature agrees with differences", arguments: settings.filter { $0.threshold == nil })
  func curvature(setting: Setting) throws {
    let seed = UInt64(setting.breaks)
    let prior = setting.progress.map { ExponentPrior(centre: 0.7, strength: 0.04, progress: $0) }
    let problem = LawResiduals(
      try observations(seed: seed, objective: setting.objective), breaks: setting.breaks,
      prior: prior)
    let theta = parameters(seed: seed, breaks: setting.breaks)
    let direction = theta.indices.map { [0.3, -0.2, 0.5][$0 % 3] }
    func moved(by h: Double) -> [Double] {
      evaluate(problem, zip(theta, direction).map { $0 + h * $1 }).residuals
    }
    let columns = evaluate(problem, theta).columns.flatMap { $0 }.lanes(filler: 0)
    var curvature = [Lanes](repeating: .zero, count: problem.laneCount)
    #expect(
      problem.writeCurvature(along: direction, at: theta, jacobian: columns, to: &curvature))
    let h = 1e-3
    let (high, low, here) = (moved(by: h), moved(by: -h), moved(by: 0))
    for (i, value) in curvature.doubles(here.count).enumerated() {
      let difference = (high[i] - 2 * here[i] + low[i]) / (h * h)
      #expect(abs(value - difference) <= 1e-4 * (1 + abs(difference)), "row \(i)")
    }
  }

  @Test("residuals are the law's, weighted", arguments: [Objective.log, .log1p, .linear])
  func residuals(objective: Objective) throws {
    let noise = Noise.weights((1...11).map(Double.init))
    let observations = try observations(seed: 3, objective: objective, noise: noise)
    let theta = parameters(seed: 3, breaks: 2)
    let frame = observations.frame
    let law = frame.law(theta)
    let got = evaluate(LawResiduals(observations, breaks: 2), theta).residuals
    for i in 0..<observations.count {
      let y = law.value(atLogX: observations.t[i] + frame.origin)
      let measured = frame.y(observations.values[i])
      let scale: (Double) -> Double =
        switch objective {
        case .log: { log($0) }
        case .log1p: { log1p($0) }
        case .linear: { $0 / frame.scale }
        }
      let expected = observations.weights[i].squareRoot() * (scale(y) - scale(measured))
      #expect(abs(got[i] - expected) <= 1e-13)
    }
    #expect(got.dropFirst(11).allSatisfy { $0 == 0 })
  }

  @Test("the prior's rows are its penalty", arguments: [Progress.increasing, .decreasing])
  func prior(progress: Progress) throws {
    let observations = try observations(seed: 4, objective: .log)
    let prior = ExponentPrior(centre: 0.7, strength: 0.09, progress: progress)
    let theta: [Double] = [0.1, 0, 0.4, 0.5, 0, 0, -1.5, 1, 0]
    let without = evaluate(LawResiduals(observations, breaks: 2), theta).residuals
    let with = evaluate(LawResiduals(observations, breaks: 2, prior: prior), theta).residuals
    func sum(_ r: [Double]) -> Double { r.reduce(0) { $0 + $1 * $1 } }
    let end = progress == .increasing ? 0.4 + 0.5 - 1.5 : -0.4
    let z = (end - 0.7) / 0.3
    let penalty = 0.09 * (5 * log(1 + z * z / 5) + 0.25 + 2.25)
    #expect(digits(sum(with) - sum(without), penalty) >= 12)
  }

  @Test("beyond the threshold the sum of squares is Huber's loss")
  func huber() throws {
    let observations = try observations(seed: 5, objective: .linear)
    let theta = parameters(seed: 5, breaks: 1)
    let plain = evaluate(LawResiduals(observations, breaks: 1), theta).residuals
    let k = 0.2
    let robust = evaluate(LawResiduals(observations, breaks: 1, threshold: k), theta).residuals
    #expect(plain.contains { abs($0) > k } && plain.contains { $0 != 0 && abs($0) < k })
    for (r, root) in zip(plain, robust) {
      #expect(abs(root * root - (abs(r) <= k ? r * r : 2 * k * abs(r) - k * k)) <= 1e-15)
      #expect(root.sign == r.sign || r == 0)
    }
  }

  @Test("a value outside the objective's domain is not a number, so that the step is refused")
  func outsideDomain() throws {
    let observations = try observations(seed: 6, objective: .log)
    let residuals = evaluate(LawResiduals(observations, breaks: 0), [-1, -5, 0]).residuals
    #expect(residuals[0].isNaN)
  }
}
