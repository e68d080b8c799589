import Glibc

/// A mode of the posterior over shapes, and a Student distribution about it from which laws are
/// drawn.
struct LawMode: Sendable {
  let shape: LawShape
  let centre: [Double]
  let logWeight: Double
  /// The probability of each state of the departure.
  let states: [Double]
  /// L of the precision L L', row by row.
  private let factor: [Double]
  private let logFactor: Double

  /// The mode that is found from a draw; nil when it is lower than `least`.
  init?(from draw: LawDraw, density: ShapeDensity, atLeast least: Double, states: [Double]) {
    let span = density.curve.span
    let hasFolds = draw.shape.logFolds != nil
    let dimension = draw.shape.dimension
    let isLocation = (0..<dimension).map { i in
      i >= (hasFolds ? 1 : 0) && (i - (hasFolds ? 1 : 0)) % 2 == 0
    }
    let isFolds = (0..<dimension).map { hasFolds && $0 == 0 }
    let steps = (0..<dimension).map { isFolds[$0] ? 0.3 : isLocation[$0] ? 0.05 * span : 0.4 }
    func height(_ x: [Double]) -> Double {
      let shape = draw.shape.at(x)
      if shape.breaks == 2, shape.location.x > shape.location.y { return .infinity }
      var moved = LawDraw(shape: density.prior.completed(shape), state: draw.state)
      density.evaluate(&moved, refinements: 2)
      return -moved.logWeight
    }
    var simplex = Simplex(height)
    let (mode, minimum) = simplex.minimum(from: draw.shape.coordinates, steps: steps)
    guard -minimum >= least else { return nil }
    centre = mode
    logWeight = -minimum
    shape = density.prior.completed(draw.shape.at(mode))
    self.states = states
    let widest = (0..<dimension).map { i -> Double in
      let range =
        isFolds[i]
        ? density.prior.sides.first { $0.side == draw.shape.side }?.logFolds ?? Bounds(0, 1)
        : isLocation[i] ? Bounds(0, span) : density.prior.logWidth
      return range.width / 3
    }
    factor = Self.factor(
      of: Self.curvature(height, at: mode, minimum: minimum, widest: widest), dimension)
    let diagonal = factor
    logFactor = (0..<dimension).reduce(0) { $0 + log(diagonal[$1 * dimension + $1]) }
  }

  /// The curvature by second differences, over steps that change the height by about 0.5. At least
  /// that of the widest allowed distribution.
  private static func curvature(
    _ height: ([Double]) -> Double, at mode: [Double], minimum: Double, widest: [Double]
  ) -> [Double] {
    let n = mode.count
    func moved(_ changes: [(Int, Double)]) -> Double {
      var x = mode
      for (i, change) in changes { x[i] += change }
      return height(x) - minimum
    }
    var matrix = [Double](repeating: 0, count: n * n)
    var steps = [Double](repeating: 0, count: n)
    var up = steps
    var down = steps
    for i in 0..<n {
      var step = 0.3 * widest[i]
      for _ in 0..<9 {
        (up[i], down[i]) = (moved([(i, step)]), moved([(i, -step)]))
        let least = min(up[i], down[i])
        guard (least < 0 ? 0.2 : least) > 0.8 else { break }
        step *= 0.45
      }
      steps[i] = step
      let rise =
        up[i] == .infinity ? down[i] : down[i] == .infinity ? up[i] : 0.5 * (up[i] + down[i])
      let floor = 1 / (widest[i] * widest[i])
      matrix[i * n + i] =
        rise.isFinite ? max(2 * max(rise, 0.02) / (step * step), floor) : 1 / (step * step)
    }
    for i in 0..<n {
      for j in 0..<i {
        let (si, sj) = (
          up[i] < .infinity ? steps[i] : -steps[i], up[j] < .infinity ? steps[j] : -steps[j]
        )
        let (ri, rj) = (si > 0 ? up[i] : down[i], sj > 0 ? up[j] : down[j])
        let mixed = (moved([(i, si), (j, sj)]) - ri - rj) / (si * sj)
        let largest = 0.95 * (matrix[i * n + i] * matrix[j * n + j]).squareRoot()
        let value = mixed.isFinite ? max(-largest, min(largest, mixed)) : 0
        matrix[i * n + j] = value
        matrix[j * n + i] = value
      }
    }
    return matrix
  }

