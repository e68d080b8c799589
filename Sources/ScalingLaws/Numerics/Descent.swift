/// The current point of a minimization, with the linear model of the residuals about it.
///
/// All buffers are allocated once; a step allocates nothing.
struct Descent<Problem: LeastSquaresProblem> {
  private let problem: Problem
  private let box: Box
  private let lanes: Int

  private(set) var parameters: [Double]
  /// The sum of squared residuals; infinite where they are not finite.
  private(set) var cost = Double.infinity
  private var trial: [Double]
  /// Residuals, then the columns of the Jacobian: at `parameters` and at `trial`.
  private var here: LaneBuffer
  private var there: LaneBuffer

  /// J'r, and J'J in its lower triangle.
  private var gradient: [Double]
  private var normal: [Double]
  /// D: squared lengths of the columns, each not below a tenth of what it was a step ago.
  private var scale: [Double]
  /// The parameters that a step may move: not held at a bound, and with an effect.
  private var free: [Int] = []
  /// The decrease of the cost to the minimum of the linear model: 0 at a minimum.
  private var offset = Double.infinity
  /// The factor of J'J + lambda D over the free parameters, and the step and its bend there.
  private var factor: [Double]
  private var velocity: [Double]
  private var acceleration: [Double]

  /// The smallest factor of `scale` from step to step. Without it, a parameter whose column
  /// suddenly vanishes could go to infinity; with 1 (Moré 1978), a parameter that must change by
  /// orders of magnitude would hardly move.
  private static var memory: Double { 0.1 }
  /// The share of the step at which its curvature is measured.
  private static var probe: Double { 0.1 }
  /// The largest curvature, as a share of the length of a step, of a step that is tried.
  private static var largestBend: Double { 0.375 }

  init(_ problem: Problem, from start: [Double], in box: Box) {
    self.problem = problem
    self.box = box
    lanes = problem.laneCount
    let count = problem.parameterCount
    parameters = box.clamping(start)
    trial = parameters
    here = LaneBuffer(count: lanes * (count + 1))
    there = LaneBuffer(count: lanes * (count + 1))
    gradient = [Double](repeating: 0, count: count)
    scale = gradient
    velocity = gradient
    acceleration = gradient
    normal = [Double](repeating: 0, count: count * count)
    factor = normal
    free.reserveCapacity(count)
    cost = evaluateTrial()
    swap(&here, &there)
  }

  /// The residuals, in groups of four.
  var residuals: [Lanes] {
    withExtendedLifetime(here) { Array(UnsafeBufferPointer(start: here.base, count: lanes)) }
  }

  /// Whether no parameter can be moved, or the cost is 0.
  var isStationary: Bool { free.isEmpty || cost == 0 }

  /// Evaluates `there` at `trial`; returns the sum of squares, or infinity when it is NaN.
  private mutating func evaluateTrial(withJacobian: Bool = true) -> Double {
    let base = there.base
    trial.withUnsafeBufferPointer { trial in
      guard let trial = trial.baseAddress else { return }
      problem.evaluate(at: trial, residuals: base, jacobian: withJacobian ? base + lanes : nil)
    }
    let cost = dot(base, base, lanes: lanes)
    return cost.isFinite ? cost : .infinity
  }

  /// Computes J'r, J'J, D and the free parameters at the current point.
  mutating func linearize() {
    let (count, lanes) = (parameters.count, lanes)
    let residuals = here.base
    let jacobian = residuals + lanes
    writeProducts(of: residuals, with: jacobian, count: count, lanes: lanes, to: &gradient)
    normal.withUnsafeMutableBufferPointer { normal in
      guard let normal = normal.baseAddress else { return }
      for j in 0..<count {
        writeProducts(
          of: jacobian + lanes * j, with: jacobian, count: j + 1, lanes: lanes,
          to: normal + j * count)
      }
    }
    free.removeAll(keepingCapacity: true)
    for j in 0..<count {
      let square = normal[j * count + j]
      scale[j] = max(square, Self.memory * scale[j])
      if square > 0 && !isHeld(j) { free.append(j) }
    }
  }

