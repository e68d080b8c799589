import Glibc

/// A law with a given shape, linear in beta, E and the changes c at its breaks.
///
/// It is linearized about values f: with q = (f - a) T'(f), the rows q (1, -t, psi_1, psi_2) have
/// the right-hand side z - T(f) + q ln|f - a|. The normal equations of the whitened rows give
/// evidence and constants in closed form for every prior.
///
/// Holds buffers, so use it on one thread only.
final class LinearLaw {
  /// The normal equations of whitened rows.
  struct Normal {
    var size = 0
    /// Rows of the symmetric matrix.
    var matrix = InlineArray<4, SIMD4<Double>>(repeating: .zero)
    var right = SIMD4<Double>.zero
    var square = 0.0
  }

  private let curve: Curve
  private let noises: [DepartureNoise]
  private let groups: Int
  /// t and z, and the pilot's values.
  private let t: [Lanes]
  private let z: [Lanes]
  private let pilot: [Lanes]
  private let lastPilot: Double
  private let least: Double
  /// The columns 1, -t, psi_1, psi_2; then rows with the right-hand side; then these whitened.
  private let columns: UnsafeMutablePointer<Lanes>
  private let rows: UnsafeMutablePointer<Lanes>
  private let whitened: UnsafeMutablePointer<Lanes>
  private let values: UnsafeMutablePointer<Lanes>
  private let buffer: UnsafeMutablePointer<Lanes>
  private(set) var shape = LawShape()

  init(_ curve: Curve, pilot: Pilot, noises: [DepartureNoise]) {
    self.curve = curve
    self.noises = noises
    groups = (curve.t.count + 3) / 4
    t = curve.t.lanes(filler: 0)
    z = curve.z.lanes(filler: curve.z.last ?? 0)
    lastPilot = pilot.values.last ?? 1
    least = 1e-9 * pilot.least
    self.pilot = pilot.values.lanes(filler: lastPilot)
    buffer = .allocate(capacity: 15 * groups)
    buffer.initialize(repeating: .zero, count: 15 * groups)
    columns = buffer
    rows = buffer + 4 * groups
    whitened = rows + 5 * groups
    values = whitened + 5 * groups
    for g in 0..<groups {
      columns[g] = Lanes(repeating: 1)
      columns[groups + g] = -t[g]
    }
  }

  deinit { buffer.deallocate() }

  /// Sets the shape, and linearizes about the pilot.
  func set(_ shape: LawShape) {
    self.shape = shape
    for j in 0..<shape.breaks {
      let width = exp(shape.logWidth[j])
      let (location, scale) = (Lanes(repeating: shape.location[j]), 1 / width)
      let column = columns + (2 + j) * groups
      for g in 0..<groups {
        column[g] = t[g] - width * ((t[g] - location) * scale).softplus
      }
    }
    for g in 0..<groups { values[g] = pilot[g] }
  }

  /// Linearizes about the law with these constants.
  func linearize(about constants: SIMD4<Double>) {
    let (limit, side) = (shape.limit, shape.side)
    for g in 0..<groups {
      var sum = Lanes(repeating: 0)
      for c in 0..<(2 + shape.breaks) {
        sum.addProduct(columns[c * groups + g], Lanes(repeating: constants[c]))
      }
      let bounded = sum.clamped(
        lowerBound: Lanes(repeating: -60), upperBound: Lanes(repeating: 60))
      let excess = pointwiseMax(bounded.exponential, pilot[g] * 1e-9)
      var f = limit + side * excess
      if side < 0 { f = pointwiseMax(f, pilot[g] * 0.1) }
      values[g] = f
    }
  }

