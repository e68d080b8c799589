import Glibc

/// Constants that the user holds at a value or inside a range, by the paper's letters.
struct Constraints: Sendable, Hashable {
  var ranges: [Constant: ClosedRange<Double>]

  init(_ options: FitOptions) {
    ranges = options.bounds
    for (constant, value) in options.fixed { ranges[constant] = value...value }
  }

  var isEmpty: Bool { ranges.isEmpty }
  /// Whether some constant of a break is fixed or bounded.
  var bindBreaks: Bool { ranges.keys.contains { $0.breakIndex != nil } }
  var constrainsCoefficient: Bool { ranges[.b] != nil }

  /// The value, moved exactly into its range, and for a location into what the ranges of the other
  /// breaks leave, because locations ascend. Corrects rounding errors of logarithms.
  func holding(_ value: Double, of constant: Constant) -> Double {
    var value = value
    if case .d(let own) = constant {
      for case (.d(let index), let range) in ranges where index != own {
        value = index < own ? max(value, range.lowerBound) : min(value, range.upperBound)
      }
    }
    return ranges[constant].map { min(max(value, $0.lowerBound), $0.upperBound) } ?? value
  }

  /// The range of a in the frame's coordinates.
  func limit(in frame: Frame) -> Bounds? {
    func value(_ a: Double) -> Double { frame.value(a).roundedDigits }
    return ranges[.a].map { Bounds(value($0.lowerBound), value($0.upperBound)) }
  }

  /// The range of beta; the frame is not centred when b is constrained.
  func logCoefficient(in frame: Frame) -> Bounds? {
    ranges[.b].map { range in
      func beta(_ b: Double) -> Double { (log(abs(b)) - log(frame.scale)).roundedLogarithm }
      return Bounds(beta(range.lowerBound), beta(range.upperBound))
    }
  }

  /// The range of delta of a break, counted from 1.
  func location(of index: Int, in frame: Frame) -> Bounds? {
    func place(_ x: Double) -> Double { frame.t(x).roundedLogarithm }
    return ranges[.d(index)].map { Bounds(place($0.lowerBound), place($0.upperBound)) }
  }

  /// The range of ln f of a break, counted from 1.
  func logWidth(of index: Int) -> Bounds? {
    ranges[.f(index)].map { Bounds(log($0.lowerBound), log($0.upperBound)) }
  }
}
