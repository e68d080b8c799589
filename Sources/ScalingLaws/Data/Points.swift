import Glibc

/// What is known about the noise of each y.
public enum Noise: Sendable, Hashable {
  /// Nothing: all residuals have equal weights, and their variance is estimated from the fit.
  case unknown
  /// The standard error of each y, in units of y, taken as absolute: the covariance is not
  /// rescaled.
  case standardErrors([Double])
  /// The weight of each squared residual, up to a common factor.
  case weights([Double])
  /// The number of trials behind each y, a proportion in [0, 1]: binomial standard errors.
  case trials([Double])

  /// One value for each point; nil when nothing is known.
  var values: [Double]? {
    switch self {
    case .unknown: nil
    case .standardErrors(let v), .weights(let v), .trials(let v): v
    }
  }

  func selecting(_ indices: [Int]) -> Noise {
    switch self {
    case .unknown: .unknown
    case .standardErrors(let v): .standardErrors(indices.map { v[$0] })
    case .weights(let v): .weights(indices.map { v[$0] })
    case .trials(let v): .trials(indices.map { v[$0] })
    }
  }
}

/// Measured points (x, y): finite, x > 0, in ascending order of x, and what is known about their
/// noise.
///
/// Replicates (equal x) are kept, in ascending order of y. A value of this type is always valid,
/// because the initializer checks everything.
public struct Points: Sendable, Hashable {
  public let x: [Double]
  public let y: [Double]
  public let noise: Noise
  /// The number of different values of x.
  public let distinctCount: Int

  public var count: Int { x.count }

  /// No points.
  public static let none = Points(unchecked: [], [], .unknown)

  /// Checks and sorts points.
  ///
  /// - Throws: `PointsError` naming every offending index of the given arrays.
  public init(x: [Double], y: [Double], noise: Noise = .unknown) throws(PointsError) {
    var faults: [PointsError.Fault] = []
    if x.count != y.count {
      throw PointsError(faults: [.lengthMismatch(field: .y, count: y.count, expected: x.count)])
    }
    if let values = noise.values, values.count != x.count {
      throw PointsError(
        faults: [.lengthMismatch(field: .noise, count: values.count, expected: x.count)])
    }
    for i in x.indices {
      if !(x[i] > 0 && x[i].isFinite) { faults.append(.x(index: i, value: x[i])) }
      if !y[i].isFinite { faults.append(.y(index: i, value: y[i])) }
      if let value = noise.values?[i], !(value > 0 && value.isFinite) {
        faults.append(.noise(index: i, value: value))
      }
      if case .trials = noise, !(0...1).contains(y[i]) {
        faults.append(.notAProportion(index: i, value: y[i]))
      }
    }
    if faults.isEmpty, let least = y.min(), let most = y.max(), !(most - least).isFinite {
      faults.append(.tooWide(lowest: least, highest: most))
    }
    guard faults.isEmpty else { throw PointsError(faults: faults) }
    self.init(unchecked: x, y, noise)
  }

  private init(unchecked x: [Double], _ y: [Double], _ noise: Noise) {
    // Ties are sorted too, so that the order in which replicates are given does not matter.
    let known = noise.values
    let order = x.indices.sorted {
      (x[$0], y[$0], known?[$0] ?? 0) < (x[$1], y[$1], known?[$1] ?? 0)
    }
    self.x = order.map { x[$0] }
    self.y = order.map { y[$0] }
    self.noise = noise.selecting(order)
    var distinct = 0
    var previous = -Double.infinity
    for value in self.x where value != previous {
      distinct += 1
      previous = value
    }
    distinctCount = distinct
  }

  /// The points at `indices`, which count from the smallest x.
  public func selecting(_ indices: [Int]) -> Points {
    Points(unchecked: indices.map { x[$0] }, indices.map { y[$0] }, noise.selecting(indices))
  }

  /// Splits off the points at the last `count` distinct x in the direction of progress.
  ///
  /// - Returns: the points kept and the points held out; nothing is kept when `count` is not
  ///   below `distinctCount`.
  public func holdingOutLast(_ count: Int, progress: Progress = .increasing) -> (
    kept: Points, heldOut: Points
  ) {
    var indices = Array(x.indices)
    if progress == .decreasing { indices.reverse() }
    var distinct = 0
    var cut = indices.count
    while cut > 0 {
      let isNew = cut == indices.count || x[indices[cut - 1]] != x[indices[cut]]
      if isNew {
        if distinct == count { break }
        distinct += 1
      }
      cut -= 1
    }
    return (selecting(indices[..<cut].sorted()), selecting(indices[cut...].sorted()))
  }
}

/// The direction of progress along x.
public enum Progress: String, Sendable, CaseIterable {
  /// Progress means larger x: compute, data, parameters.
  case increasing
  /// Progress means smaller x: x is itself an error or a loss (paper A.14).
  case decreasing

  /// +1 or -1: the sign that turns ln x into a coordinate that grows with progress.
  var sign: Double { self == .increasing ? 1 : -1 }
}

/// Why points were refused.
public struct PointsError: Error, Hashable {
  public enum Field: Sendable, Hashable { case x, y, noise }

  public enum Fault: Sendable, Hashable {
    /// `field` has `count` entries where there are `expected` points.
    case lengthMismatch(field: Field, count: Int, expected: Int)
    /// An x that is not a finite number above 0.
    case x(index: Int, value: Double)
    /// A y that is not a finite number.
    case y(index: Int, value: Double)
    /// A standard error, weight or number of trials that is not a finite number above 0.
    case noise(index: Int, value: Double)
    /// A y outside [0, 1] although trials were given.
    case notAProportion(index: Int, value: Double)
    /// Values of y whose difference overflows a double.
    case tooWide(lowest: Double, highest: Double)

    /// What is wrong and what is allowed, without the place.
    public var reason: String {
      switch self {
      case .lengthMismatch(_, let count, let expected):
        "has \(count) numbers, but there are \(expected) values of x"
      case .x(_, let value), .noise(_, let value):
        "must be greater than 0, is \(trimmed(value))"
      case .y(_, let value): "must be a finite number, is \(trimmed(value))"
      case .notAProportion(_, let value):
        "must be from 0 to 1, because `trials` are given, is \(trimmed(value))"
      case .tooWide(let lowest, let highest):
        "must not reach from \(lowest) to \(highest): give y in a larger unit"
      }
    }
  }

  public let faults: [Fault]
}

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