  /// The normal equations about the present values.
  func normal(state: Int) -> Normal {
    let k = 2 + shape.breaks
    let scale = curve.scale
    let limit = shape.limit
    let right = rows + k * groups
    for g in 0..<groups {
      let f = values[g]
      let excess = f - limit
      let magnitude = pointwiseMax(excess * shape.side, Lanes(repeating: least))
      let inside = scale.shift + scale.unit * f
      let q: Lanes
      let transformed: Lanes
      if scale.isLinear {
        (q, transformed) = (excess, scale.origin + f)
      } else {
        (q, transformed) = (excess * scale.unit / inside, inside.logarithm)
      }
      right[g] = z[g] - transformed + q * magnitude.logarithm
      for c in 0..<k { rows[c * groups + g] = q * columns[c * groups + g] }
    }
    noises[state].whiten(rows, count: k + 1, groups: groups, to: whitened)
    var normal = Normal()
    normal.size = k
    let y = whitened + k * groups
    for i in 0..<k {
      let row = whitened + i * groups
      for j in 0...i {
        let product = dot(row, whitened + j * groups, lanes: groups)
        normal.matrix[i][j] = product
        normal.matrix[j][i] = product
      }
      normal.right[i] = dot(row, y, lanes: groups)
    }
    normal.square = dot(y, y, lanes: groups)
    return normal
  }
}

/// The posterior of the linear constants beta, E and c of a law with a given shape.
///
/// With normal priors in units of the noise and an inverse gamma prior of its variance it has a
/// closed form: a Student distribution about `constants` with covariance `variance` A^-1.
struct LinearPosterior: Sendable {
  /// ln of the evidence, up to a constant of the points.
  var logEvidence = -Double.infinity
  /// beta, E, c of each break.
  var constants = SIMD4<Double>.zero
  /// The variance of the noise of unit weight.
  var variance = 0.0

  /// A relation that the constants must fulfil: a user's range of c0 or of ln|b|.
  struct Restriction: Sendable {
    let coefficients: SIMD4<Double>
    let range: Bounds
    /// Whether it is a restriction of an exponent, for which `Bet` has a prior, and not of ln|b|.
    let isExponent: Bool
  }

  /// - Parameters:
  ///   - normal: the normal equations of whitened rows.
  ///   - bet: the prior.
  ///   - reference: an estimate of the noise variance; the prior is in its units.
  ///   - logDeterminant: of the noise's covariance.
  ///   - noise: how many points there are, and whether their noise is known.
  ///   - restrictions: relations that hold exactly.
  ///   - covariance: takes A^-1 where it is wanted.
  init?(
    _ normal: LinearLaw.Normal, bet: Bet, reference: Double, logDeterminant: Double,
    noise: Curve.Noise,
    restrictions: [Restriction] = [], covariance: UnsafeMutablePointer<SymmetricFour>? = nil
  ) {
    let k = normal.size
    var matrix = normal.matrix
    // beta has no prior; a tiny precision keeps the matrix positive definite.
    matrix[0][0] += 1e-9
    var right = normal.right
    var squares = normal.square
    var logPrior = 0.0
    for i in 1..<k {
      let prior = i == 1 ? bet.exponent : bet.change
      let precision = reference / (prior.deviation * prior.deviation)
      matrix[i][i] += precision
      right[i] += precision * prior.mean
      squares += precision * prior.mean * prior.mean
      logPrior += log(precision)
    }
    var factor = InlineArray<4, SIMD4<Double>>(repeating: .zero)
    var forward = SIMD4<Double>.zero
    var diagonal = 1.0
    for i in 0..<k {
      for j in 0...i {
        var sum = matrix[i][j]
        for m in 0..<j { sum -= factor[i][m] * factor[j][m] }
        if i == j {
          guard sum > 0 else { return nil }
          factor[i][i] = sum.squareRoot()
        } else {
          factor[i][j] = sum / factor[j][j]
        }
      }
      diagonal *= factor[i][i]
      var sum = right[i]
      for m in 0..<i { sum -= factor[i][m] * forward[m] }
      forward[i] = sum / factor[i][i]
      squares -= forward[i] * forward[i]
    }
    for i in (0..<k).reversed() {
      var sum = forward[i]
      for m in (i + 1)..<max(k, i + 1) { sum -= factor[m][i] * constants[m] }
      constants[i] = sum / factor[i][i]
    }
    // Rounding could make the sum of squares negative.
    squares = max(squares, 1e-14 * normal.square + .leastNormalMagnitude)
    var density = 0.0
    if covariance != nil || !restrictions.isEmpty {
      var inverse = SymmetricFour(inverseOfFactor: factor, size: k)
      for restriction in restrictions {
        density += restrict(
          restriction, &inverse, &squares, bet: bet, reference: reference, breaks: k - 2)
      }
      covariance?.pointee = inverse
    }
    let shared = -log(diagonal) + 0.5 * logPrior - 0.5 * logDeterminant + density
    if noise.isKnown {
      variance = 1
      logEvidence = shared - 0.5 * squares
    } else {
      let count = noise.degreesOfFreedom
      let total =
        squares + noise.within + ForecastSettings.scatterPoints * ForecastSettings.leastScatter
        * ForecastSettings.leastScatter
      variance = total / count
      logEvidence = shared - 0.5 * count * log(total)
    }
    guard logEvidence.isFinite else { return nil }
  }

