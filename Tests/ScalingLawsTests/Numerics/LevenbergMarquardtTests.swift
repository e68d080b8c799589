import Glibc
import TestSupport
import Testing

@testable import ScalingLaws

enum ClassicProblem {
  /// r = (10 (x2 - x1^2), 1 - x1): minimum 0 at (1, 1) at the end of a curved valley.
  static let rosenbrock = ResidualFunctions(parameterCount: 2, residualCount: 2) { x in
    [(10 * (x[1] - x[0] * x[0]), [-20 * x[0], 10]), (1 - x[0], [-1, 0])]
  }

  /// Powell's singular function: minimum 0 at the origin, where the Jacobian loses rank.
  static let powell = ResidualFunctions(parameterCount: 4, residualCount: 4) { x in
    let p = x[1] - 2 * x[2]
    let q = x[0] - x[3]
    let (r5, r10) = (5.0.squareRoot(), 10.0.squareRoot())
    return [
      (x[0] + 10 * x[1], [1, 10, 0, 0]), (r5 * (x[2] - x[3]), [0, 0, r5, -r5]),
      (p * p, [0, 2 * p, -4 * p, 0]), (r10 * q * q, [2 * r10 * q, 0, 0, -2 * r10 * q]),
    ]
  }

  /// A straight line y = p0 + p1 t through (0, 1), (1, 3), (2, 4), (3, 4): p = (1.5, 1), cost 1.
  static let line = ResidualFunctions(parameterCount: 2, residualCount: 4) { p in
    zip([0.0, 1, 2, 3], [1.0, 3, 4, 4]).map { t, y in (p[0] + p[1] * t - y, [1, t]) }
  }
}

@Suite("Levenberg-Marquardt")
struct LevenbergMarquardtTests {
  let solver = LevenbergMarquardt()

  @Test("a linear problem has its closed-form solution")
  func line() {
    let solution = solver.minimize(ClassicProblem.line, from: [100, -100], in: Box(count: 2))
    #expect(digits(solution.parameters, [1.5, 1]) >= 9)
    #expect(digits(solution.cost, 1) >= 14)
    #expect(solution.termination.isConverged)
  }

  @Test(
    "Rosenbrock's valley is followed to its end",
    arguments: [[-1.2, 1], [0, 0], [-10, 5], [1, 1]])
  func rosenbrock(start: [Double]) {
    let solution = solver.minimize(ClassicProblem.rosenbrock, from: start, in: Box(count: 2))
    #expect(digits(solution.parameters, [1, 1]) >= 9)
    #expect(solution.termination.isConverged)
  }

  @Test("Powell's singular function is brought down although J'J loses rank")
  func powell() {
    let solution = solver.minimize(ClassicProblem.powell, from: [3, -1, 0, 1], in: Box(count: 4))
    #expect(solution.cost < 1e-12)
  }

  @Test(
    "the path does not depend on the units of the parameters", arguments: [-40, -10, 30])
  func scaling(power: Int) {
    // Powers of two, so that no rounding differs.
    let unit = Double(sign: .plus, exponent: power, significand: 1)
    let scaled = ResidualFunctions(parameterCount: 2, residualCount: 2) { x in
      ClassicProblem.rosenbrock.evaluate([x[0] * unit, x[1]]).map {
        ($0.residual, [$0.gradient[0] * unit, $0.gradient[1]])
      }
    }
    let solution = solver.minimize(scaled, from: [-1.2 / unit, 1], in: Box(count: 2))
    let unscaled = solver.minimize(ClassicProblem.rosenbrock, from: [-1.2, 1], in: Box(count: 2))
    #expect(digits(unscaled.parameters, [1, 1]) >= 9)
    #expect(solution.parameters == [unscaled.parameters[0] / unit, unscaled.parameters[1]])
    #expect(solution.iterations == unscaled.iterations)
  }

