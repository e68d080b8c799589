/// Residuals and their Jacobian at given parameters.
protocol LeastSquaresProblem {
  var parameterCount: Int { get }
  /// Residuals in groups of four; entries beyond the true count are zero in every column.
  var laneCount: Int { get }

  /// Writes the residuals and, column after column, their derivatives by each parameter.
  func evaluate(
    at parameters: UnsafePointer<Double>, residuals: UnsafeMutablePointer<Lanes>,
    jacobian: UnsafeMutablePointer<Lanes>)
}

/// Box-constrained nonlinear least squares by Levenberg and Marquardt.
///
/// Each step solves (J'J + lambda diag J'J) step = -J'r over the parameters that are not held at a
/// bound, projects the new point on the box, and keeps it when the sum of squares falls. The
/// diagonal scaling makes the method indifferent to the units of the parameters (Marquardt 1963).
/// A trial that is not finite counts as a rise: it shrinks the step and never ends the fit.
struct LevenbergMarquardt {
  var maximumIterations = 200
  /// A decrease of the sum of squares below this share of it is called small.
  var costTolerance = 1e-9
  /// How many small decreases in a row end the search.
  var smallDecreases = 3
  var initialDamping = 1e-3
  var minimumDamping = 1e-12
  /// Polled at every step.
  var isCancelled: @Sendable () -> Bool = { false }

  enum Termination: Sendable, Hashable {
    /// `smallDecreases` decreases in a row were below `costTolerance`.
    case costSettled
    /// No step, however short, lowered the cost: the gradient is zero to rounding.
    case noDescent
    /// Every parameter is held at a bound, or the residuals are zero.
    case stationary
    case iterationLimit
    /// The start gave residuals that are not finite.
    case startNotFinite
    case cancelled

    var isConverged: Bool {
      switch self {
      case .costSettled, .noDescent, .stationary: true
      case .iterationLimit, .startNotFinite, .cancelled: false
      }
    }
  }

  struct Solution: Sendable {
    var parameters: [Double]
    /// The sum of squared residuals.
    var cost: Double
    var iterations: Int
    var termination: Termination
  }

  /// Minimizes from `start`, which is first projected on the box.
  ///
  /// - Complexity: an iteration costs one evaluation and n p^2 / 2 multiplications.
  func minimize<Problem: LeastSquaresProblem>(
    _ problem: Problem, from start: [Double], in box: Box
  ) -> Solution {
    let p = problem.parameterCount
    let lanes = problem.laneCount
    var current = box.clamping(start)
    var trial = current
    // Residuals, then the p columns of the Jacobian: at the current point and at the trial.
    var here = [Lanes](repeating: .zero, count: lanes * (p + 1))
    var there = here
    var normal = [Double](repeating: 0, count: p * p)
    var system = normal
    var gradient = [Double](repeating: 0, count: p)
    var step = gradient
    var free = [Int](repeating: 0, count: p)
    var damping = Damping(value: initialDamping, minimum: minimumDamping)
    var settled = 0
    var iteration = 0

    func evaluate(_ parameters: [Double], _ buffer: inout [Lanes]) -> Double {
      parameters.withUnsafeBufferPointer { parameters in
        buffer.withUnsafeMutableBufferPointer { buffer in
          guard let base = buffer.baseAddress, let parameters = parameters.baseAddress else {
            return 0
          }
          problem.evaluate(at: parameters, residuals: base, jacobian: base + lanes)
          return dot(base, base, lanes: lanes)
        }
      }
    }

    var cost = evaluate(current, &here)
    guard cost.isFinite else {
      return Solution(
        parameters: current, cost: .infinity, iterations: 0, termination: .startNotFinite)
    }

    func solution(_ termination: Termination) -> Solution {
      Solution(parameters: current, cost: cost, iterations: iteration, termination: termination)
    }

    while iteration < maximumIterations {
      // J'r and J'J at the current point.
      here.withUnsafeBufferPointer { here in
        guard let residuals = here.baseAddress else { return }
        for j in 0..<p {
          let column = residuals + lanes * (j + 1)
          gradient[j] = dot(column, residuals, lanes: lanes)
          for k in 0...j {
            normal[j * p + k] = dot(column, residuals + lanes * (k + 1), lanes: lanes)
          }
        }
      }
      // Parameters at a bound whose descent leads out of the box leave the system, as do those
      // that nothing depends on.
      var freeCount = 0
      for j in 0..<p {
        let isHeld =
          box.isFixed(j) || (current[j] <= box.lower[j] && gradient[j] > 0)
          || (current[j] >= box.upper[j] && gradient[j] < 0)
        if !isHeld && normal[j * p + j] > 0 {
          free[freeCount] = j
          freeCount += 1
        }
      }
      if freeCount == 0 || cost == 0 { return solution(.stationary) }

      // Shorten the step until the cost falls.
      var isAccepted = false
      while !isAccepted {
        iteration += 1
        if isCancelled() { return solution(.cancelled) }
        for a in 0..<freeCount {
          for b in 0...a { system[a * p + b] = normal[free[a] * p + free[b]] }
          system[a * p + a] *= 1 + damping.value
          step[a] = -gradient[free[a]]
        }
        let isSolved = system.withUnsafeMutableBufferPointer { system in
          step.withUnsafeMutableBufferPointer { step in
            guard let l = system.baseAddress, let x = step.baseAddress,
              Cholesky.factorize(l, size: freeCount, stride: p, tolerance: 1e-15)
            else { return false }
            Cholesky.solve(l, size: freeCount, stride: p, x)
            return true
          }
        }
        var trialCost = Double.infinity
        if isSolved {
          for j in 0..<p { trial[j] = current[j] }
          for a in 0..<freeCount {
            trial[free[a]] = box.clamping(current[free[a]] + step[a], at: free[a])
          }
          trialCost = evaluate(trial, &there)
        }
        if trialCost < cost {
          let decrease = (cost - trialCost) / cost
          swap(&current, &trial)
          swap(&here, &there)
          cost = trialCost
          damping.accept()
          settled = decrease < costTolerance ? settled + 1 : 0
          if settled >= smallDecreases { return solution(.costSettled) }
          isAccepted = true
        } else {
          if damping.isExhausted { return solution(.noDescent) }
          if iteration >= maximumIterations { return solution(.iterationLimit) }
          damping.reject()
        }
      }
    }
    return solution(.iterationLimit)
  }
}

/// The weight of the diagonal in a Levenberg-Marquardt step: small near a quadratic minimum, where
/// the step is Gauss and Newton's, large elsewhere, where it is a short step downhill.
struct Damping: Hashable {
  private(set) var value: Double
  let minimum: Double

  init(value: Double, minimum: Double) {
    self.value = value
    self.minimum = minimum
  }

  /// The step lowered the cost: trust the quadratic model more.
  mutating func accept() { value = max(value * 0.2, minimum) }

  /// The step raised the cost: trust it less.
  mutating func reject() { value = max(value, 1e-10) * 4 }

  /// The step has become too short to change the parameters.
  var isExhausted: Bool { value > 1e12 }
}
