import Glibc

/// The cells of a break's location and width, and the bend that each contributes.
///
/// A break of width f at delta adds c psi(t), psi = -f softplus((delta - t)/f), to ln(y - a): it
/// vanishes after the break, so that the exponent beside it is the one at the end of the data.
struct BreakGrid {
  let locations: [Double]
  let widths: [Double]
  /// Log prior probability of each cell.
  let logProbability: [Double]
  /// Length of the range of locations.
  let span: Double
  /// psi of each cell at each bin, cell by cell.
  let bends: [Double]

  /// Number of cells; cell j has location j / widths and width j % widths.
  var count: Int { logProbability.count }

  init(shape: GridShape, range: Double, time: [Double]) {
    span = (1 + shape.beyond) * range
    let step = span / Double(shape.locations)
    let locations = (0..<shape.locations).map { -range + (Double($0) + 0.5) * step }
    let widths = geometric(from: shape.narrowest * range, to: range, count: shape.widths)
    let mass = locations.map { $0 > 0 ? shape.beyondProbability : 1 }
    let total = mass.reduce(0, +) * Double(shape.widths)
    logProbability = mass.flatMap { [Double](repeating: log($0 / total), count: shape.widths) }
    let shapes = locations.flatMap { location in
      widths.map { BreakShape(location: location, sharpness: $0) }
    }
    let basis = BreakBasis(shapes, at: time.lanes(filler: 0))
    self.locations = locations
    self.widths = widths
    bends = shapes.indices.flatMap { cell in
      basis.columns.doubles(time.count, from: cell * basis.laneCount)
    }
  }

  /// psi of each cell at four times.
  func bends(at time: Lanes) -> [Lanes] {
    (0..<count).map { cell in
      let width = width(of: cell)
      return ((location(of: cell) - time) * (1 / width)).softplus * -width
    }
  }

  func location(of cell: Int) -> Double { locations[cell / widths.count] }
  func width(of cell: Int) -> Double { widths[cell % widths.count] }

  /// Whether two cells touch; no cell (-1) touches no cell.
  func areNeighbours(_ left: Int, _ right: Int) -> Bool {
    guard left >= 0, right >= 0 else { return left == right }
    return abs(left / widths.count - right / widths.count) <= 1
      && abs(left % widths.count - right % widths.count) <= 1
  }
}

/// Values from `low` to `high` in equal ratios.
func geometric(from low: Double, to high: Double, count: Int) -> [Double] {
  let ratio = log(high / low) / Double(count - 1)
  return (0..<count).map { $0 == count - 1 ? high : low * exp(ratio * Double($0)) }
}