  init() {}

  /// Conditions on a relation that is fixed, or that the constants violate.
  ///
  /// - Returns: ln of the ratio of posterior to prior density of a fixed value.
  private mutating func restrict(
    _ restriction: Restriction, _ inverse: inout SymmetricFour, _ squares: inout Double, bet: Bet,
    reference: Double, breaks: Int
  ) -> Double {
    let value = (restriction.coefficients * constants).sum()
    let target = min(max(value, restriction.range.lower), restriction.range.upper)
    let isFixed = restriction.range.lower == restriction.range.upper
    guard isFixed || value != target else { return 0 }
    let image = inverse.times(restriction.coefficients)
    let spread = (image * restriction.coefficients).sum()
    guard spread > 0 else { return 0 }
    constants -= image * ((value - target) / spread)
    squares += (value - target) * (value - target) / spread
    inverse.condition(on: image, spread: spread)
    guard isFixed else { return 0 }
    var density = -0.5 * log(reference * spread)
    if restriction.isExponent {
      let count = Double(breaks)
      let mean = bet.exponent.mean - count * bet.change.mean
      let variance =
        bet.exponent.deviation * bet.exponent.deviation
        + count * bet.change.deviation * bet.change.deviation
      density += 0.5 * log(variance) + 0.5 * (target - mean) * (target - mean) / variance
    }
    return density
  }
}

/// A symmetric matrix of up to four rows.
struct SymmetricFour: Sendable {
  private(set) var rows = InlineArray<4, SIMD4<Double>>(repeating: .zero)

  init() {}

  /// (L L')^-1.
  init(inverseOfFactor factor: InlineArray<4, SIMD4<Double>>, size: Int) {
    // The columns of L^-1 by forward substitution.
    var inverse = InlineArray<4, SIMD4<Double>>(repeating: .zero)
    for column in 0..<size {
      for i in column..<size {
        var sum = i == column ? 1.0 : 0
        for m in column..<max(i, column) { sum -= factor[i][m] * inverse[m][column] }
        inverse[i][column] = sum / factor[i][i]
      }
    }
    for i in 0..<size {
      for j in 0..<size {
        for m in max(i, j)..<size { rows[i][j] += inverse[m][i] * inverse[m][j] }
      }
    }
  }

  func times(_ vector: SIMD4<Double>) -> SIMD4<Double> {
    SIMD4(
      (rows[0] * vector).sum(), (rows[1] * vector).sum(), (rows[2] * vector).sum(),
      (rows[3] * vector).sum())
  }

  /// Removes the variance that a relation with this image and variance fixes.
  mutating func condition(on image: SIMD4<Double>, spread: Double) {
    for i in 0..<4 { rows[i] -= image * (image[i] / spread) }
  }
}
