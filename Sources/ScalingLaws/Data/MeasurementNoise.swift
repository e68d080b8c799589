import Glibc

/// The noise of a new measurement, when the noise of the points is known.
///
/// It is interpolated in ln x between points, and constant beyond them.
struct MeasurementNoise: Sendable {
  private enum Kind { case standardErrors, trials }

  private let kind: Kind
  private let frame: Frame
  /// One for each distinct x, in ascending order.
  private let logX: [Double]
  /// The mean at each: squared standard errors of y, or inverse numbers of trials.
  private let sizes: [Double]

  /// Nil where the noise of the points is not known.
  init?(_ points: Points, frame: Frame) {
    let sizes: [Double]
    switch points.noise {
    case .unknown, .weights: return nil
    case .standardErrors(let sigma): (kind, sizes) = (.standardErrors, sigma.map { $0 * $0 })
    case .trials(let trials): (kind, sizes) = (.trials, trials.map { 1 / $0 })
    }
    self.frame = frame
    var places: [(logX: Double, sizes: [Double])] = []
    for (x, size) in zip(points.x, sizes) {
      let logX = log(x)
      if places.last?.logX == logX {
        places[places.count - 1].sizes.append(size)
      } else {
        places.append((logX, [size]))
      }
    }
    logX = places.map(\.logX)
    // Sorted, so that the sum does not depend on the order of replicates, bit for bit.
    self.sizes = places.map { $0.sizes.sorted().reduce(0, +) / Double($0.sizes.count) }
  }

  /// The variance on the objective's scale of a measurement at ln x, where y is expected.
  func variance(atLogX u: Double, y: Double) -> Double {
    let size = size(atLogX: u)
    let variance: Double
    switch kind {
    case .standardErrors: variance = size
    case .trials:
      // Moved by half a trial away from 0 and 1, where the error of a proportion would be 0.
      let share = (min(max(y, 0), 1) + 0.5 * size) / (1 + size)
      variance = share * (1 - share) * size
    }
    let slope = frame.objective.derivative(frame.value(y), unit: frame.unit) / frame.scale
    return variance * slope * slope
  }

  private func size(atLogX u: Double) -> Double {
    guard let next = logX.firstIndex(where: { $0 >= u }) else { return sizes[sizes.count - 1] }
    guard next > 0 else { return sizes[0] }
    let share = (u - logX[next - 1]) / (logX[next] - logX[next - 1])
    return (1 - share) * sizes[next - 1] + share * sizes[next]
  }
}
