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