  /// Whether a parameter is fixed, or at a bound with its descent leading out of the box.
  private func isHeld(_ j: Int) -> Bool {
    box.isFixed(j) || (parameters[j] <= box.lower[j] && gradient[j] > 0)
      || (parameters[j] >= box.upper[j] && gradient[j] < 0)
  }

  /// Takes a damped step if it lowers the cost.
  ///
  /// - Returns: the decrease of the cost, and the decrease that the linear model predicts; nil
  ///   without a move.
  mutating func step(damping: Double) -> (decrease: Double, predicted: Double)? {
    guard factorize(damping: damping) else { return nil }
    solveVelocity()
    // |r|^2 - |r + J v|^2 = v'(lambda D v - J'r) for the v of the damped equations.
    var predicted = 0.0
    for a in free.indices {
      let j = free[a]
      predicted += velocity[a] * (damping * scale[j] * velocity[a] - gradient[j])
    }
    for a in free.indices { acceleration[a] = 0 }
    guard bend() else { return nil }
    moveTrial(along: 1)
    let trialCost = evaluateTrial()
    guard trialCost < cost else { return nil }
    let decrease = cost - trialCost
    acceptTrial(trialCost)
    return (decrease, predicted)
  }

  /// Sets `acceleration` to the geodesic acceleration -(J'J + lambda D)^-1 J'r''/2, where r'' is
  /// the second derivative of the residuals along the step.
  ///
  /// - Returns: whether the path is straight enough for the step to be tried. When the curvature
  ///   cannot be measured, the step is tried without acceleration.
  private mutating func bend() -> Bool {
    guard writeCurvature() || measureCurvature() else { return true }
    writeProducts(
      of: there.base, with: here.base + lanes, count: parameters.count, lanes: lanes,
      to: &acceleration)
    // `free` is ascending, so each product is read before it is overwritten.
    for a in free.indices { acceleration[a] = -0.5 * acceleration[free[a]] }
    Self.solve(factor, size: free.count, stride: parameters.count, &acceleration)
    var length = 0.0
    var bend = 0.0
    for a in free.indices {
      let j = free[a]
      length += scale[j] * velocity[a] * velocity[a]
      bend += scale[j] * acceleration[a] * acceleration[a]
    }
    return bend <= Self.largestBend * Self.largestBend * length
  }

  /// Writes r'' in place of the trial's residuals; false when the problem has no closed form of it.
  private mutating func writeCurvature() -> Bool {
    for j in trial.indices { trial[j] = 0 }
    for a in free.indices { trial[free[a]] = velocity[a] }
    let (jacobian, curvature) = (UnsafePointer(here.base + lanes), there.base)
    return trial.withUnsafeBufferPointer { direction in
      parameters.withUnsafeBufferPointer { parameters in
        guard let direction = direction.baseAddress, let parameters = parameters.baseAddress else {
          return false
        }
        return problem.writeCurvature(
          along: direction, at: parameters, jacobian: jacobian, to: curvature)
      }
    }
  }

  /// Writes r'' in place of the trial's residuals, from the residuals at a probe along the step;
  /// false when these are not finite.
  private mutating func measureCurvature() -> Bool {
    let h = Self.probe
    moveTrial(along: h)
    guard evaluateTrial(withJacobian: false) < .infinity else { return false }
    let (here, there) = (here.base, there.base)
    for i in 0..<lanes { there[i] = (there[i] - here[i]) * (1 / h) }
    for a in free.indices {
      let column = here + lanes * (free[a] + 1)
      let share = velocity[a]
      for i in 0..<lanes { there[i] -= column[i] * share }
    }
    for i in 0..<lanes { there[i] *= 2 / h }
    return true
  }

  /// Computes the linear model and its Gauss-Newton step; false when there is none.
  mutating func prepareRefinement() -> Bool {
    linearize()
    return !isStationary && solveOrthogonally()
  }

