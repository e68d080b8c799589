/// Residuals and their Jacobian at given parameters.
protocol LeastSquaresProblem {
  var parameterCount: Int { get }
  /// Residuals in groups of four; entries beyond the true count are zero in every column.
  var laneCount: Int { get }

  /// Writes the residuals and, where there is room for them, their derivatives by each parameter,
  /// column after column.
  func evaluate(
    at parameters: UnsafePointer<Double>, residuals: UnsafeMutablePointer<Lanes>,
    jacobian: UnsafeMutablePointer<Lanes>?)

  /// Writes the second derivatives of the residuals along a direction, given the Jacobian; false
  /// when there is no closed form, so that they must be measured.
  func writeCurvature(
    along direction: UnsafePointer<Double>, at parameters: UnsafePointer<Double>,
    jacobian: UnsafePointer<Lanes>, to curvature: UnsafeMutablePointer<Lanes>
  ) -> Bool
}

extension LeastSquaresProblem {
  func writeCurvature(
    along direction: UnsafePointer<Double>, at parameters: UnsafePointer<Double>,
    jacobian: UnsafePointer<Lanes>, to curvature: UnsafeMutablePointer<Lanes>
  ) -> Bool { false }
}

/// Box-constrained nonlinear least squares by the Levenberg-Marquardt method.
///
/// Aims, in order: to reach the minimum along narrow curved valleys of correlated constants, with
/// few evaluations, to the precision of the residuals. Each step solves (J'J + lambda D) v = -J'r
/// over the parameters that are not held at a bound (see `Descent`), adds the geodesic acceleration
/// (Transtrum and Sethna 2012), projects the new point on the box, and is accepted when the sum of
/// squares falls. lambda follows the ratio of actual to predicted decrease (Nielsen 1999). A trial
/// with residuals that are not finite is rejected and shortens the step.
struct LevenbergMarquardt {
  var maximumIterations = 200
  /// A decrease of the sum of squares below this share of it is called small.
  var costTolerance = 1e-9
  /// The number of consecutive small decreases that ends the search.
  var smallDecreases = 3
  var initialDamping = 1e-3
  var minimumDamping = 1e-12
  /// The largest number of Gauss-Newton steps at the minimum. They are accepted by the gradient,
  /// which is still accurate where changes of the cost are rounding errors.
  var refinements = 0
  /// A decrease that does not matter statistically: n ln(SSE) of n points falls by n millionths.
  static let slightDecrease = 1e-6
  /// Polled at every step.
  var isCancelled: @Sendable () -> Bool = { false }

  enum Termination: Sendable, Hashable {
    /// `smallDecreases` decreases in a row were below `costTolerance`.
    case costSettled
    /// No step, however short, lowered the cost: the gradient is zero up to rounding.
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
    /// In groups of four.
    var residuals: [Lanes] = []
    var iterations: Int
    var termination: Termination
  }

  /// Minimizes from `start`, which is first projected on the box.
  ///
  /// - Complexity: an iteration costs two evaluations and n p^2 / 2 multiplications.
  func minimize<Problem: LeastSquaresProblem>(
    _ problem: Problem, from start: [Double], in box: Box
  ) -> Solution {
    var descent = Descent(problem, from: start, in: box)
    var iterations = 0
    var termination = Termination.startNotFinite
    if descent.cost.isFinite {
      (termination, iterations) = run(&descent)
      if termination.isConverged { refine(&descent) }
    }
    return Solution(
      parameters: descent.parameters, cost: descent.cost, residuals: descent.residuals,
      iterations: iterations, termination: termination)
  }

  private func run<Problem>(_ descent: inout Descent<Problem>) -> (Termination, iterations: Int) {
    var damping = Damping(value: initialDamping, minimum: minimumDamping)
    var settled = 0
    var iterations = 0
    descent.linearize()
    while !descent.isStationary {
      if iterations == maximumIterations { return (.iterationLimit, iterations) }
      if isCancelled() { return (.cancelled, iterations) }
      iterations += 1
      if let step = descent.step(damping: damping.value) {
        damping.accept(gain: step.decrease / step.predicted)
        settled = step.decrease < costTolerance * descent.cost ? settled + 1 : 0
        if settled == smallDecreases { return (.costSettled, iterations) }
        descent.linearize()
      } else {
        damping.reject()
        if damping.isExhausted { return (.noDescent, iterations) }
      }
    }
    return (.stationary, iterations)
  }

  private func refine<Problem>(_ descent: inout Descent<Problem>) {
    guard refinements > 0, descent.prepareRefinement() else { return }
    for _ in 0..<refinements where !isCancelled() {
      guard descent.refine() else { return }
    }
  }
}

/// The weight of the diagonal in a Levenberg-Marquardt step: small near a quadratic minimum, where
/// the step is a Gauss-Newton step; large elsewhere, where it is a short step of steepest descent.
struct Damping: Hashable {
  private(set) var value: Double
  let minimum: Double
  /// The factor by which the next rejection raises the value.
  private var growth = 2.0

  init(value: Double, minimum: Double) {
    self.value = value
    self.minimum = minimum
  }

  /// The step was accepted; `gain` is the ratio of actual to predicted decrease. The nearer it is
  /// to 1, the more the damping is lowered.
  mutating func accept(gain: Double) {
    let surprise = 2 * gain - 1
    value = max(value * max(1.0 / 3, 1 - surprise * surprise * surprise), minimum)
    growth = 2
  }

  /// The step was rejected: raises the damping, ever faster.
  mutating func reject() {
    value *= growth
    growth *= 2
  }

  /// Whether steps have become too short to change the parameters.
  var isExhausted: Bool { value > 1e12 }
}