  @Test("refinement finds what near-dependent columns share out, where squaring them loses it")
  func nearDependent() {
    // Two exponentials whose rates differ by 1e-8: J'J is singular to rounding.
    let t = (0..<12).map { Double($0) / 4 }
    let problem = ResidualFunctions(parameterCount: 2, residualCount: 12) { p in
      t.map { t in
        let (f, g) = (exp(-t), exp(-(1 + 1e-8) * t))
        return (p[0] * f + p[1] * g - (2 * f - g), [f, g])
      }
    }
    var refining = solver
    refining.refinements = 20
    let box = Box(count: 2)
    let start = [0.5, 0.25]
    #expect(digits(refining.minimize(problem, from: start, in: box).parameters, [2, -1]) >= 5)
    #expect(digits(solver.minimize(problem, from: start, in: box).parameters, [2, -1]) < 4)
  }

  @Test("at a bound the other parameter takes its constrained minimum")
  func atBound() {
    var box = Box(count: 2)
    box.upper[1] = 0.5
    // With the slope held at 0.5 the intercept is mean(y) - 0.5 mean(t) = 3 - 0.75.
    let solution = solver.minimize(ClassicProblem.line, from: [0, 0], in: box)
    #expect(solution.parameters[1] == 0.5)
    // The cost is flat to rounding within 1e-8 of its minimum.
    #expect(digits(solution.parameters[0], 2.25) >= 8)
    #expect(digits(solution.cost, 2.25) >= 14)
  }

  @Test("a bound that was touched on the way is left again")
  func leavingBound() {
    var box = Box(count: 2)
    box.lower = [-2, -0.1]
    box.upper = [2, 2]
    // The first steps from here run into x2 >= -0.1; the minimum (1, 1) lies inside.
    let solution = solver.minimize(ClassicProblem.rosenbrock, from: [-1.2, 1], in: box)
    #expect(digits(solution.parameters, [1, 1]) >= 8)
  }

  @Test("a fixed parameter stays, and a start outside the box is projected")
  func fixed() {
    var box = Box(count: 2)
    box.lower[0] = 2
    box.upper[0] = 2
    // The intercept held at 2: the slope is sum t (y - 2) / sum t^2 = (1 + 4 + 6) / 14.
    let solution = solver.minimize(ClassicProblem.line, from: [-7, 0], in: box)
    #expect(solution.parameters[0] == 2)
    #expect(digits(solution.parameters[1], 11.0 / 14) >= 9)
  }

  @Test("nothing to move is a stationary point")
  func allFixed() {
    var box = Box(count: 2)
    box.lower = [1, 2]
    box.upper = [1, 2]
    let solution = solver.minimize(ClassicProblem.line, from: [0, 0], in: box)
    #expect(solution.parameters == [1, 2])
    #expect(solution.termination == .stationary)
  }

  @Test("trials that are not finite shorten the step and do not end the search")
  func notFiniteTrial() {
    // r = ln p - 3 from p = 1e-6: the first Gauss-Newton steps lead to p < 0, where ln p is NaN.
    let problem = ResidualFunctions(parameterCount: 1, residualCount: 1) { p in
      [(log(p[0]) - 3, [1 / p[0]])]
    }
    let solution = solver.minimize(problem, from: [1000], in: Box(count: 1))
    #expect(digits(solution.parameters[0], exp(3)) >= 9)
  }

  @Test("a start that is not finite is said to be so")
  func notFiniteStart() {
    let problem = ResidualFunctions(parameterCount: 1, residualCount: 1) { p in
      [(log(p[0]), [1 / p[0]])]
    }
    let solution = solver.minimize(problem, from: [-1], in: Box(count: 1))
    #expect(solution.termination == .startNotFinite)
    #expect(solution.cost == .infinity)
    #expect(!solution.termination.isConverged)
  }

  @Test("a parameter that nothing depends on stays where it was")
  func idleParameter() {
    let problem = ResidualFunctions(parameterCount: 2, residualCount: 1) { p in
      [(p[0] - 4, [1, 0])]
    }
    let solution = solver.minimize(problem, from: [0, 7], in: Box(count: 2))
    #expect(solution.parameters[1] == 7)
    #expect(digits(solution.parameters[0], 4) >= 9)
  }