  /// The Cholesky factor of a matrix whose other entries shrink until it is definite.
  private static func factor(of matrix: [Double], _ n: Int) -> [Double] {
    var share = 1.0
    while true {
      var factor = [Double](repeating: 0, count: n * n)
      var isDefinite = true
      for i in 0..<n where isDefinite {
        for j in 0...i {
          var sum = matrix[i * n + j] * (i == j ? 1 : share)
          for k in 0..<j { sum -= factor[i * n + k] * factor[j * n + k] }
          if i == j {
            isDefinite = sum > 1e-3 * matrix[i * n + i]
            factor[i * n + i] = max(sum, 0).squareRoot()
          } else {
            factor[i * n + j] = sum / factor[j * n + j]
          }
        }
      }
      if isDefinite { return factor }
      share = share < 1e-3 ? 0 : 0.8 * share
    }
  }

  /// A vector drawn from Student's distribution.
  func draw(_ random: inout SplitMix64) -> [Double] {
    let n = centre.count
    let normals = (0..<n).map { _ in random.normal() }
    let square = (0..<Int(ForecastSettings.tailsOfMode)).reduce(0.0) { sum, _ in
      let normal = random.normal()
      return sum + normal * normal
    }
    let scale = (ForecastSettings.tailsOfMode / square).squareRoot()
    var x = [Double](repeating: 0, count: n)
    for i in (0..<n).reversed() {
      var sum = normals[i]
      for k in (i + 1)..<max(n, i + 1) { sum -= factor[k * n + i] * x[k] }
      x[i] = sum / factor[i * n + i]
    }
    return (0..<n).map { centre[$0] + scale * x[$0] }
  }

  /// ln of that distribution's density.
  func logDensity(_ x: [Double]) -> Double {
    let n = centre.count
    var square = 0.0
    for i in 0..<n {
      var sum = 0.0
      for k in i..<n { sum += factor[k * n + i] * (x[k] - centre[k]) }
      square += sum * sum
    }
    let (nu, d) = (ForecastSettings.tailsOfMode, Double(n))
    return logGamma((nu + d) / 2) - logGamma(nu / 2) - 0.5 * d * log(nu * Double.pi) + logFactor
      - (nu + d) / 2 * log1p(square / nu)
  }

  /// The state of the departure at a probability.
  func state(_ probability: Double) -> Int {
    var sum = 0.0
    for (state, share) in states.enumerated() {
      sum += share
      if probability < sum { return state }
    }
    return states.count - 1
  }
}

/// Nelder and Mead's simplex (1965), which needs no derivatives.
struct Simplex {
  private let height: ([Double]) -> Double
  private var points: [(x: [Double], height: Double)] = []

  init(_ height: @escaping ([Double]) -> Double) { self.height = height }

  /// The lowest point found, with its height; the search is repeated from there while it helps.
  mutating func minimum(from start: [Double], steps: [Double]) -> (x: [Double], height: Double) {
    var best = (x: start, height: Double.infinity)
    var scale = 1.0
    for _ in 0..<ForecastSettings.simplex.rounds {
      points = [(best.x, height(best.x))]
      for i in start.indices {
        var x = best.x
        x[i] += scale * steps[i]
        var value = height(x)
        if value == .infinity {
          x[i] -= 2 * scale * steps[i]
          value = height(x)
        }
        points.append((x, value))
      }
      contract(evaluations: 60 * start.count)
      let before = best.height
      if let lowest = points.min(by: { $0.height < $1.height }), lowest.height < best.height {
        best = lowest
      }
      if best.height > before - 0.3 { break }
      scale = 0.3
    }
    return best
  }

  private mutating func contract(evaluations most: Int) {
    let n = points.count - 1
    var evaluations = 0
    while evaluations < most {
      points.sort { $0.height < $1.height }
      if !(points[n].height - points[0].height > ForecastSettings.simplex.tolerance) { return }
      let centre = points[0].x.indices.map { i in
        points.prefix(n).reduce(0) { $0 + $1.x[i] } / Double(n)
      }
      let worst = points[n]
      func along(_ factor: Double) -> (x: [Double], height: Double) {
        let x = centre.indices.map { centre[$0] + factor * (centre[$0] - worst.x[$0]) }
        return (x, height(x))
      }
      let reflected = along(1)
      evaluations += 1
      if reflected.height < points[0].height {
        let expanded = along(2)
        evaluations += 1
        points[n] = expanded.height < reflected.height ? expanded : reflected
      } else if reflected.height < points[n - 1].height {
        points[n] = reflected
      } else {
        let inner = along(reflected.height < worst.height ? 0.5 : -0.5)
        evaluations += 1
        if inner.height < min(reflected.height, worst.height) {
          points[n] = inner
        } else {
          for i in 1...n {
            let x = points[i].x.indices.map { 0.5 * (points[i].x[$0] + points[0].x[$0]) }
            points[i] = (x, height(x))
            evaluations += 1
          }
        }
      }
    }
  }
}