  /// Takes the prepared Gauss-Newton step if it makes the residuals more orthogonal to the columns
  /// of the Jacobian, and prepares the next; false without a move. The cost is not compared,
  /// because at a minimum it is dominated by rounding.
  mutating func refine() -> Bool {
    for a in free.indices { acceleration[a] = 0 }
    moveTrial(along: 1)
    let old = (parameters: parameters, cost: cost, offset: offset)
    let trialCost = evaluateTrial()
    guard trialCost <= cost * (1 + 1e-12) else { return false }
    acceptTrial(trialCost)
    if prepareRefinement(), offset < old.offset { return true }
    (parameters, cost, offset) = old
    // Preparing the next step has overwritten the old residuals.
    trial = parameters
    _ = evaluateTrial()
    swap(&here, &there)
    return false
  }

  private mutating func acceptTrial(_ trialCost: Double) {
    swap(&parameters, &trial)
    swap(&here, &there)
    cost = trialCost
  }

  /// Sets `trial` to the point at `share` of the path v h + a h^2, projected on the box.
  private mutating func moveTrial(along share: Double) {
    for j in parameters.indices { trial[j] = parameters[j] }
    for a in free.indices {
      let j = free[a]
      let distance = share * (velocity[a] + share * acceleration[a])
      trial[j] = box.clamping(parameters[j] + distance, at: j)
    }
  }

  /// Factorizes J'J + lambda D; false when the columns are dependent up to rounding.
  private mutating func factorize(damping: Double) -> Bool {
    let count = parameters.count
    for a in free.indices {
      let j = free[a]
      for b in 0...a { factor[a * count + b] = normal[j * count + free[b]] }
      factor[a * count + a] += damping * scale[j]
    }
    let size = free.count
    return factor.withUnsafeMutableBufferPointer { factor in
      Cholesky.factorize(factor.baseAddress, size: size, stride: count, tolerance: 1e-15)
    }
  }

  /// Sets `velocity` to the solution of (J'J + lambda D) v = -J'r.
  private mutating func solveVelocity() {
    for a in free.indices { velocity[a] = -gradient[free[a]] }
    Self.solve(factor, size: free.count, stride: parameters.count, &velocity)
  }

  /// Sets `velocity` to the least-squares solution of J v = -r, and `offset` to the decrease of the
  /// sum of squares; false when columns are dependent.
  private mutating func solveOrthogonally() -> Bool {
    let (size, columns) = (free.count, there.base)
    for (a, j) in free.enumerated() {
      let from = here.base + lanes * (j + 1)
      for i in 0..<lanes { columns[a * lanes + i] = from[i] }
    }
    for i in 0..<lanes { columns[size * lanes + i] = -here.base[i] }
    guard
      let orthogonal = OrthogonalColumns(
        columns, count: size, further: 1, lanes: lanes, tolerance: 1e-28)
    else { return false }
    offset = 0
    for a in 0..<size {
      velocity[a] = orthogonal.share(of: size, in: a)
      offset += velocity[a] * velocity[a] * orthogonal.squares[a]
    }
    for a in (0..<size).reversed() {
      for b in (a + 1)..<max(size, a + 1) {
        velocity[a] -= orthogonal.share(of: b, in: a) * velocity[b]
      }
    }
    return true
  }

  private static func solve(_ factor: [Double], size: Int, stride: Int, _ x: inout [Double]) {
    factor.withUnsafeBufferPointer { factor in
      x.withUnsafeMutableBufferPointer { x in
        guard let l = factor.baseAddress, let x = x.baseAddress else { return }
        Cholesky.solve(l, size: size, stride: stride, x)
      }
    }
  }
}

/// A buffer of groups of four; every evaluation writes all of them.
private final class LaneBuffer {
  let base: UnsafeMutablePointer<Lanes>

  init(count: Int) { base = .allocate(capacity: count) }

  deinit { base.deallocate() }
}