  @Test("the iteration limit is kept and named")
  func iterationLimit() {
    var solver = solver
    solver.maximumIterations = 3
    let solution = solver.minimize(ClassicProblem.rosenbrock, from: [-1.2, 1], in: Box(count: 2))
    #expect(solution.iterations == 3)
    #expect(solution.termination == .iterationLimit)
  }

  @Test("a cancelled search ends at once with what it has")
  func cancellation() {
    var solver = solver
    solver.isCancelled = { true }
    let solution = solver.minimize(ClassicProblem.line, from: [0, 0], in: Box(count: 2))
    #expect(solution.termination == .cancelled)
    #expect(solution.parameters == [0, 0])
    #expect(solution.cost == 42)
  }

  @Test("refinement finds the digits that the cost no longer shows")
  func refinement() {
    // y = e^(p t) + noise: at the minimum a change of p by 1e-8 is lost in the cost.
    let problem = ResidualFunctions(parameterCount: 2, residualCount: 20) { p in
      (0..<20).map { i in
        let t = Double(i) / 10
        let y = 2 * exp(-0.7 * t) + (i % 2 == 0 ? 0.1 : -0.1)
        return (p[0] * exp(-p[1] * t) - y, [exp(-p[1] * t), -t * p[0] * exp(-p[1] * t)])
      }
    }
    func gradient(_ solution: LevenbergMarquardt.Solution) -> Double {
      let rows = problem.evaluate(solution.parameters)
      return (0..<2).map { k in abs(rows.reduce(0) { $0 + $1.residual * $1.gradient[k] }) }.max()!
    }
    var solver = solver
    solver.smallDecreases = 1
    let coarse = solver.minimize(problem, from: [1, 1], in: Box(count: 2))
    solver.refinements = 20
    let fine = solver.minimize(problem, from: [1, 1], in: Box(count: 2))
    #expect(gradient(fine) < 1e-14)
    #expect(gradient(coarse) > 100 * gradient(fine))
    #expect(digits(fine.cost, coarse.cost) >= 9)
  }

  @Test("no step raises the cost", arguments: 1...12)
  func monotone(iterations: Int) {
    var solver = solver
    solver.maximumIterations = iterations
    let shorter = solver.minimize(ClassicProblem.rosenbrock, from: [-1.2, 1], in: Box(count: 2))
    solver.maximumIterations += 1
    let longer = solver.minimize(ClassicProblem.rosenbrock, from: [-1.2, 1], in: Box(count: 2))
    #expect(longer.cost <= shorter.cost)
  }
}

@Suite("Damping")
struct DampingTests {
  @Test("success as foretold lowers it to a floor, a surprise does not")
  func success() {
    var damping = Damping(value: 1e-3, minimum: 1e-5)
    damping.accept(gain: 1)
    #expect(digits(damping.value, 1e-3 / 3) >= 15)
    // A decrease of half of what was foretold says nothing.
    damping.accept(gain: 0.5)
    #expect(digits(damping.value, 1e-3 / 3) >= 15)
    damping.accept(gain: 0)
    #expect(digits(damping.value, 2e-3 / 3) >= 15)
    for _ in 0..<10 { damping.accept(gain: 1) }
    #expect(damping.value == 1e-5)
  }

  @Test("failures raise it faster and faster, until the next success")
  func failure() {
    var damping = Damping(value: 1e-3, minimum: 1e-16)
    damping.reject()
    #expect(digits(damping.value, 2e-3) >= 15)
    damping.reject()
    damping.reject()
    #expect(digits(damping.value, 2e-3 * 4 * 8) >= 15)
    damping.accept(gain: 0.5)
    damping.reject()
    #expect(digits(damping.value, 2e-3 * 4 * 8 * 2) >= 15)
  }

  @Test("it is exhausted after about ten failures, not before")
  func exhaustion() {
    var damping = Damping(value: 1e-3, minimum: 1e-12)
    var failures = 0
    while !damping.isExhausted && failures < 100 {
      damping.reject()
      failures += 1
    }
    #expect((8...12).contains(failures))
  }
}
